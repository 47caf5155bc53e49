"""What a moderator writes: verdicts, their undoing, second readings, and remarks that teach, allow or appeal.

Every function is an action of the guard, in the person's own chats only. In: rows of `flagged`. Out: ids of what was
stored; StaleRow when another verdict stands than the one on screen. Example: `decide(rows, "ad", "loan")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from dashboard import Frame, Row, guard
from dashboard.guard import act
from dashboard.opened import store
from nuanqun import agreement, verdicts


def _chats_of_rows(given: dict[str, Any]) -> set[str]:
    return {row["chat_id"] for row in given["rows"]}


@act("decide", quiet=True, chat_of=_chats_of_rows)
def decide(rows: Sequence[Row], label: str, kind: str | None = None) -> list[int]:
    """Store one verdict on all `rows`, or none of them when one has changed since it was shown."""
    decisions = [
        verdicts.Decision(
            chat_id=row["chat_id"],
            message_id=row["message_id"],
            label=label,
            kind=(kind or _text(row.get("ads_kind"))) if label == "ad" else None,
            suggestion_label=_text(row.get("suggestion")),
            suggestion_score=None if row.get("score") is None else float(row["score"]),
            model_version=_text(row.get("model_version")),
            expected=_id(row.get("verdict_id")),
        )
        for row in rows
    ]
    return verdicts.decide(store().engine, decisions, guard.person().name)


@act("decide", quiet=True, chat_of=lambda given: verdicts.chats_of(store().engine, given["verdict_ids"]))
def undo(verdict_ids: Iterable[int]) -> int:
    """Take verdicts back; the rows stay in the store for the audit."""
    return verdicts.undo(store().engine, verdict_ids)


@act("decide", quiet=True, chat_of=_chats_of_rows)
def read_again(rows: Sequence[Row], label: str) -> list[int]:
    """Store what a second reader thinks; the verdict that stands stays."""
    decisions = [verdicts.Decision(row["chat_id"], row["message_id"], label) for row in rows]
    return verdicts.decide(store().engine, decisions, guard.person().name, reading=2)


@act("decide", "chat_id", "message_id", "label")
def teach(chat_id: str, message_id: str, label: str) -> int:
    """Ask that the next training learns this message with this label."""
    return verdicts.add_remark(store().engine, chat_id, message_id, "teach", label, guard.person().name)


@act("change_words", "chat_id", "message_id")
def allow(chat_id: str, message_id: str, word: str) -> int:
    """Ask that this word never counts against a message again."""
    return verdicts.add_remark(store().engine, chat_id, message_id, "allow", word, guard.person().name)


@act("decide", "chat_id", "message_id")
def appeal(chat_id: str, message_id: str, text: str) -> int:
    """Keep what is said against a verdict."""
    return verdicts.add_remark(store().engine, chat_id, message_id, "appeal", text, guard.person().name)


# --- reading back


def remarks(chat_id: str, message_id: str) -> list[Row]:
    """Remarks on one message, newest first."""
    guard.need("see_review", chat_id)
    return verdicts.remarks(store().engine, chat_id, message_id)


def appeals() -> list[Row]:
    """What was said against verdicts, newest first, in the chats that this person may see."""
    person = guard.need("see_review")
    return [one for one in verdicts.remarks(store().engine) if one["kind"] == "appeal" and person.sees(one["chat_id"])]


def readings() -> tuple[Frame, Frame]:
    """Verdicts that stand, and second readings, of the chats that this person may see."""
    person = guard.need("see_review")
    both = (verdicts.standing(store().engine).to_pandas(), verdicts.second_readings(store().engine).to_pandas())
    if person.chats is None:
        return both
    standing, second = (frame[frame["chat_id"].isin(person.chats)] for frame in both)
    return standing, second


def waiting() -> Frame:
    """Verdicts of colleagues that this person should read blindly, the oldest first."""
    return agreement.waiting(*readings(), guard.person().name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _id(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
