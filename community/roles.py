"""Roles of members in two systems, every role with a score, one primary role each, with reasons.

In: `Habits` of this window and of earlier ones. Out: `Roles`. A score of 0.5 means "just meets the definition"
(docs/metrics.md); 1 is twice that. Participation is a ladder (the highest rung that is met counts, Forrester 2007); the
social role is the clear winner or "undecided" 无法判断. Example: `roles = assign_roles(habits, settings, past)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from community.reasons import reason
from community.role_features import Habits
from community.settings import CommunitySettings

PARTICIPATION = ("creator", "critic", "collector", "joiner", "spectator", "inactive")
SOCIAL = ("organizer", "thinker", "talker", "asker", "onlooker", "challenger")
UNDECIDED = "undecided"
MARGIN = 0.1
MEETS = 0.5
INACTIVE_DAYS = 56
PRIOR = 10.0
"""Turns of the chat's own average that weigh beside a member's own."""
LEAST_GROUND = 5
QUIET = ("joiner", "spectator", "inactive", "onlooker")
"""Roles that say how present somebody is, not what they do."""


@dataclass(frozen=True, slots=True)
class Roles:
    """`scores` has one column a role of PARTICIPATION + SOCIAL (0..1); the rest one entry a member."""

    scores: np.ndarray
    participation: list[str]
    participation_score: np.ndarray
    participation_stability: np.ndarray  # share of the last windows with this role, 0..1; nan = one window only
    participation_reasons: list[list[str]]
    social: list[str]
    social_score: np.ndarray
    social_stability: np.ndarray
    social_reasons: list[list[str]]

    def identities(self) -> list[list[str]]:
        """Every active role that is met, strongest first: a thinker may organise as well."""
        active = [i for i, role in enumerate(PARTICIPATION + SOCIAL) if role not in QUIET]
        held = self.scores[:, active]
        order = np.argsort(-held, axis=1, kind="stable")
        names = [(PARTICIPATION + SOCIAL)[i] for i in active]
        return [[names[i] for i in row if held[m, i] >= MEETS] for m, row in enumerate(order.tolist())]


def assign_roles(habits: Habits, settings: CommunitySettings, past: Sequence[Habits] = ()) -> Roles:
    """Score every role and choose the primary ones; `past` holds earlier windows, newest first.

    A primary role changes only when two windows in a row agree on the new one; long silence holds at once.
    """
    windows = [habits, *past]
    scored = [(_participation(h, settings), _social(h, settings)) for h in windows]
    first = [_highest_rung(a, h) for (a, _), h in zip(scored, windows, strict=True)]
    second = [_clear_winner(b, h, settings) for (_, b), h in zip(scored, windows, strict=True)]
    a, b = scored[0]
    one, one_stable = _hold(first, PARTICIPATION.index("inactive"))
    two, two_stable = _hold(second, SOCIAL.index("onlooker"))
    members = range(len(one))
    return Roles(
        scores=np.hstack([a, b]),
        participation=[PARTICIPATION[i] if i >= 0 else UNDECIDED for i in one.tolist()],
        participation_score=np.where(one >= 0, a[members, np.maximum(one, 0)], 0),
        participation_stability=one_stable,
        participation_reasons=[_why(PARTICIPATION, i, habits, m) for m, i in enumerate(one.tolist())],
        social=[SOCIAL[i] if i >= 0 else UNDECIDED for i in two.tolist()],
        social_score=np.where(two >= 0, b[members, np.maximum(two, 0)], 0),
        social_stability=two_stable,
        social_reasons=[_why(SOCIAL, i, habits, m) for m, i in enumerate(two.tolist())],
    )


def _hold(raw: list[np.ndarray], at_once: int) -> tuple[np.ndarray, np.ndarray]:
    """The primary role after hysteresis, and how many of the windows agree with it; `raw` is newest first."""
    held, last = raw[-1].copy(), raw[-1]
    for now in reversed(raw[:-1]):
        change = (now == last) | (now == at_once) | (held < 0) | (held == at_once)
        held, last = np.where(change, now, held), now
    if len(raw) == 1:
        return held, np.full(len(held), np.nan)
    return held, np.mean([now == held for now in raw], axis=0)


def _half(values: np.ndarray, threshold: float) -> np.ndarray:
    """0.5 at the threshold, 1 at twice the threshold."""
    return np.clip(values / (2 * threshold), 0, 1)


def _lift(h: Habits, name: str) -> np.ndarray:
    """How much more often than the chat at large, 0.5 = twice, 1 = four times; small samples are drawn to the chat."""
    count, whole = getattr(h, name), h.messages if name in ("short", "helped") else h.turns
    usual = count.sum() / max(whole.sum(), 1)
    if not usual:
        return np.zeros(len(count))
    rate = (count + PRIOR * usual) / (whole + PRIOR)
    return np.clip(np.log2(np.maximum(rate / usual, 1e-9)) / 2, 0, 1)


def _participation(h: Habits, settings: CommunitySettings) -> np.ndarray:
    seen = np.isfinite(h.silent_days)
    opener = np.where(_rank(h.starts, h, settings) >= 0.8, _half(h.starts, 9), 0)  # 3 a 28 days
    quiet = np.select([h.substance == 0, h.substance == 1, (h.substance <= 3) & (h.weeks < 2)], [0.9, 0.7, 0.5], 0.2)
    judges = np.minimum(_half(h.answering / np.maximum(h.turns, 1), 0.6), _half(h.targets, 3))
    verdict = 0.5 * _lift(h, "judging") + 0.5 * _rank(h.share("judging"), h, settings)
    keeps = np.maximum(_half(h.share("keeping"), 0.3), np.minimum(_lift(h, "keeping"), _half(h.share("keeping"), 0.15)))
    scores = np.column_stack(
        [
            np.maximum(opener, _half(h.originals, 3) * (h.originals >= 0.1 * h.messages)),
            np.minimum(judges, verdict),
            np.minimum(keeps, _half(h.keeping, 3)),
            h.weeks / 4,
            quiet,
            np.where(seen, np.clip(h.silent_days / (2 * INACTIVE_DAYS), 0, 1), 1.0),
        ]
    ).astype(float)
    few = h.messages < settings.role_min_messages
    scores[few, :3] = np.minimum(scores[few, :3], MEETS - 0.01)  # too few messages for an active role
    return scores


def _social(h: Habits, settings: CommunitySettings) -> np.ndarray:
    balance = (h.given - h.received) / np.sqrt(np.maximum(h.given + h.received, 1))
    calls = _half(h.share("organising") + 0.1 * h.staff, 0.08)
    organizer = np.minimum(_half(h.organising + 2 * h.staff, 4), calls)
    wise = (_lift(h, "helped") + _lift(h, "explaining") + _rank(h.length, h, settings)) / 3
    thinker = np.minimum(_half(h.askers, 3), wise)
    light = 1 - _rank(h.length, h, settings)
    chat = (_rank(h.share("dialogue"), h, settings) + light + _rank(h.share("short"), h, settings) + h.reciprocity) / 4
    asks = np.maximum(_half(h.share("asking"), 0.4), np.minimum(_lift(h, "asking"), _half(h.share("asking"), 0.25)))
    asker = asks * np.where(balance < 1, 1, 0.4)
    onlooker = np.select([h.substance == 0, h.substance == 1], [0.9, 0.7], 0.2)
    objects = (_half(h.share("objecting"), 0.08) + _lift(h, "objecting")) / 2
    challenger = np.minimum(_half(h.objecting, 3), objects)
    return np.column_stack([organizer, thinker, chat, asker, onlooker, challenger])


def _rank(values: np.ndarray, h: Habits, settings: CommunitySettings) -> np.ndarray:
    """Percentile among those who wrote enough in the window, or among all who wrote where these are few."""
    ground = h.messages >= settings.role_min_messages
    ground = ground if ground.sum() >= LEAST_GROUND else h.messages > 0
    spoke = h.messages > 0
    found = np.zeros(len(values))
    if not ground.any():
        return found
    sample = np.sort(values[ground])
    low, high = np.searchsorted(sample, values[spoke], "left"), np.searchsorted(sample, values[spoke], "right")
    found[spoke] = np.clip((low + high - 1) / 2 / max(len(sample) - 1, 1), 0, 1)
    return found


def _highest_rung(scores: np.ndarray, h: Habits) -> np.ndarray:
    first = np.where((scores >= MEETS).any(1), (scores >= MEETS).argmax(1), -1)
    first[h.silent_days >= INACTIVE_DAYS] = PARTICIPATION.index("inactive")
    return first


def _clear_winner(scores: np.ndarray, h: Habits, settings: CommunitySettings) -> np.ndarray:
    order = np.sort(scores, 1)
    clear = (order[:, -1] - order[:, -2] >= MARGIN) & (order[:, -1] >= MEETS)
    best = scores.argmax(1)
    enough = h.messages >= settings.role_min_messages
    return np.where(h.substance <= 1, SOCIAL.index("onlooker"), np.where(clear & enough, best, -1))


def _why(system: tuple[str, ...], place: int, h: Habits, m: int) -> list[str]:
    """The numbers that speak for the role at this place of the system; -1 = undecided."""
    if place < 0:
        return [reason("role.undecided", messages=int(h.messages[m]))]
    role = system[place]
    if role == "inactive" and not np.isfinite(h.silent_days[m]):
        return [reason("role.never_spoke")]
    return [reason(f"role.{role}", **{word: _shown(h, column, m) for word, column in WORDS[role].items()})]


def _shown(h: Habits, column: str, m: int) -> int:
    if column.startswith("%"):
        return round(100 * float(h.share(column[1:])[m]))
    return int(getattr(h, column)[m])


WORDS = {
    "creator": {"starts": "starts", "originals": "originals"},
    "critic": {"percent": "%judging", "targets": "targets"},
    "collector": {"percent": "%keeping"},
    "joiner": {"weeks": "weeks"},
    "spectator": {"messages": "substance"},
    "inactive": {"days": "silent_days"},
    "organizer": {"acts": "organising", "welcomes": "welcomes"},
    "thinker": {"helped": "helped", "askers": "askers", "length": "length"},
    "talker": {"messages": "messages", "percent": "%short"},
    "asker": {"percent": "%asking", "questions": "asking"},
    "onlooker": {"messages": "substance"},
    "challenger": {"acts": "objecting"},
}
"""Role -> the arguments of its sentence and the habit each one shows, with % as a share."""
