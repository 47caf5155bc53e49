"""The receipt (体检单) of one chat: what an import found, kept, skipped and suspects.

In: counts gathered while reading. Out: `Receipt`, `to_json()` of which is a chat object of `import --json`.
Example: `reading.receipts[chat_id].to_json()["records"]`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.clock import zone_of
from ingest.errors import ParseIssue
from ingest.redact import mask

MAX_SKIPPED = 200
"""Skipped places listed one by one; the rest is counted by reason."""
ADDING = ("records", "messages", "placeholders", "backwards", "new", "duplicates")
"""Counts of several files of one chat add up."""
MIN_GAP_DAYS = 7
"""Silence of so many days and more is reported as a gap."""


@dataclass
class Receipt:
    """One chat of one import. Times are aware UTC; `first` and `last` are shown in the chat's zone.

    records = every event, messages = those a member sent, system = the others, members = distinct senders of
    messages. `zone_source`: "setting" (wall clock placed by the setting), "export" (stated by it), "epoch"
    (absolute times, the setting only shows them). `placeholders` = messages that only stand for a picture, a voice and
    the like; `backwards` = records more than a minute older than the one before them. `new`, `known_members` and
    `stored_before` are known after the merge; `duplicates` counts records that the export repeats, and after the
    merge those that were there before. `same_as`: a stored chat of this name that seems to be the same one, known to
    another tool by its id or only by its name. `runners_up`: the other formats it might be, with their confidence.
    """

    chat_id: str
    name: str
    platform: str
    format: str
    confidence: float = 1.0
    runners_up: list[tuple[str, float]] = field(default_factory=list)
    encoding: str = "utf-8"
    zone: str = "Asia/Shanghai"
    zone_source: str = "setting"
    records: int = 0
    messages: int = 0
    placeholders: int = 0
    backwards: int = 0
    first: datetime | None = None
    last: datetime | None = None
    new: int = 0
    duplicates: int = 0
    known_members: int = 0
    stored_before: int = 0
    same_as: str | None = None
    skipped: list[ParseIssue] = field(default_factory=list)
    skipped_more: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    member_ids: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    @property
    def system(self) -> int:
        """Records that no member sent as a message."""
        return self.records - self.messages

    @property
    def members(self) -> int:
        """Distinct senders of messages."""
        return len(self.member_ids)

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """Runs of MIN_GAP_DAYS local days and more without any record: {start, end, days}, both ends silent."""
        days = sorted(self.days)
        return [
            {
                "start": (before + timedelta(days=1)).isoformat(),
                "end": (after - timedelta(days=1)).isoformat(),
                "days": silent,
            }
            for before, after in zip(days, days[1:], strict=False)
            if (silent := (after - before).days - 1) >= MIN_GAP_DAYS
        ]

    def skip(self, issue: ParseIssue) -> None:
        """Note one place that was not read, or, where nothing was lost, a warning; excerpts are masked."""
        if not issue.lost:
            self.warn(issue.reason)
        elif len(self.skipped) < MAX_SKIPPED:
            self.skipped.append(ParseIssue(issue.line, issue.reason, mask(issue.excerpt)[:80]))
        else:
            self.skipped_more[issue.reason] += 1

    def warn(self, warning: str) -> None:
        """Note a warning once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def to_json(self) -> dict[str, Any]:
        """The chat object of `import --json`; times as ISO 8601 with offset."""
        listed = [{"line": i.line, "reason": i.reason, "excerpt": i.excerpt} for i in self.skipped]
        more = [{"line": 0, "reason": f"{r} (+{n})", "excerpt": ""} for r, n in self.skipped_more.items()]
        plain = (
            "chat_id name platform format confidence encoding zone zone_source "
            "records messages system members placeholders new duplicates known_members"
        )
        return {
            **{name: getattr(self, name) for name in plain.split()},
            "first": self._shown(self.first),
            "last": self._shown(self.last),
            "runners_up": [{"format": name, "confidence": sure} for name, sure in self.runners_up],
            "new_members": self.members - self.known_members,
            "stored": {"before": self.stored_before, "after": self.stored_before + self.new},
            "clock_backwards": self.backwards,
            "same_as": self.same_as,
            "shares": {
                "system": self._share(self.system),
                "placeholders": self._share(self.placeholders),
                "duplicates": self._share(self.duplicates),
            },
            "skipped": listed + more,
            "gaps": self.gaps,
            "warnings": list(self.warnings),
            "sources": list(self.sources),
        }

    def _share(self, count: int) -> float:
        """0..1 of the records."""
        return round(count / self.records, 4) if self.records else 0.0

    def _shown(self, moment: datetime | None) -> str | None:
        return moment.astimezone(zone_of(self.zone)).isoformat() if moment else None


def combine(receipts: Iterable[Receipt]) -> Receipt:
    """One receipt for one chat that was read from many files; counts add up, members are counted once.

    Raises ValueError without receipts or for receipts of different chats.
    """
    found = list(receipts)
    if len({receipt.chat_id for receipt in found}) != 1:
        raise ValueError("combine needs receipts of one and the same chat")
    total = Receipt(**{**vars(found[0]), **_fresh()})
    for receipt in found:
        for name in ADDING:
            setattr(total, name, getattr(total, name) + getattr(receipt, name))
        for issue in receipt.skipped:
            total.skip(issue)
        total.skipped_more += receipt.skipped_more
        for warning in receipt.warnings:
            total.warn(warning)
        total.sources += [source for source in receipt.sources if source not in total.sources]
        total.member_ids |= receipt.member_ids
        total.days |= receipt.days
    times = [moment for receipt in found for moment in (receipt.first, receipt.last) if moment]
    total.first, total.last = min(times, default=None), max(times, default=None)
    total.confidence = min(receipt.confidence for receipt in found)
    return total


def _fresh() -> dict[str, Any]:
    """What starts empty in a combined receipt."""
    return {
        **dict.fromkeys(ADDING, 0), "skipped": [], "skipped_more": Counter(),
        "warnings": [], "sources": [], "member_ids": set(), "days": set(),
    }  # fmt: skip


def utc(milliseconds: int) -> datetime:
    """Milliseconds since 1970 as aware UTC, also before 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
