"""Splitting 裂变: a chat whose replies fall into two or more camps that hardly answer each other.

In: reply pairs (who answers whom) of the last 84 days. Out: the camps, or none. It is the mitosis of Howard and
Millington: the way on for a chat that outgrew one conversation. Louvain on the weighted reply graph (igraph).
Example: `len(lasting_camps(talk, links, between)) >= 2` means the chat is splitting.
"""

from __future__ import annotations

import random

import igraph
import numpy as np

from community.replies import Links
from community.talk import DAY_MS, Talk

LEAST_MEMBERS = 20
LEAST_ANSWERS = 150
CAMP_SHARE = 0.2
MODULARITY = 0.4
ACROSS = 0.25
"""At most this share of the answers goes from one camp to another."""


def lasting_camps(talk: Talk, links: Links, between: np.ndarray) -> list[np.ndarray]:
    """The camps of the last 84 days, if they were there four weeks ago as well."""
    now: list[np.ndarray] = []
    for back in (28, 0):
        window = talk.since(84, talk.now - back * DAY_MS)
        rows = between[(between >= window.start) & (between < window.stop)]
        rows = rows[talk.clean[rows] & talk.clean[links.parent[rows]]]
        now = find_camps(talk.sender[rows], talk.sender[links.parent[rows]])
        if not now:
            break
    return now


def find_camps(by: np.ndarray, to: np.ndarray) -> list[np.ndarray]:
    """Member numbers of each camp, largest first; empty when the chat holds together or is too small to tell."""
    who, place = np.unique(np.concatenate([by, to]), return_inverse=True)
    if len(who) < LEAST_MEMBERS or len(by) < LEAST_ANSWERS:
        return []
    a, b = place[: len(by)], place[len(by) :]
    key = np.minimum(a, b).astype(np.int64) * len(who) + np.maximum(a, b)
    pair, times = np.unique(key, return_counts=True)
    ends = np.column_stack([pair // len(who), pair % len(who)])
    graph = igraph.Graph(n=len(who), edges=ends.tolist())
    igraph.set_random_number_generator(random.Random(11))  # equal exports give equal camps
    found = graph.community_multilevel(weights=times.tolist())
    camp = np.array(found.membership)
    across = float(times[camp[ends[:, 0]] != camp[ends[:, 1]]].sum() / times.sum())
    sizes = np.bincount(camp)
    large = np.flatnonzero(sizes >= CAMP_SHARE * len(who))
    if len(large) < 2 or across > ACROSS or graph.modularity(found, weights=times.tolist()) < MODULARITY:
        return []
    return [who[camp == c] for c in large[np.argsort(-sizes[large], kind="stable")]]
