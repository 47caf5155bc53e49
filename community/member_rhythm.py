"""What a member's presence says about the next four weeks: features of members at given days, for the churn model.

In: the (day, member, count) triples of a `Rhythm`. Out: one row of MEMBER_FEATURES for every member who spoke in the
56 days before the day. Example: `who, rows = member_features(rhythm, rhythm.days)`.
"""

from __future__ import annotations

import numpy as np

from community.distinct import distinct
from community.risk_features import Rhythm

WINDOW = 56
MEMBER_FEATURES = (
    "log_recency", "recency", "recency_to_gap", "log_messages_7", "log_messages_28", "log_messages_56",
    "log_messages_all", "days_7", "days_28", "days_56", "log_days_all", "fading_days", "log_tenure", "weeks_present",
    "trend", "log_chat_28", "chat_trend", "log_speakers_28", "once",
)  # fmt: skip


def member_features(rhythm: Rhythm, today: int) -> tuple[np.ndarray, np.ndarray]:
    """Member numbers and their features; only days before `today` are looked at."""
    end = int(np.searchsorted(rhythm.day, today))
    day, member, times = rhythm.day[:end], rhythm.member[:end], rhythm.times[:end]
    size = int(member.max()) + 1 if end else 0
    age = today - day  # 1 = yesterday

    def count(oldest: int, weight: np.ndarray | None = None) -> np.ndarray:
        kept = age <= oldest
        return np.bincount(member[kept], None if weight is None else weight[kept], minlength=size).astype(float)

    recency = np.full(size, np.inf)  # numbers without a message stay behind every window
    np.minimum.at(recency, member, age)
    who = np.flatnonzero(recency <= WINDOW)
    first = np.ones(size)
    np.maximum.at(first, member, age)
    forever = int(age.max()) if end else 1
    days = {w: count(w) for w in (7, 28, 56, forever)}
    sent = {w: count(w, times) for w in (7, 28, 56, forever)}
    weeks = distinct(member[age <= WINDOW] * 8 + (age[age <= WINDOW] - 1) // 7)
    gap = np.maximum((first - recency) / np.maximum(days[forever] - 1, 1), 1)
    month, before = (rhythm.counts[max(today - a, 0) : max(today - b, 0)].sum() for a, b in ((28, 0), (56, 28)))
    columns = [
        np.log(recency), recency, np.log(recency / gap), np.log1p(sent[7]), np.log1p(sent[28]), np.log1p(sent[56]),
        np.log1p(sent[forever]), days[7], days[28], days[56], np.log1p(days[forever]),
        count(forever, np.exp(-age / 28)), np.log(first), np.bincount(weeks // 8, minlength=size),
        np.log1p(days[28]) - np.log1p(days[56] - days[28]),
        np.full(size, np.log1p(month)), np.full(size, np.log1p(month) - np.log1p(before)),
        np.full(size, np.log1p((days[28] > 0).sum())), days[forever] == 1,
    ]  # fmt: skip
    return who, np.column_stack([c[who] for c in columns]).astype(float)
