"""Splitting 裂变: a chat whose replies fall into two or more camps that hardly answer each other.

In: reply pairs of the last 84 days. Out: the camps, or none. Mitosis of Howard and Millington: the alternative to death for a
chat that grew beyond one conversation. Louvain on the weighted reply graph (igraph).
Example: `camps = find_camps(findings.links, ...)`; `len(camps) >= 2` means the chat is splitting.
"""

from __future__ import annotations

import random

import igraph
import numpy as np

LEAST_MEMBERS = 20
LEAST_ANSWERS = 150
CAMP_SHARE = 0.2
MODULARITY = 0.4
ACROSS = 0.25
"""At most this share of the answers goes from one camp to another."""


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
