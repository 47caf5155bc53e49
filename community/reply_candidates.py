"""Whom a message may answer: the messages just before it and a few older ones that people come back to.

In: `Talk`, `Mentions`, links known already. Out: `Scene` (a stretch of members' messages, numbered 0..n-1) and, for
any span of them, `candidates`: message numbers and which are valid. Example:
`scene = read_scene(talk, mentions, parent, np.flatnonzero(talk.said))`; `who, valid = candidates(scene, 0, 500, LAGS)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.mentions import Mentions
from community.talk import MINUTE_MS, Talk

LAGS = 20
"""With the older ones, 20 messages hold 99.5 % of what a network chooses that may choose among 60."""
QUOTED_LAGS = 60
"""People quote what lies further back."""
NAMED_AT_MOST = 3
OLDER = ("named", "other_named", "own", "naming_me", "latest_answered", "most_answered")


@dataclass(frozen=True, slots=True)
class Scene:
    """One entry a member's message in time order; other numbers are positions in these arrays, -1 = none."""

    row: np.ndarray  # of talk
    minute: np.ndarray
    who: np.ndarray
    named: np.ndarray  # (n, 3) members named, -1 = none
    own_before: np.ndarray  # the same member's message before
    own_after: np.ndarray  # and after, n = none
    naming: np.ndarray  # the last message before that names the author
    older: np.ndarray  # (n, len(OLDER)) candidates that may lie further back
    answered: np.ndarray  # (n, 2) what the latest stated reply answered, and what most stated replies answered
    known: np.ndarray  # parent stated by the export

    def __len__(self) -> int:
        return len(self.row)


def read_scene(talk: Talk, mentions: Mentions, parent: np.ndarray, row: np.ndarray) -> Scene:
    """Number the members' messages `row`; `parent` holds rows of talk that the export states, -1 = unknown."""
    n = len(row)
    place = np.full(len(talk.at) + 1, -1, np.int64)
    place[row] = np.arange(n)
    who = talk.sender[row].astype(np.int64)
    known = place[np.where(parent[row] >= 0, parent[row], -1)]
    named = np.full((n, NAMED_AT_MOST), -1, np.int64)
    at, member = place[mentions.row], mentions.member
    at, member = at[at >= 0], member[at >= 0]
    nth = np.arange(len(at)) - np.searchsorted(at, at, "left")
    kept = nth < NAMED_AT_MOST
    named[at[kept], nth[kept]] = member[kept]
    before, after = _neighbours(who)
    answered = np.column_stack(_answered(known))
    naming = last_naming(who, named)
    older = np.column_stack([_last_of_named(who, named), before, naming, answered])
    for later in range(1, older.shape[1]):  # one candidate, one slot
        older[(older[:, :later] == older[:, later, None]).any(1), later] = -1
    return Scene(row, talk.at[row] / MINUTE_MS, who, named, before, after, naming, older, answered, known)


def candidates(scene: Scene, start: int, stop: int, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Message numbers (m, lags + len(OLDER)) for the messages `start` to `stop`, and which of them exist."""
    me = np.arange(start, stop)[:, None]
    older = scene.older[start:stop]
    found = np.hstack([me - np.arange(1, lags + 1), np.where(me - older > lags, older, -1)])
    return np.maximum(found, 0), found >= 0


def _neighbours(who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = len(who)
    order = np.argsort(who, kind="stable")
    same = who[order[1:]] == who[order[:-1]]
    before, after = np.full(n, -1, np.int64), np.full(n, n, np.int64)
    before[order[1:][same]] = order[:-1][same]
    after[order[:-1][same]] = order[1:][same]
    return before, after


def last_before(who: np.ndarray, member: np.ndarray, place: np.ndarray) -> np.ndarray:
    """For each (member, place): that member's last message before the place, -1 = none."""
    n = max(len(who), 1)
    key = np.sort(who * n + np.arange(len(who)))
    at = np.searchsorted(key, member * n + place) - 1
    hit = key[np.maximum(at, 0)] if len(key) else np.zeros_like(at)
    return np.where((at >= 0) & (member >= 0) & (hit // n == member), hit % n, -1)


def last_naming(who: np.ndarray, named: np.ndarray) -> np.ndarray:
    """The last message before each one that names its author, -1 = none."""
    at, slot = np.nonzero(named >= 0)
    n = max(len(who), 1)
    key = np.sort(named[at, slot] * n + at)
    place = np.searchsorted(key, who * n + np.arange(len(who))) - 1
    hit = key[np.maximum(place, 0)] if len(key) else np.zeros(len(who), np.int64)
    return np.where((place >= 0) & (hit // n == who) & bool(len(key)), hit % n, -1)


def _last_of_named(who: np.ndarray, named: np.ndarray) -> np.ndarray:
    """(n, 2) the last message of the member named who spoke last, and of the one who spoke before them."""
    place = np.repeat(np.arange(len(who)), named.shape[1])
    return np.sort(last_before(who, named.ravel(), place).reshape(named.shape), 1)[:, :0:-1]


def _answered(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the latest stated reply answered, and the message most answered so far by stated replies."""
    n = len(known)
    stated = np.where(known >= 0, np.arange(n), -1)
    latest = np.concatenate([[-1], np.maximum.accumulate(stated)[:-1]]) if n else stated
    most, best, count = np.full(n, -1, np.int64), -1, {}
    for i, parent in enumerate(known.tolist()):
        most[i] = best
        if parent >= 0:
            count[parent] = count.get(parent, 0) + 1
            best = parent if best < 0 or count[parent] >= count[best] else best
    return np.where(latest >= 0, known[latest], -1), most
