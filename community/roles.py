"""Roles of members in two systems, every role with a score, one primary role each, with reasons.

In: `Habits`. Out: `Roles`. A score of 0.5 means "just meets the definition" (docs/metrics.md); 1 is twice that.
Participation is a ladder (the highest rung that is met counts, Forrester 2007); the social role is the clear winner or
"undecided" 无法判断. Example: `roles = assign_roles(habits, settings)`; `roles.participation[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.influence import percentile
from community.reasons import reason
from community.role_features import Habits
from community.settings import CommunitySettings

PARTICIPATION = ("creator", "critic", "collector", "joiner", "spectator", "inactive")
SOCIAL = ("organizer", "thinker", "talker", "asker", "onlooker", "challenger")
UNDECIDED = "undecided"
MARGIN = 0.1
MEETS = 0.5
INACTIVE_DAYS = 56


@dataclass(frozen=True, slots=True)
class Roles:
    """`scores` has one column a role of PARTICIPATION + SOCIAL (0..1); the rest one entry a member."""

    scores: np.ndarray
    participation: list[str]
    participation_score: np.ndarray
    participation_reasons: list[list[str]]
    social: list[str]
    social_score: np.ndarray
    social_reasons: list[list[str]]


def assign_roles(habits: Habits, settings: CommunitySettings) -> Roles:
    """Score every role and choose the primary ones."""
    enough = habits.messages >= settings.role_min_messages
    a, b = _participation(habits), _social(habits)
    a[~enough, :3] = np.minimum(a[~enough, :3], MEETS - 0.01)  # too few messages for an active role
    first = np.where((a >= MEETS).any(1), (a >= MEETS).argmax(1), -1)
    gone = habits.silent_days >= INACTIVE_DAYS
    first[gone] = PARTICIPATION.index("inactive")
    second = _clear_winner(b, enough, habits)
    members = range(len(first))
    return Roles(
        scores=np.hstack([a, b]),
        participation=[PARTICIPATION[i] if i >= 0 else UNDECIDED for i in first.tolist()],
        participation_score=np.where(first >= 0, a[members, np.maximum(first, 0)], 0),
        participation_reasons=[_why(PARTICIPATION, i, habits, m) for m, i in enumerate(first.tolist())],
        social=[SOCIAL[i] if i >= 0 else UNDECIDED for i in second.tolist()],
        social_score=np.where(second >= 0, b[members, np.maximum(second, 0)], 0),
        social_reasons=[_why(SOCIAL, i, habits, m) for m, i in enumerate(second.tolist())],
    )


def _half(values: np.ndarray, threshold: float) -> np.ndarray:
    """0.5 at the threshold, 1 at twice the threshold."""
    return np.clip(values / (2 * threshold), 0, 1)


def _participation(h: Habits) -> np.ndarray:
    seen = np.isfinite(h.silent_days)
    opener = np.where(_rank(h.starts, h.messages) >= 0.8, _half(h.starts, 9), 0)  # 3 a 28 days
    quiet = np.select([h.substance == 0, h.substance == 1, (h.substance <= 3) & (h.weeks < 2)], [0.9, 0.7, 0.5], 0.2)
    return np.column_stack(
        [
            np.maximum(opener, _half(h.originals, 3) * (h.originals >= 0.1 * h.messages)),
            np.minimum(_half(h.reply_share, 0.6), _half(h.targets, 3)),
            _half(h.kept_share, 0.3),
            h.weeks / 4,
            quiet,
            np.where(seen, np.clip(h.silent_days / (2 * INACTIVE_DAYS), 0, 1), 1.0),
        ]
    ).astype(float)


def _social(h: Habits) -> np.ndarray:
    n = np.maximum(h.messages, 1)
    balance = (h.given - h.received) / np.sqrt(np.maximum(h.given + h.received, 1))
    organizer = np.minimum(_half(h.organising + 2 * h.staff, 4), _half(h.organising / n + 0.1 * h.staff, 0.08))
    thinker = np.minimum(_half(h.askers, 3), 0.5 * _half(h.helped / n, 0.2) + 0.5 * _rank(h.length, h.messages))
    chat = (
        _rank(h.messages, h.messages) + (1 - _rank(h.length, h.messages)) + h.reciprocity + _half(h.short_share, 0.4)
    ) / 4
    talker = chat * np.where(h.question_share < 0.4, 1, 0.5)
    asker = _half(h.question_share, 0.4) * np.where(balance < 1, 1, 0.4)
    onlooker = np.select([h.substance == 0, h.substance == 1], [0.9, 0.7], 0.2)
    challenger = np.minimum(_half(h.objections, 3), _half(h.objections / n, 0.08))
    return np.column_stack([organizer, thinker, talker, asker, onlooker, challenger])


def _rank(values: np.ndarray, messages: np.ndarray) -> np.ndarray:
    """Percentile among the members who wrote in the window."""
    spoke = messages > 0
    found = np.zeros(len(values))
    found[spoke] = percentile(values[spoke])
    return found


def _clear_winner(scores: np.ndarray, enough: np.ndarray, h: Habits) -> np.ndarray:
    order = np.sort(scores, 1)
    clear = (order[:, -1] - order[:, -2] >= MARGIN) & (order[:, -1] >= MEETS)
    best = scores.argmax(1)
    watches = SOCIAL.index("onlooker")
    return np.where(h.substance <= 1, watches, np.where(clear & enough, best, -1))


def _why(system: tuple[str, ...], place: int, h: Habits, m: int) -> list[str]:
    """The numbers that speak for the role at this place of the system; -1 = undecided."""
    if place < 0:
        return [reason("role.undecided", messages=int(h.messages[m]))]
    role = system[place]
    if role == "inactive" and not np.isfinite(h.silent_days[m]):
        return [reason("role.never_spoke")]
    shown = {word: _shown(getattr(h, column)[m], column) for word, column in WORDS[role].items()}
    return [reason(f"role.{role}", **shown)]


def _shown(value: float, column: str) -> int:
    return int(round(100 * float(value))) if column.endswith("_share") else int(value)


WORDS = {
    "creator": {"starts": "starts", "originals": "originals"},
    "critic": {"percent": "reply_share", "targets": "targets"},
    "collector": {"percent": "kept_share"},
    "joiner": {"weeks": "weeks"},
    "spectator": {"messages": "substance"},
    "inactive": {"days": "silent_days"},
    "organizer": {"acts": "organising", "welcomes": "welcomes"},
    "thinker": {"helped": "helped", "askers": "askers", "length": "length"},
    "talker": {"messages": "messages", "percent": "short_share"},
    "asker": {"percent": "question_share", "questions": "questions"},
    "onlooker": {"messages": "substance"},
    "challenger": {"acts": "objections"},
}
"""Role -> the arguments of its sentence and the habit each one shows."""
