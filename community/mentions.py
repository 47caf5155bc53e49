"""Who is named in a message: ids, names at that time, `@name with spaces`, and `name: ...` at the start.

In: `Talk`. Out: `Mentions`, pairs (row of the message, number of the member named).
Example: `mentions = find_mentions(talk)`; `mentions.member[mentions.row == 12]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.distinct import distinct
from community.plain_names import find_plain
from community.talk import Talk

_ADDRESS = r"^[^:：,，]{2,24}[:：,，]"  # `name: text`, the IRC way of naming
_LONGEST = 40  # characters of a name that an @ is tried with


@dataclass(frozen=True, slots=True)
class Mentions:
    """Pairs of message row and member number, sorted by row; `everyone` = rows that call all members."""

    row: np.ndarray
    member: np.ndarray
    everyone: np.ndarray


@dataclass(frozen=True, slots=True)
class Names:
    """Every use of every name, sorted by (name, row): who was called so, and when."""

    code: dict[str, int]
    use: np.ndarray  # name code * rows + row
    member: np.ndarray
    rows: int

    def at(self, code: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Who used the name most recently before `row`; if nobody yet, who used it first afterwards."""
        key = code.astype(np.int64) * self.rows + row
        place = np.searchsorted(self.use, key)
        before = place - 1
        holds = (before >= 0) & (self.use[before] // self.rows == code)
        return self.member[np.where(holds, before, np.minimum(place, len(self.use) - 1))]


def read_names(talk: Talk) -> Names:
    """Collect the display names and group cards under which members wrote."""
    parts = []
    rows = np.flatnonzero(talk.sender >= 0)
    for column in ("sender_name", "sender_card"):
        values = talk.messages[column].combine_chunks().take(pa.array(rows))
        kept = pc.fill_null(pc.greater(pc.utf8_length(values), 0), False).to_numpy(zero_copy_only=False)
        parts.append((pc.utf8_trim_whitespace(values.filter(pa.array(kept))), rows[kept]))
    coded = pa.concat_arrays([p[0].cast(pa.string()) for p in parts]).dictionary_encode()
    row = np.concatenate([p[1] for p in parts])
    use = coded.indices.to_numpy().astype(np.int64) * len(talk.at) + row
    order = np.argsort(use, kind="stable")
    code = {name: i for i, name in enumerate(coded.dictionary.to_pylist())}
    return Names(code, use[order], talk.sender[row][order], len(talk.at))


def find_mentions(talk: Talk) -> Mentions:
    """Resolve who is named in every member's message; a member naming themselves is not a mention."""
    names = read_names(talk)
    known = {m: i for i, m in enumerate(talk.member_ids.tolist())}
    found: list[tuple[int, int]] = []  # row, member
    by_name: list[tuple[int, int]] = []  # row, name code
    everyone = np.zeros(len(talk.at), bool)
    for row, written in _listed(talk):
        if written == "@all":
            everyone[row] = True
        elif written in known:
            found.append((row, known[written]))
        elif (code := names.code.get(written.lstrip("@").strip())) is not None:
            by_name.append((row, code))
    by_name.extend(_written(talk, names))
    by_name.extend(zip(*(a.tolist() for a in find_plain(talk, names.code)), strict=True))
    everyone |= talk.matches(r"@(所有人|全体成员|全體成員|all|everyone|channel|here)\b|@所有人|@全体成员|@全體成員")
    pairs = np.array(found, np.int64).reshape(-1, 2)
    if by_name:
        row, code = np.array(by_name, np.int64).T
        pairs = np.vstack([pairs, np.column_stack([row, names.at(code, row)])])
    pairs = pairs[talk.sender[pairs[:, 0]] != pairs[:, 1]]
    if len(pairs):
        pairs = np.unique(pairs, axis=0) if len(pairs) < 2 else _distinct(pairs, talk.members)
    return Mentions(pairs[:, 0], pairs[:, 1], everyone)


def _distinct(pairs: np.ndarray, members: int) -> np.ndarray:
    key = distinct(pairs[:, 0] * members + pairs[:, 1])
    return np.column_stack([key // members, key % members])


def _listed(talk: Talk) -> Iterator[tuple[int, str]]:
    """(row, id or name) of the export's own mention lists."""
    column = talk.messages["mentions"].combine_chunks()
    parents = pc.list_parent_indices(column).to_numpy()
    for row, written in zip(parents.tolist(), pc.list_flatten(column).to_pylist(), strict=True):
        if written and talk.said[row]:
            yield row, written


def _written(talk: Talk, names: Names) -> Iterator[tuple[int, int]]:
    """(row, name code) of names written in the text; the longest known name after an @ wins."""
    lengths = sorted({len(n) for n in names.code if 0 < len(n) <= _LONGEST}, reverse=True)
    rows = np.flatnonzero(talk.matches("[@＠]"))
    for row, text in zip(rows.tolist(), talk.texts.take(pa.array(rows)).to_pylist(), strict=True):
        start = _next_at(text, 0)
        while start >= 0:
            code = _longest(text[start + 1 : start + 1 + _LONGEST], lengths, names.code)
            if code >= 0:
                yield row, code
            start = _next_at(text, start + 1)
    rows = np.flatnonzero(talk.matches(_ADDRESS))
    heads = pc.extract_regex(talk.texts.take(pa.array(rows)), r"^(?P<name>[^:：,，]{2,24})[:：,，]")
    known = pa.array(list(names.code), pa.string())
    place = pc.fill_null(pc.index_in(pc.utf8_trim_whitespace(pc.struct_field(heads, "name")), known), -1).to_numpy()
    code = np.fromiter(names.code.values(), np.int64, len(names.code))
    yield from zip(rows[place >= 0].tolist(), code[place[place >= 0]].tolist(), strict=True)


def _longest(rest: str, lengths: list[int], code: dict[str, int]) -> int:
    """The code of the longest known name with which `rest` begins, -1 = none."""
    for k in lengths:
        found = code.get(rest[:k], -1)
        if found >= 0:
            return found
    return -1


def _next_at(text: str, start: int) -> int:
    plain, wide = text.find("@", start), text.find("＠", start)
    return plain if wide < 0 else wide if plain < 0 else min(plain, wide)
