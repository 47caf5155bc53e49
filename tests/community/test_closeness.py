"""Closeness of members to the chat."""

from __future__ import annotations

from community import CommunitySettings, analyse


def closeness(chat):
    found = analyse(*chat.tables(), name="群", platform="qq", settings=CommunitySettings())
    return {m["name"]: m["closeness"] for m in found.members.to_pylist()}


def test_a_flood_on_one_day_is_no_closeness(chat):
    for day in range(56):
        chat.say("常客", day)
        chat.say("路人", day + 0.2)
    for k in range(300):
        chat.say("刷屏", 50 + k / 1000)
    found = closeness(chat)
    assert found["刷屏"] < found["常客"]


def test_recent_beats_long_ago_and_silent_is_zero(chat):
    for day in range(20):
        chat.say("旧友", day)
        chat.say("新友", 36 + day)
    chat.event("join", 1, actor_ids=["id-潜水"])
    found = closeness(chat)
    assert found["新友"] > found["旧友"] > found["id-潜水"] == 0


def test_values_stay_between_0_and_100(chat):
    for day in range(56):
        said = chat.say("甲", day)
        chat.say("乙", day + 0.01, reply_to=said)
    assert all(0 <= v <= 100 for v in closeness(chat).values())
