"""Influence on reply graphs whose answer is known."""

from __future__ import annotations

import numpy as np

from community.influence import leader_rank, score_influence, wilson
from community.replies import link_replies
from community.settings import CommunitySettings
from community.talk import read_talk

SETTINGS = CommunitySettings()


def influence(chat, settings=SETTINGS):
    talk, _ = read_talk(*chat.tables())
    return talk.member_ids.tolist(), score_influence(talk, link_replies(talk, settings), settings)


def graph(chat, answered_by: dict[int, list[int]], members: int, days: int = 10):
    """Every member writes once a day; listed members answer the message of the one listed for them."""
    for day in range(days):
        said = {m: chat.say(f"u{m:02}", day + m / 45, f"第{day}天") for m in range(members)}
        for target, sources in answered_by.items():
            for source in sources:
                chat.say(f"u{source:02}", day + 0.48 + source / 1000, "同意", reply_to=said[target])
    return chat


def test_in_a_star_the_middle_leads(chat):
    names, found = influence(graph(chat, {7: [m for m in range(20) if m != 7]}, 20))
    middle = names.index("id-u07")
    assert found.rank[middle] == 1 and found.repliers[middle] == 19
    assert (np.delete(found.repliers, middle) == 0).all()


def test_in_a_ring_all_are_tied(chat):
    ring = {m: [(m + 1) % 20] for m in range(20)}
    _, found = influence(graph(chat, ring, 20))
    assert np.ptp(found.score) == 0 and (found.repliers == 1).all()
    assert sorted(found.rank) == list(range(1, 21))  # every tied member has one place of their own


def test_in_a_clique_nobody_stands_out(chat):
    clique = {m: [o for o in range(16) if o != m] for m in range(16)}
    _, found = influence(graph(chat, clique, 16, days=2))
    assert (found.repliers == 15).all() and (found.partners == 15).all() and (found.returned == 15).all()
    assert np.ptp(found.active_days) == 0 and np.ptp(found.score) == 0


def test_ten_answers_of_one_fan_weigh_less_than_three_people(chat):
    for day in range(12):
        said = {m: chat.say(f"u{m:02}", day + m / 100) for m in range(18)}
        chat.say("u10", day + 0.5, reply_to=said[0])  # one fan every day
        chat.say(f"u{11 + day % 3}", day + 0.6, reply_to=said[1])  # three people in turn
    names, found = influence(chat)
    assert found.rank[names.index("id-u01")] < found.rank[names.index("id-u00")]


def test_too_few_members_give_no_rank(chat):
    _, found = influence(graph(chat, {0: [1, 2]}, 5))
    assert np.isnan(found.score).all() and (found.rank == 0).all()


def test_ad_accounts_and_bots_do_not_rank(chat):
    graph(chat, {}, 18)
    for day in range(9):
        ad = chat.say("推广", day + 0.3, "加我领取", ad=True)
        note = chat.say("Q群管家", day + 0.4, "签到提醒", sender_role="bot")
        for m in range(18):
            chat.say(f"u{m:02}", day + 0.6 + m / 1000, "走开", reply_to=ad if m % 2 else note)
    names, found = influence(chat)
    for outsider in ("id-推广", "id-Q群管家"):
        assert found.rank[names.index(outsider)] == 0


def test_old_answers_fade(chat):
    for day in range(80):
        for m in range(18):
            chat.say(f"u{m:02}", day + m / 100)
    old = [chat.say("u00", 1 + k / 50) for k in range(5)]
    new = [chat.say("u01", 78 + k / 50) for k in range(5)]
    for k in range(5):
        chat.say(f"u{5 + k:02}", 2, reply_to=old[k])
        chat.say(f"u{5 + k:02}", 79, reply_to=new[k])
    names, found = influence(chat)
    assert found.score[names.index("id-u01")] > found.score[names.index("id-u00")]


def test_wilson_interval_of_known_shares():
    low, high = wilson(np.array([5, 0]), np.array([10, 10]))
    assert np.allclose(low, [0.2366, 0.0], atol=1e-3) and np.allclose(high, [0.7634, 0.2775], atol=1e-3)


def test_leader_rank_keeps_its_mass_and_prefers_the_answered():
    score = leader_rank(np.array([1, 2, 3]), np.array([0, 0, 0]), np.ones(3), 4)
    assert score.argmax() == 0 and np.isclose(score.sum(), 4, atol=1e-6)
