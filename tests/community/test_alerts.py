"""Contract of every warning rule: silent on a steady chat, fires on a planted one, and says why in numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from community import CommunitySettings, analyse
from community.alert_backtest import judge_chat
from community.alerts import SEVERITIES, find_alerts, rules
from community.prescriptions import DESKS
from community.reasons import read_reason
from community.replay import read_record, replay

ROOT = Path(__file__).resolve().parents[2]


def steady(chat, days=140, members=24, until=None, mood=None):
    """Everyone speaks every second day; the member after them answers."""
    for day in range(days):
        spin = np.random.default_rng(day)
        for m in range(members):
            if (day + m) % 2 and (until is None or day < until):
                at = day + m / 60
                said = chat.say(f"成员{m:02}", at, mood=(mood(day) if mood else 0.2) + spin.uniform(-0.05, 0.05))
                chat.say(f"成员{(m * 7 + day) % members:02}", at + 0.003, "有道理", reply_to=said)
    return chat


def dormancy_risk(chat):
    steady(chat, until=100)
    for day in (108, 119, 139):
        chat.say("成员01", day)


def core_member_lost(chat):
    steady(chat)
    for day in range(100):
        for k in range(8):
            said = chat.say("老师", day + 0.5 + k / 100, "我来解释一下这一章")
            chat.say(f"成员{k:02}", day + 0.505 + k / 100, "懂了", reply_to=said)


def ad_flood(chat):
    steady(chat)
    for day in range(115, 140):
        for k in range(20):
            chat.say(f"推广{k % 4}", day + 0.2 + k / 100, "加我领取", ad=True)


def mood_drop(chat):
    steady(chat, mood=lambda day: 0.4 if day < 126 else -0.3)


def carried_by_few(chat):
    steady(chat)
    for day in range(60, 140):
        for k in range(40):
            chat.say("话痨", day + k / 80, "再说一件事")


def only_incentives_wake(chat):
    for day in range(140):
        if day % 3 == 0:
            at = day + (day % 7) / 20
            chat.say("团长", at, "恭喜发财", kind="red_packet")
            for m in range(12):
                chat.say(f"客{m}", at + m / 600 + 0.002, "这次的草莓多少钱一斤")
        chat.say(f"客{day % 12}", day + 0.45)


def cold_drop(chat):
    steady(chat, until=122)
    for day in range(122, 140):
        chat.say(f"成员{day % 3:02}", day + 0.1)


def kol_silent(chat):
    steady(chat)
    for day in range(127):
        for k in range(2):
            said = chat.say("老师", day + 0.5 + k / 100, f"第{day}讲第{k}段")
            for m in range(4):
                chat.say(
                    f"成员{(6 * m + day) % 24:02}", day + 0.501 + k / 100 + m / 1000, f"懂了{day}{m}", reply_to=said
                )


def newcomers_ignored(chat):
    steady(chat)
    for k in range(10):
        chat.event("join", 115 + 2 * k + 0.6, actor_ids=[f"id-新人{k}"])
        chat.say(f"新人{k}", 115 + 2 * k + 0.601, f"大家好，我是新来的{k}")


def questions_unanswered(chat):
    steady(chat)
    for day in range(112, 139):
        chat.say(f"问{day % 4}", day + 0.8, f"第{day}章在哪里能找到？", question=True)


def quarrel(chat):
    steady(chat)
    for k in range(10):
        chat.say(f"成员{k % 2:02}", 137.7 + k / 1000, f"你懂什么{k}", toxic=True)


def campaign(chat):
    steady(chat)
    for k in range(4):
        for again in range(3):
            chat.say(f"新号{k}", 132 + k + again / 10, f"加我领取{k}{again}", ad=True)


def one_way_broadcast(chat):
    steady(chat, until=108)
    for day in range(108, 140):
        for k in range(4):
            chat.say("群主", day + k / 10, f"通知第{day}号第{k}条", sender_role="owner")
        if day % 4 == 0:
            chat.say(f"成员{day % 20:02}", day + 0.6)


def size_threshold(chat):
    for k in range(140):
        chat.event("join", 20 + k / 1.2, actor_ids=[f"id-来客{k}"])
    steady(chat)


def new_topic(chat):
    steady(chat)
    for day in range(100, 140):
        chat.discuss(day, "厨房")
        if day >= 128:
            chat.discuss(day + 0.2, "露营")


PLANTED = [dormancy_risk, core_member_lost, ad_flood, mood_drop, carried_by_few, only_incentives_wake]
PLANTED += [cold_drop, kol_silent, newcomers_ignored, questions_unanswered, quarrel, campaign, one_way_broadcast]
PLANTED += [size_threshold, new_topic]


def alerts(chat, **settings):
    found = analyse(*chat.tables(), name="群", platform="wechat", settings=CommunitySettings(**settings))
    return {row["rule"]: row for row in found.alerts.to_pylist()}, found


def test_every_rule_has_a_planted_case_and_a_definition():
    assert set(rules()) == {plant.__name__ for plant in PLANTED}
    metrics = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    for rule in rules():
        assert f"`{rule}`" in metrics, rule


def test_a_steady_chat_gives_no_warning(chat):
    found, analysis = alerts(steady(chat))
    assert found == {} and analysis.chats["severity"].to_pylist() == ["none"]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda p: p.__name__)
def test_a_planted_case_fires_with_evidence(chat, plant):
    plant(chat)
    found, analysis = alerts(chat)
    alert = found[plant.__name__]
    key, arguments = read_reason(alert["why"][0])
    assert key.startswith(f"alert.{plant.__name__}") and {"value", "threshold"} <= set(arguments)
    assert alert["severity"] in SEVERITIES[1:] and alert["start"] < alert["end"]
    messages = set(chat.tables()[0]["message_id"].to_pylist())
    assert alert["message_ids"] and set(alert["message_ids"]) <= messages
    assert set(alert["member_ids"]) <= set(analysis.members["member_id"].to_pylist())
    assert [desk for desk, _ in alert["actions"]] == list(DESKS)


@pytest.mark.parametrize("plant", [ad_flood, carried_by_few, mood_drop], ids=lambda p: p.__name__)
def test_thresholds_can_be_moved(chat, plant):
    plant(chat)
    rule = rules()[plant.__name__]
    knob = {"ad_flood": {"share": 0.99}, "carried_by_few": {"factor": 0}, "mood_drop": {"drop": 1.9}}[rule.id]
    assert rule.id not in alerts(chat, alerts={rule.id: knob})[0]


def test_an_unknown_threshold_is_refused(chat):
    with pytest.raises(ValueError, match=re.escape("unknown threshold ['shar']")):
        alerts(steady(chat, days=10), alerts={"ad_flood": {"shar": 0.2}})


def test_the_lost_member_is_named_first(chat):
    core_member_lost(chat)
    assert alerts(chat)[0]["core_member_lost"]["member_ids"][0] == "id-老师"


def test_a_core_member_who_leaves_is_missed_at_once_a_daily_quit_is_not(chat):
    steady(chat)
    for day in range(140):
        for k in range(8):
            for name in ("老师", "常来常往"):
                said = chat.say(name, day + 0.5 + k / 100, "我来解释一下这一章")
                chat.say(f"成员{k:02}", day + 0.505 + k / 100, "懂了", reply_to=said)
        chat.event("leave", day + 0.6, actor_ids=["id-常来常往"])
    chat.event("leave", 139.61, actor_ids=["id-老师"])
    for day in (140, 141, 142):
        chat.say("成员01", day)
        chat.say("成员02", day)
    assert alerts(chat)[0]["core_member_lost"]["member_ids"] == ["id-老师"]


def test_the_flood_names_the_accounts_that_post_ads(chat):
    ad_flood(chat)
    found = alerts(chat)[0]["ad_flood"]
    assert set(found["member_ids"]) == {f"id-推广{k}" for k in range(4)}


def test_offers_of_the_owner_are_no_flood(chat):
    steady(chat)
    for day in range(115, 140):
        for k in range(20):
            chat.say("群主", day + 0.2 + k / 100, "今日团购", ad=True, sender_role="owner")
    assert "ad_flood" not in alerts(chat)[0]


def test_daily_red_packets_in_a_lively_chat_are_no_dependence(chat):
    steady(chat)
    for day in range(140):
        chat.say("群主", day + 0.3, "恭喜发财", kind="red_packet")
    found, analysis = alerts(chat)
    assert "only_incentives_wake" not in found
    assert analysis.chats["incentive_dependent"].to_pylist() == [False]


def test_a_fall_over_the_spring_festival_is_no_drop(chat):
    chat.start = chat.start.replace(year=2024, month=1, day=1) - timedelta(days=91)
    steady(chat, until=129)  # until 7 February 2024; the festival began on the 8th
    for day in range(129, 138):
        chat.say("成员01", day)
    found, _ = alerts(chat)
    assert "cold_drop" not in found


def test_a_state_is_judged_by_whether_it_lasts_and_a_forecast_by_what_follows(chat):
    cold_drop(chat)
    for day in range(140, 190):
        chat.say(f"成员{day % 3:02}", day + 0.1)
    talk, notes = read_record(*chat.tables(), archive_end=0)
    scores = judge_chat(talk, notes, "群", CommunitySettings())
    assert (scores["cold_drop"].right, scores["cold_drop"].wrong) == (1, 0)
    assert scores["mood_drop"].right == scores["mood_drop"].wrong == 0


def test_the_replay_knows_nothing_of_the_future(chat):
    cold_drop(chat)
    full = dict(replay(*read_record(*chat.tables(), archive_end=0), name="群", settings=CommunitySettings()))
    short = type(chat)(rows=[r for r in chat.rows if r["sent_at"] < chat.when(98)], notes=None)
    short.notes = chat.notes[: len(short.rows)]
    then = dict(replay(*read_record(*short.tables(), archive_end=0), name="群", settings=CommunitySettings()))
    for day in (56, 77, 91):
        assert full[day].daily.temperature.value[-1] == then[day].daily.temperature.value[-1]
        assert [a for a, _ in find_alerts(full[day])] == [a for a, _ in find_alerts(then[day])]
