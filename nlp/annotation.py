"""ANNOTATIONS: what the nlp stage says about every message, one row a message, in the order of MESSAGES.

Base columns are below; every head adds `<head>_label`, `<head>_score`, `<head>_evidence` and its own extras,
so a new head never touches this file.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

EVIDENCE = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("why", pa.string())]))
"""Spans [start, end) in characters of the ORIGINAL text, with a short reason (a catalogue key or the cue)."""

BASE = [
    pa.field("chat_id", pa.string(), nullable=False),
    pa.field("message_id", pa.string(), nullable=False),
    pa.field("tokens", pa.list_(pa.string()), nullable=False),  # jieba tokens of the normalised text
    pa.field("text_hash", pa.uint64(), nullable=False),  # of the normalised text: equal texts, equal hash
    pa.field("encoder_version", pa.string(), nullable=False),
]


def head_columns(name: str, extras: list[pa.Field] | None = None) -> list[pa.Field]:
    """The columns of one head: label (null = not a member's text), score 0..1, evidence, then `extras`."""
    return [
        pa.field(f"{name}_label", pa.string()),
        pa.field(f"{name}_score", pa.float32()),
        pa.field(f"{name}_evidence", EVIDENCE),
        *(extras or []),
    ]


def annotations_schema(columns: list[pa.Field]) -> pa.Schema:
    """The schema of ANNOTATIONS for the given head columns."""
    return pa.schema([*BASE, *columns], metadata={"schema": "annotation/1"})


def check_annotations(annotations: pa.Table, messages: pa.Table) -> pa.Table:
    """Return `annotations` if it has one row a message in the same order, else raise ValueError."""
    if annotations.num_rows != messages.num_rows:
        raise ValueError(f"ANNOTATIONS: {annotations.num_rows} rows for {messages.num_rows} messages")
    if not annotations["message_id"].combine_chunks().equals(messages["message_id"].combine_chunks()):
        raise ValueError("ANNOTATIONS: message_id must be in the order of MESSAGES")
    for column in BASE:
        if annotations[column.name].null_count:
            raise ValueError(f"ANNOTATIONS: column {column.name} must not be null")
    for name in (n for n in annotations.schema.names if n.endswith("_score")):
        span = pc.min_max(annotations[name]).as_py()
        if span["min"] is not None and not 0 <= span["min"] <= span["max"] <= 1:
            raise ValueError(f"ANNOTATIONS: {name} must lie in 0..1, got {span}")
    return annotations
