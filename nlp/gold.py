"""The gold set (data/gold): invented conversations labelled for every head, for evaluation only, never for training.

In: the .tsv files, one a scene. Out: a table with one row a message, its labels and what was said before it.
Example: `read_gold().column("context")[1]` -> ["the text of the first message of that conversation"].
"""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa

import data
from nlp.cues import topics
from nlp.lexicon import read_sections

FOLDER = Path(data.__file__).parent / "gold"
SECOND_HAND = "second_hand"
"""The kind of a member's private offer of own things: no advertisement, so that the rules of a chat can allow it."""

_COLUMNS = (
    "conversation", "speaker", "role", "text", "quoted", "ads", "ads_kind", "sentiment", "emotion", "topic",
    "toxicity", "question", "note",
)  # fmt: skip
GOLD = pa.schema(
    [("scene", pa.string()), *((name, pa.string()) for name in _COLUMNS), ("context", pa.list_(pa.string()))]
)


def gold_labels() -> dict[str, tuple[str, ...]]:
    """Column -> the labels it may hold; `ads_kind` may also be empty."""
    return {
        "role": ("owner", "admin", "member", "newcomer", "bot"),
        "ads": ("ad", "not_ad"),
        "ads_kind": ("", SECOND_HAND, *read_sections("ads_kinds")),
        "sentiment": ("positive", "neutral", "negative"),
        "emotion": ("neutral", "angry", "happy", "sad", "surprise", "fear"),
        "topic": tuple(topics()),
        "toxicity": ("toxic", "not_toxic"),
        "question": ("question", "other"),
    }


def read_gold(folder: Path = FOLDER) -> pa.Table:
    """GOLD: every message with its labels; `context` = the earlier texts of its conversation, oldest first.

    `scene` is the file, `conversation` counts within it; `quoted` is empty where nothing is quoted. Line breaks are
    real in `text`, `quoted` and `context`. Raises ValueError (file:line) on a strange column, label or quotation.
    """
    labels, rows = gold_labels(), []
    for path in sorted(folder.glob("*.tsv")):
        rows += _read_scene(path, labels)
    if not rows:
        raise ValueError(f"{folder}: no .tsv file with messages; the gold set has one file a scene")
    return pa.Table.from_pylist(rows, schema=GOLD)


def _read_scene(path: Path, labels: dict[str, tuple[str, ...]]) -> list[dict]:
    rows, said, conversation = [], [], ""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise ValueError(f"{path}:1: columns are {reader.fieldnames}, expected {', '.join(_COLUMNS)}")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            for name in ("text", "quoted"):
                row[name] = (row[name] or "").replace("\\n", "\n")
            if row["conversation"] != conversation:
                said, conversation = [], row["conversation"]
            _check(row, labels, said, where)
            rows.append({"scene": path.stem, **row, "context": list(said)})
            said.append(row["text"])
    return rows


def _check(row: dict, labels: dict[str, tuple[str, ...]], said: list[str], where: str) -> None:
    if None in row or None in row.values() or not row["text"]:
        raise ValueError(f"{where}: expected {len(_COLUMNS)} cells with a text, separated by tabs")
    for name, legal in labels.items():
        if row[name] not in legal:
            raise ValueError(f"{where}: {name} is {row[name]!r}, expected one of {', '.join(filter(None, legal))}")
    if (row["ads"] == "ad") != (row["ads_kind"] not in ("", SECOND_HAND)):
        raise ValueError(
            f"{where}: ads is {row['ads']!r} and ads_kind {row['ads_kind']!r}; an ad, and only an ad, has a kind"
        )
    if row["quoted"] and row["quoted"] not in said:
        raise ValueError(f"{where}: what is quoted was not said before in this conversation: {row['quoted']!r}")
