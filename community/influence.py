"""Influence (KOL): who is present on many days and answered by many different people.

In: `Talk`, `Links`. Out: `Influence`, one entry a member. Score of docs/metrics.md (science: active days and decayed
distinct repliers predict future answers better than PageRank, HITS, k-core and LeaderRank, which only breaks ties).
Example: `influence = score_influence(talk, links, settings)`; `influence.rank[member] == 1`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from community.replies import Links
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk, ad_accounts, bots

HALF_LIFE_DAYS = 28.0
DAYS_LIFE = 56.0
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Influence:
    """One entry a member over the window; `score` and `rank` are nan / 0 where the sample is too small."""

    score: np.ndarray  # 0..100
    rank: np.ndarray  # 1 = strongest, 0 = none
    messages: np.ndarray
    active_days: np.ndarray
    repliers: np.ndarray  # distinct members who answered
    partners: np.ndarray  # distinct members on either side
    replied: np.ndarray  # messages that were answered by another member
    received: np.ndarray  # answers received
    given: np.ndarray  # answers given
    returned: np.ndarray  # partners with answers both ways
    starts: np.ndarray  # conversations started that drew two others
    candidates: int


def score_influence(talk: Talk, links: Links, settings: CommunitySettings, until: int | None = None) -> Influence:
    """Score every member over the window that ends at `until` (ms UTC, default the end of the export)."""
    end = talk.now if until is None else until
    window = talk.since(settings.influence_window, end)
    rows = np.arange(window.start, window.stop)
    shut = np.append(bots(talk) | ad_accounts(talk, settings), True)
    said = rows[talk.clean[window] & ~shut[talk.sender[window]]]
    m = talk.members
    messages = np.bincount(talk.sender[said], minlength=m)
    active_days = _distinct_per(talk.sender[said].astype(np.int64), talk.day[said], m)
    answers = links.between(talk, settings.link_confidence)
    answers = answers[(answers >= window.start) & (answers < window.stop)]
    parent = links.parent[answers]
    kept = talk.clean[answers] & talk.clean[parent] & ~shut[talk.sender[answers]] & ~shut[talk.sender[parent]]
    answers, parent = answers[kept], parent[kept]
    to, by = talk.sender[parent].astype(np.int64), talk.sender[answers].astype(np.int64)
    age = (end - talk.at[answers]) // DAY_MS  # whole days: minutes must not break ties
    weight = links.confidence[answers] * np.exp(-age / HALF_LIFE_DAYS)
    pair, heat, times = _best_per_pair(to * m + by, weight)
    reach = np.bincount(pair // m, heat, minlength=m)
    candidate = messages >= settings.min_messages
    today = int(talk.day[said].max(initial=0)) + 1
    present = presence(talk.sender[said], talk.day[said], today, m)
    score, rank = _rank(candidate, present, reach, (pair, times), settings)
    both = np.isin(pair, (pair % m) * m + pair // m) if len(pair) else np.zeros(0, bool)
    unordered = np.unique(np.minimum(to, by) * m + np.maximum(to, by))
    return Influence(
        score=score,
        rank=rank,
        messages=messages,
        active_days=active_days,
        repliers=np.bincount(pair // m, minlength=m),
        partners=np.bincount(unordered // m, minlength=m) + np.bincount(unordered % m, minlength=m),
        replied=np.bincount(talk.sender[np.unique(parent)], minlength=m),
        received=np.bincount(to, minlength=m),
        given=np.bincount(by, minlength=m),
        returned=np.bincount((pair // m)[both], minlength=m),
        starts=_starts(talk, links, said),
        candidates=int(candidate.sum()),
    )


def presence(member: np.ndarray, day: np.ndarray, today: int, members: int) -> np.ndarray:
    """Days on which each member wrote, fading by DAYS_LIFE; `today` is the day after the last one."""
    span = int(day.max()) + 1 if len(day) else 1
    present = np.unique(member.astype(np.int64) * span + day)
    return np.bincount(present // span, np.exp(-(today - 1 - present % span) / DAYS_LIFE), minlength=members)


def wilson(hits: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of a share (Wilson 1927); nan where there are no trials."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = hits / trials
        scale = 1 + _Z**2 / trials
        middle = (p + _Z**2 / (2 * trials)) / scale
        half = _Z / scale * np.sqrt(p * (1 - p) / trials + _Z**2 / (4 * trials**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def top_messages(talk: Talk, links: Links, settings: CommunitySettings, count: int = 3) -> dict[int, list[str]]:
    """The most answered messages of every member in the window, member number -> message ids."""
    window = talk.since(settings.influence_window)
    answers = links.between(talk, settings.link_confidence)
    parent = links.parent[answers[answers >= window.start]]
    parent = parent[talk.clean[parent]]
    row, times = np.unique(parent, return_counts=True)
    order = np.lexsort((-row, -times, talk.sender[row]))
    row = row[order]
    who = talk.sender[row]
    place = np.arange(len(row)) - np.searchsorted(who, who, "left")
    row, who = row[place < count], who[place < count]
    found: dict[int, list[str]] = {}
    for member, message_id in zip(who.tolist(), talk.ids.take(row).to_pylist(), strict=True):
        found.setdefault(member, []).append(message_id)
    return found


def percentile(values: np.ndarray) -> np.ndarray:
    """Rank of each value among all, 0..1; equal values share their mean rank, so ties stay ties."""
    if len(values) < 2:
        return np.full(len(values), 0.5)
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.cumsum(times) - (times + 1) / 2
    return rank[place] / (len(values) - 1)


def leader_rank(source: np.ndarray, target: np.ndarray, weight: np.ndarray, n: int) -> np.ndarray:
    """Weighted LeaderRank (Lü 2011): a random walk from who answers to who is answered, with one ground node."""
    out = np.bincount(source, weight, minlength=n) + 1.0  # everyone also points at the ground node
    step = sparse.csr_matrix((weight / out[source], (target, source)), shape=(n, n))
    score, ground = np.ones(n), 0.0
    for _ in range(60):
        score, ground = step @ score + ground / n, float((score / out).sum())
    return score + ground / n


def _rank(
    candidate: np.ndarray,
    present: np.ndarray,
    reach: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    settings: CommunitySettings,
) -> tuple[np.ndarray, np.ndarray]:
    m = len(candidate)
    score, rank = np.full(m, np.nan), np.zeros(m, np.int32)
    who = np.flatnonzero(candidate)
    if len(who) < settings.min_members:
        return score, rank
    score[who] = 100 * (0.5 * percentile(present[who].round(9)) + 0.5 * percentile(reach[who].round(9)))
    pair, times = pairs
    leaders = leader_rank(pair % m, pair // m, np.log1p(times), m)
    order = who[np.lexsort((who, -leaders[who], -score[who]))]
    rank[order] = np.arange(1, len(order) + 1)
    return score, rank


def _best_per_pair(key: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per pair the strongest link and how many there are: ten answers by one fan count as one fan."""
    if not len(key):
        return key, weight, key
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.maximum.reduceat(weight, first), np.diff(np.append(first, len(key)))


def _distinct_per(member: np.ndarray, what: np.ndarray, members: int) -> np.ndarray:
    span = int(what.max()) + 1 if len(what) else 1
    return np.bincount(np.unique(member * span + what) // span, minlength=members)


def _starts(talk: Talk, links: Links, said: np.ndarray) -> np.ndarray:
    """Conversations begun in the window in which at least two other members spoke."""
    root = links.root[said]
    pair = np.unique(root * talk.members + talk.sender[said])
    head, voices = np.unique(pair // talk.members, return_counts=True)
    head = head[(voices >= 3) & np.isin(head, said)]
    return np.bincount(talk.sender[head], minlength=talk.members)
