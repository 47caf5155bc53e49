"""Panels and what stands behind them: newcomers, invitations, catalysts, camps, losses, on planted chats."""

from __future__ import annotations

import numpy as np
import pytest

from community import CommunitySettings, analyse
from community.fission import find_camps
from community.panels import panels
from community.reasons import read_reason

SETTINGS = CommunitySettings()


def run(chat):
    return analyse(*chat.tables(), name="群", platform="wechat", settings=SETTINGS)


def values(found) -> dict[tuple[str, str], float]:
    return {(row["panel"], row["item"]): row["value"] for row in found.indicators.to_pylist()}


def background(chat, days=84, members=12):
    for day in range(days):
        for m in range(members):
            if (day + m) % 2:
                chat.say(f"路人{m:02}", day + m / 40, f"今天也读了一点第{day}章")


def test_every_panel_says_something_about_an_ordinary_chat(chat):
    background(chat)
    rows = run(chat).indicators.to_pylist()
    assert {row["panel"] for row in rows} == set(panels()) - {"invitations", "uplift"}  # nobody invites, nobody pauses
    for row in rows:
        assert all(read_reason(said)[0].startswith(f"panel.{row['panel']}.") for said in row["why"])


def test_shares_of_the_mix_and_of_the_tiers_add_up(chat):
    background(chat)
    found = values(run(chat))
    for panel in ("mix", "closeness"):
        assert sum(v for (p, _), v in found.items() if p == panel) == pytest.approx(1, abs=1e-5)


def test_asking_and_hinting_are_two_signals_and_advertisements_are_neither(chat):
    background(chat)
    asked = chat.say("路人01", 80, "求推荐一款好用的吸尘器")
    hints = [chat.say("路人02", 81, "洗衣液快用完了"), chat.say("路人03", 82, "想换个大点的冰箱，就是太贵了")]
    chat.say("路人04", 82.5, "想换个冰箱求推荐")
    chat.say("路人01", 20, "洗衣液快用完了")
    chat.say("卖货的", 83, "快用完了的姐妹看过来，加我领取", ad=True)
    rows = {row["item"]: row for row in run(chat).indicators.to_pylist() if row["panel"] == "demand"}
    assert (rows["explicit"]["value"], rows["implicit"]["value"]) == (2, 2)
    assert asked in rows["explicit"]["message_ids"]
    assert rows["implicit"]["message_ids"] == hints[::-1]
    assert read_reason(rows["implicit"]["why"][0]) == (
        "panel.demand.implicit",
        {"count": 2, "people": 2, "before": 0},
    )


def newcomer(chat, name, day, wait=None, stays=False, brought_by="路人01"):
    chat.event("invite", day, actor_ids=[f"id-{brought_by}"], target_ids=[f"id-{name}"])
    said = chat.say(name, day + 0.001, "大家好，我是新来的")
    if wait is not None:
        chat.say("路人02", day + 0.001 + wait / 1440, "欢迎欢迎", reply_to=said)
    if stays:
        chat.say(name, day + 3, "我也来说一句")


def test_newcomers_are_followed_from_the_door_to_the_week_after(chat):
    background(chat)
    for k, (wait, stays) in enumerate([(2, True), (20, True), (None, False), (None, False)]):
        newcomer(chat, f"新人{k}", 40.51 + 3 * k, wait, stays)
    found = values(run(chat))
    assert found["newcomers", "came"] == 4
    assert found["newcomers", "answered_5"] == 0.25 and found["newcomers", "answered_30"] == 0.5
    assert found["newcomers", "stayed"] == 0.5


def test_the_greeter_is_named_and_the_unanswered_newcomer_shown(chat):
    background(chat)
    for k in range(3):
        newcomer(chat, f"新人{k}", 50.51 + k, wait=3 if k else None)
    rows = {(r["panel"], r["item"]): r for r in run(chat).indicators.to_pylist()}
    assert rows["newcomers", "greeters"]["member_ids"] == ["id-路人02"]
    assert rows["newcomers", "answered_30"]["member_ids"] == ["id-新人0"]


def test_the_invitation_tree_counts_who_stays_and_how_deep_it_goes(chat):
    background(chat)
    newcomer(chat, "甲", 60.51, stays=True)
    newcomer(chat, "乙", 61.51, stays=True, brought_by="甲")
    newcomer(chat, "丙", 62.51, stays=True, brought_by="乙")
    chat.event("leave", 70.5, actor_ids=["id-丙"])
    found = values(run(chat))
    assert found["invitations", "invited"] == 3 and found["invitations", "depth"] == 3
    assert found["invitations", "stayed"] == pytest.approx(2 / 3)
    assert found["invitations", "wiener"] == pytest.approx(10 / 6)  # a path of four: (3·1 + 2·2 + 1·3) / 6


def test_an_announcement_that_wakes_the_chat_is_a_catalyst_one_nobody_hears_is_not(chat):
    spin = np.random.default_rng(3)
    background(chat, days=120)
    for day in range(3, 120, 6):
        at = day + 0.6 + spin.uniform(0, 0.1)
        chat.say("群主", at, "@所有人 本周主题定了", mentions=["@all"])
        for k in range(8):
            chat.say(f"路人{k:02}", at + 0.002 + k / 500, f"我来说说第{k}点，{day}")
        chat.say("群主", day + 0.9, f"#接龙 {day} 号报名")
    found = {row["kind"]: row for row in run(chat).catalysts.to_pylist()}
    strong, weak = found["announcement"], found["chain"]
    assert strong["events"] == 20 and strong["extra_low"] > 5 and strong["p"] < 0.05 and strong["half_life"] < 1
    assert weak["p"] > 0.05 and weak["half_life"] is None and weak["extra"] < 1


def test_two_halves_that_hardly_answer_each_other_are_camps_a_mixed_crowd_is_not():
    spin = np.random.default_rng(1)
    by, to = spin.integers(0, 15, 600), spin.integers(0, 15, 600)
    half = spin.integers(0, 2, 600) * 15
    camps = find_camps(by + half, to + half)
    assert sorted(len(c) for c in camps) == [15, 15]
    assert find_camps(spin.integers(0, 30, 600), spin.integers(0, 30, 600)) == []


def test_a_lost_member_comes_with_partner_last_words_and_an_opener(chat):
    background(chat, days=140)
    for day in range(90):
        said = chat.say("老师", day + 0.5, f"第{day}讲：记忆", topic="culture")
        chat.say("路人03", day + 0.51, f"听懂了第{day}讲", reply_to=said)
        chat.say(f"路人{day % 12:02}", day + 0.52, f"再问一句{day}", reply_to=said)
    lost = run(chat).losses.to_pylist()[0]
    assert lost["member_id"] == "id-老师" and lost["partners"][0] == "id-路人03" and lost["last_topic"] == "culture"
    assert 48 < lost["silence"] < 52 and len(lost["message_ids"]) == 5
    assert [read_reason(said)[0] for said in lost["opener"]] == ["opener.partner", "opener.topic"]


def test_a_steady_chat_loses_nobody(chat):
    background(chat)
    assert run(chat).losses.num_rows == 0
