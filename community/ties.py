"""The shape of who answers whom: centralisation, camps, bridges, and what is lost without a member.

In: pairs of member numbers (who answers, who is answered) of a window. Out: `Ties`. Freeman's degree centralisation
on the plain graph, Leiden communities and betweenness by igraph, weights = log(1 + answers).
Example: `measure_ties(by, to, members).modularity`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import igraph
import numpy as np

from community.distinct import distinct

MOST_SOURCES = 200


@dataclass(frozen=True, slots=True)
class Ties:
    """Numbers of one graph; `bridging` has one entry a member, 0..1 of the shortest paths between other members."""

    members: int  # with at least one tie
    pairs: int
    centralisation: float  # 0 = all alike, 1 = a star; nan below 3 members
    modularity: float  # of the Leiden communities
    camps: int
    bridging: np.ndarray

    @property
    def decentralisation(self) -> float:
        """TogetherCrew's scale, 0..200: 2 (100 - 100 centralisation)."""
        return 200 * (1 - self.centralisation)


def measure_ties(by: np.ndarray, to: np.ndarray, members: int) -> Ties:
    """Measure the undirected graph of the answers; a member's answers to themselves do not count."""
    other = by != to
    low, high = np.minimum(by, to)[other].astype(np.int64), np.maximum(by, to)[other].astype(np.int64)
    pair, times = np.unique(low * members + high, return_counts=True)
    who, place = np.unique(np.concatenate([pair // members, pair % members]), return_inverse=True)
    n, bridging = len(who), np.zeros(members)
    if n < 3:
        return Ties(n, len(pair), float("nan"), 0.0, min(n, 1), bridging)
    ends = place.reshape(2, -1).T
    degree = np.bincount(ends.ravel(), minlength=n)
    graph = igraph.Graph(n=n, edges=ends.tolist())
    igraph.set_random_number_generator(random.Random(11))  # equal exports give equal camps
    weight = np.log1p(times).tolist()
    found = graph.community_leiden("modularity", weights=weight, n_iterations=5)
    sources = None if n <= MOST_SOURCES else np.argsort(-degree, kind="stable")[:MOST_SOURCES].tolist()
    between = np.array(graph.betweenness(directed=False, sources=sources, targets=None))
    asked = (n - 1) * (n - 2) / 2 if sources is None else MOST_SOURCES * (n - 2) / 2
    bridging[who] = between / asked
    central = float((degree.max() - degree).sum() / ((n - 1) * (n - 2)))
    return Ties(n, len(pair), central, graph.modularity(found, weights=weight), len(found), bridging)


def lost_without(by: np.ndarray, to: np.ndarray, root: np.ndarray, member: int) -> tuple[float, float]:
    """Shares 0..1 of the answers, and of the conversations of two or more, that vanish without the member.

    `root` names the conversation of each answer; one vanishes when no answer between two others is left in it.
    """
    if not len(by):
        return 0.0, 0.0
    gone = (by == member) | (to == member)
    left = np.isin(distinct(root), root[~gone])
    return float(gone.mean()), float(1 - left.mean())
