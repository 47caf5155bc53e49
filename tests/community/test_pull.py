"""Known answers of the reply graph: star, ring, clique, two cliques with a bridge, one member, uplift planted or not."""

from __future__ import annotations

import numpy as np
import pytest

from community.talk import read_talk
from community.ties import lost_without, measure_ties
from community.uplift import measure_uplift


def graph(pairs, members):
    by, to = np.array(pairs, int).reshape(-1, 2).T
    return measure_ties(by, to, members)


def test_a_star_is_fully_centralised():
    star = graph([(i, 0) for i in range(1, 20)], 20)
    assert star.centralisation == pytest.approx(1) and star.decentralisation == pytest.approx(0)
    assert star.bridging[0] == pytest.approx(1) and star.bridging[1:].max() == 0


def test_a_ring_and_a_clique_are_not_centralised():
    ring = graph([(i, (i + 1) % 12) for i in range(12)], 12)
    clique = graph([(i, j) for i in range(8) for j in range(i)], 8)
    assert ring.centralisation == clique.centralisation == 0
    assert clique.camps == 1 and clique.bridging.max() == 0
    assert np.ptp(ring.bridging) == pytest.approx(0)


def test_two_cliques_are_two_camps_and_the_bridge_is_found():
    pairs = [(i, j) for i in range(6) for j in range(i)] + [(i, j) for i in range(6, 12) for j in range(6, i)]
    ties = graph([*pairs, (0, 12), (12, 6)], 13)
    assert ties.camps == 2 and ties.modularity > 0.4
    assert ties.bridging.argmax() == 12


def test_a_random_graph_has_little_structure():
    rng = np.random.default_rng(1)
    ties = graph(rng.integers(0, 40, (800, 2)), 40)
    assert ties.centralisation < 0.3 and ties.modularity < 0.2


def test_one_member_and_nobody_have_no_shape():
    assert np.isnan(graph([(0, 0)], 1).centralisation)
    assert measure_ties(np.zeros(0, int), np.zeros(0, int), 5).pairs == 0


def test_a_hundred_thousand_members_are_measured():
    rng = np.random.default_rng(2)
    by, to = rng.integers(0, 100_000, (2, 3000))
    assert measure_ties(by, to, 100_000).bridging.shape == (100_000,)


def test_what_is_lost_without_the_middle_of_a_star():
    by, to = np.array([1, 2, 3, 4]), np.array([0, 0, 0, 3])
    links, talks = lost_without(by, to, np.array([0, 0, 7, 9]), 0)
    assert (links, talks) == (0.75, pytest.approx(2 / 3))


def speaking(chat, follows: bool):
    """Every day others talk a little at noon; on every third one the caller speaks first, and maybe four follow."""
    for day in range(84):
        chat.say(f"路人{day % 3}", day + 0.1)
        if day % 3 == 0:
            chat.say("领头", day + 0.125)
            for k in range(4 if follows else 0):
                chat.say(f"跟随{k}", day + 0.126 + k / 1000)
        chat.say(f"路人{day % 2}", day + 0.13)
    talk, _ = read_talk(*chat.tables())
    return talk, talk.member_ids.tolist().index("id-领头")


def test_whom_others_follow_has_an_uplift(chat):
    found = measure_uplift(*speaking(chat, True))
    assert found and found.low > 1 and found.high >= found.speakers >= found.low


def test_whom_nobody_follows_has_none(chat):
    found = measure_uplift(*speaking(chat, False))
    assert found and found.low <= 0 <= found.high
