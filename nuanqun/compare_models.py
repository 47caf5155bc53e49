"""Two models of a workspace side by side: scores on the gold set, and the messages on which they differ.

In: two numbers of nuanqun.own_models. Out: plain rows and a table of ids, no text: a page fetches what it may show.
Example: `compare(store, settings.nlp, 0, 3).changed.num_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.message import MESSAGES
from nlp.correction import YES, yes_probability
from nlp.evaluate import decided_labels, score
from nlp.gold import read_gold
from nlp.settings import NlpSettings
from nuanqun import house, own_models
from nuanqun.annotating import load_annotator
from nuanqun.correcting import OwnModel
from nuanqun.parts import read_parts
from nuanqun.store import Store

MOST = 20_000
"""Messages that are looked through for differences, the newest."""
CHANGED = pa.schema(
    [
        pa.field("chat_id", pa.string(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("sent_at", MESSAGES.field("sent_at").type, nullable=False),
        pa.field("head", pa.string(), nullable=False),
        pa.field("before", pa.string(), nullable=False),  # label under the old model
        pa.field("after", pa.string(), nullable=False),
        pa.field("before_probability", pa.float64(), nullable=False),  # of yes: ad, toxic
        pa.field("after_probability", pa.float64(), nullable=False),
    ],
    metadata={"schema": "changed/1"},
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gold`: a row a head with the scores of both models; `changed`: CHANGED, the greatest change first.

    `looked_at` messages were compared, the newest of the workspace; own words are left out of both sides.
    """

    old: int
    new: int
    gold: list[dict[str, Any]]
    changed: pa.Table
    looked_at: int


def compare(store: Store, settings: NlpSettings, old: int, new: int, *, most: int = MOST) -> Comparison:
    """Compare model `old` with model `new`; a model made over other shipped models counts as the shipped ones.

    Raises WorkspaceError for a number that is not there.
    """
    settings = house.nlp_settings(store.engine, settings)
    annotator = load_annotator(settings)
    models = own_models.load(store, old), own_models.load(store, new)
    gold = read_gold()
    plain = annotator.classify(gold["text"].to_pylist())
    both = [model.apply(gold["text"], plain, annotator.version) for model in models]
    rows = [
        {
            "head": head,
            "before": score(head, gold[head].to_pylist(), decided_labels(head, both[0])),
            "after": score(head, gold[head].to_pylist(), decided_labels(head, both[1])),
        }
        for head in YES
    ]
    messages = _newest(store, most)
    sides = _sides(messages, annotator, models)
    return Comparison(old, new, rows, _changed(messages, *sides), messages.num_rows)


def _newest(store: Store, most: int) -> pa.Table:
    """The newest messages of all chats together."""
    parts, rows = [], 0
    for part in sorted(store.parts("messages"), key=lambda one: one.month, reverse=True):
        if rows < most:
            parts.append(part)
            rows += part.rows
    return read_parts(store.workspace, parts, MESSAGES).sort_by([("sent_at", "descending")]).slice(0, most)


def _sides(messages: pa.Table, annotator: Any, models: tuple[OwnModel, OwnModel]) -> tuple[pa.Table, pa.Table]:
    plain = annotator.annotate(messages)
    old, new = (model.apply(messages["text"], plain, annotator.version) for model in models)
    return old, new


def _changed(messages: pa.Table, old: pa.Table, new: pa.Table) -> pa.Table:
    tables = [CHANGED.empty_table()]
    for head in YES:
        before, after = old[f"{head}_label"], new[f"{head}_label"]
        rows = np.flatnonzero([a != b for a, b in zip(before.to_pylist(), after.to_pylist(), strict=True)])
        where = pa.array(rows)
        columns: Mapping[str, Any] = {
            **{name: messages[name].take(where).cast(CHANGED.field(name).type) for name in CHANGED.names[:3]},
            "head": pa.repeat(pa.scalar(head), len(rows)),
            "before": before.take(where),
            "after": after.take(where),
            "before_probability": yes_probability(head, old)[rows],
            "after_probability": yes_probability(head, new)[rows],
        }
        tables.append(pa.table(columns, schema=CHANGED))
    table = pa.concat_tables(tables)
    moved = np.abs(table["after_probability"].to_numpy() - table["before_probability"].to_numpy())
    return table.take(pa.array(np.argsort(-moved, kind="stable")))
