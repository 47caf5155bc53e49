"""Conversations: messages that hang together by answers, from the one that answers nothing on.

In: `Findings`. Out: the CONVERSATIONS table, newest first: start, end, length, people, who opened, topic. A
conversation is a connected component of the reply links that count. Example: `conversations_table(findings)["topic"]`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from community.findings import Findings
from community.tables import CONVERSATIONS, check_table
from community.talk import DAY_MS

DAYS = 84
LEAST_PEOPLE = 2
MOST = 500
"""Rows kept of a chat, the longest conversations of the window."""


def conversations_table(findings: Findings) -> pa.Table:
    """Conversations of at least two people that began within 84 days."""
    talk = findings.talk
    rows, root = components(findings)
    if not len(rows):
        return CONVERSATIONS.empty_table()
    order = np.lexsort((rows, root))
    rows, root = rows[order], root[order]
    first = np.flatnonzero(np.diff(root, prepend=-1))
    last = np.append(first[1:], len(rows)) - 1
    sender = talk.sender[rows].astype(np.int64)
    pairs = np.unique(root.astype(np.int64) * talk.members + sender)
    people = np.unique(pairs // talk.members, return_counts=True)[1]
    length = last - first + 1
    kept = np.flatnonzero((people >= LEAST_PEOPLE) & (talk.at[rows[first]] >= talk.now - DAYS * DAY_MS))
    kept = kept[np.argsort(-length[kept], kind="stable")][:MOST]
    kept = kept[np.argsort(-rows[first[kept]], kind="stable")]
    columns = {
        "chat_id": [talk.chat_id] * len(kept),
        "message_id": talk.ids.take(pa.array(rows[first[kept]])),
        "opened_by": findings.ids(talk.sender[rows[first[kept]]]),
        "start": talk.at[rows[first[kept]]],
        "end": talk.at[rows[last[kept]]],
        "messages": length[kept],
        "people": people[kept],
        "questions": [int(talk.question[rows[first[k] : last[k] + 1]].sum()) for k in kept],
        "topic": _topics(findings, [rows[first[k] : last[k] + 1] for k in kept]),
    }
    arrays = {f.name: pa.array(columns[f.name]).cast(f.type) for f in CONVERSATIONS}
    return check_table(pa.table(arrays, schema=CONVERSATIONS), CONVERSATIONS)


def components(findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    """Members' messages without ads, bots and packet traffic, and the first message of the conversation of each."""
    talk, links = findings.talk, findings.links
    rows = np.flatnonzero(talk.clean)
    root = links.root[rows]
    fine = talk.clean[root]
    return rows[fine], root[fine]


def _topics(findings: Findings, groups: list[np.ndarray]) -> list[str | None]:
    """The most frequent topic of each group of rows, small talk left out; None when it has none."""
    if "topic_label" not in findings.annotations.schema.names or not groups:
        return [None] * len(groups)
    labels = findings.annotations["topic_label"].take(pa.array(np.concatenate(groups))).to_pylist()
    ends = np.cumsum([len(group) for group in groups]).tolist()
    found: list[str | None] = []
    for start, end in zip([0, *ends], ends, strict=False):
        known = [label for label in labels[start:end] if label and label != "chitchat"]
        found.append(max(dict.fromkeys(known), key=known.count) if known else None)
    return found
