"""Closeness 亲密度 of a member to the chat, 0..100.

In: `Talk`, `Influence`. Out: one number a member. Formula in docs/metrics.md: present days, recency, distinct partners
and reciprocity; a flood of messages on one day counts no more than twenty (the rule of QQ levels).
Example: `closeness = score_closeness(talk, influence)`.
"""

from __future__ import annotations

import numpy as np

from community.influence import Influence, percentile
from community.talk import DAY_MS, Talk

DAYS = 56
DAILY_CREDIT = 20
TIERS = {"core": 70.0, "familiar": 45.0, "acquainted": 20.0, "distant": 0.0}
"""Tier -> the closeness from which it holds."""


def closeness_tier(closeness: np.ndarray) -> np.ndarray:
    """The tier of each member."""
    return np.select([closeness >= floor for floor in TIERS.values()], list(TIERS), "distant").astype(object)


def score_closeness(talk: Talk, influence: Influence) -> np.ndarray:
    """C(u) = 100 (.4 pct(present days) + .25 exp(-recency / 14 d) + .2 pct(partners) + .15 reciprocity)."""
    window = talk.since(DAYS)
    said = np.flatnonzero(talk.clean[window]) + window.start
    credit = _present(talk, said)
    last = np.full(talk.members, -np.inf)
    clean = np.flatnonzero(talk.clean)
    last[talk.sender[clean]] = talk.at[clean]
    recency = (talk.now - last) / DAY_MS
    spoke = np.isfinite(last)
    days, partners = np.zeros(talk.members), np.zeros(talk.members)
    days[spoke] = percentile(credit[spoke])
    partners[spoke] = percentile(influence.partners[spoke])
    reciprocity = influence.returned / np.maximum(influence.partners, 1)
    score = 0.4 * days + 0.25 * np.exp(-recency / 14) + 0.2 * partners + 0.15 * np.minimum(reciprocity, 1)
    return np.where(spoke, 100 * score, 0.0)


def _present(talk: Talk, said: np.ndarray) -> np.ndarray:
    """Days present, each worth 1 to 2 by its messages up to the daily credit."""
    key, times = np.unique(talk.sender[said].astype(np.int64) * talk.days + talk.day[said], return_counts=True)
    worth = 1 + np.minimum(times, DAILY_CREDIT) / DAILY_CREDIT
    return np.bincount(key // talk.days, worth, minlength=talk.members)
