"""How members are called: the last name or card seen, and every name they ever wrote under.

In: `Talk`. Out: `Called`, one entry a member. Example: `called = read_called(talk)`; `called.name[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.distinct import distinct
from community.talk import Talk


@dataclass(frozen=True, slots=True)
class Called:
    """One entry a member."""

    name: list[str]
    aliases: list[list[str]]
    role: list[str | None]  # last platform role seen


def read_called(talk: Talk) -> Called:
    """The card wins over the name; whoever never wrote is called by their id."""
    rows = np.flatnonzero(talk.sender >= 0)
    who = talk.sender[rows]
    called = [str(m) for m in talk.member_ids]
    aliases: list[dict[str, None]] = [{} for _ in called]
    for column in ("sender_name", "sender_card"):  # the card comes last, so it wins
        values = talk.messages[column].combine_chunks().take(pa.array(rows))
        full = pc.fill_null(pc.greater(pc.utf8_length(values), 0), False).to_numpy(zero_copy_only=False)
        coded = values.filter(pa.array(full)).dictionary_encode()
        words = coded.dictionary.to_pylist()
        span = max(len(words), 1)
        key = who[full].astype(np.int64) * span + coded.indices.to_numpy()
        for pair in distinct(key).tolist():
            aliases[pair // span][words[pair % span]] = None
        last = np.full(talk.members, -1, np.int64)
        last[who[full]] = coded.indices.to_numpy()
        for member in np.flatnonzero(last >= 0).tolist():
            called[member] = words[last[member]]
    others = [[a for a in names if a != called[m]] for m, names in enumerate(aliases)]
    return Called(called, others, _roles(talk))


def _roles(talk: Talk) -> list[str | None]:
    column = talk.messages["sender_role"].combine_chunks()
    known = np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False) & (talk.sender >= 0))
    coded = column.take(pa.array(known)).dictionary_encode()
    words = coded.dictionary.to_pylist()
    last = np.full(talk.members, -1, np.int64)
    last[talk.sender[known]] = coded.indices.to_numpy()
    return [words[i] if i >= 0 else None for i in last.tolist()]
