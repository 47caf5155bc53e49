"""Influence (KOL): who will be answered by many different people.

In: `Talk`, `Links`. Out: `Influence`, one entry a member. Score of docs/metrics.md: presence and distinct repliers,
near and far, foretell future answers better than PageRank, HITS, k-core and LeaderRank, which only breaks ties.
Example: `influence = score_influence(talk, links, settings)`; `influence.rank[member] == 1`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.distinct import distinct
from community.influence_model import YEAR, Past, expected_answerers, influence_features
from community.replies import Links
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk, ad_accounts, bots

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
    pair, times = np.unique(to * m + by, return_counts=True)
    year = np.arange(talk.since(YEAR, end).start, window.stop)
    year = year[talk.clean[year] & ~shut[talk.sender[year]]]
    age = (end - talk.at[answers]) // DAY_MS  # whole days: minutes must not break ties
    ages = int(talk.day[window.stop - 1]) - talk.day[year] if len(year) else year
    past = Past(talk.sender[year], np.minimum(ages, YEAR - 1), to, by, age, links.confidence[answers])
    expected = expected_answerers(influence_features(past, m))
    score, rank = _rank(messages >= settings.min_messages, expected, (pair, times), settings)
    both = np.isin(pair, (pair % m) * m + pair // m) if len(pair) else np.zeros(0, bool)
    unordered = distinct(np.minimum(to, by) * m + np.maximum(to, by))
    return Influence(
        score=score,
        rank=rank,
        messages=messages,
        active_days=active_days,
        repliers=np.bincount(pair // m, minlength=m),
        partners=np.bincount(unordered // m, minlength=m) + np.bincount(unordered % m, minlength=m),
        replied=np.bincount(talk.sender[distinct(parent)], minlength=m),
        received=np.bincount(to, minlength=m),
        given=np.bincount(by, minlength=m),
        returned=np.bincount((pair // m)[both], minlength=m),
        starts=_starts(talk, links, said),
        candidates=int((messages >= settings.min_messages).sum()),
    )


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
    step = weight / out[source]
    score, ground = np.ones(n), 0.0
    for _ in range(60):
        walked = np.bincount(target, step * score[source], minlength=n)
        score, ground = walked + ground / n, float((score / out).sum())
    return score + ground / n


def _rank(
    candidate: np.ndarray,
    expected: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    settings: CommunitySettings,
) -> tuple[np.ndarray, np.ndarray]:
    m = len(candidate)
    score, rank = np.full(m, np.nan), np.zeros(m, np.int32)
    who = np.flatnonzero(candidate)
    if len(who) < settings.min_members:
        return score, rank
    score[who] = 100 * percentile(expected[who])
    pair, times = pairs
    leaders = leader_rank(pair % m, pair // m, np.log1p(times), m)
    order = who[np.lexsort((who, -leaders[who], -score[who]))]
    rank[order] = np.arange(1, len(order) + 1)
    return score, rank


def _distinct_per(member: np.ndarray, what: np.ndarray, members: int) -> np.ndarray:
    span = int(what.max()) + 1 if len(what) else 1
    return np.bincount(distinct(member * span + what) // span, minlength=members)


def _starts(talk: Talk, links: Links, said: np.ndarray) -> np.ndarray:
    """Conversations begun in the window in which at least two other members spoke."""
    root = links.root[said]
    pair = distinct(root * talk.members + talk.sender[said])
    head, voices = np.unique(pair // talk.members, return_counts=True)
    head = head[(voices >= 3) & np.isin(head, said)]
    return np.bincount(talk.sender[head], minlength=talk.members)
