"""Roles on planted habits: each role is found, several identities show, small samples stay undecided."""

from __future__ import annotations

import pytest

from community import CommunitySettings, analyse
from community.reasons import read_reason

LONG = "这一章讲的是记忆如何被重写,作者先铺陈童年的细节,再让叙述者怀疑自己,我觉得最妙的是中间那封没有寄出的信,它把前后两条线索接在了一起,也解释了为什么结尾要回到车站,值得再读一遍"


def background(chat, days=84, members=12):
    """A dozen people who chat a little every day, so that percentiles have a ground."""
    for day in range(days):
        for m in range(members):
            if (day + m) % 2:
                chat.say(f"路人{m:02}", day + m / 40, "今天也读了一点")


def creator(chat, day):
    chat.say("主角", day + 0.45, LONG)
    chat.say("路人01", day + 0.452, "说得好")
    chat.say("路人02", day + 0.453, "我也这么想")


def critic(chat, day):
    said = chat.say(f"路人{day % 5:02}", day + 0.4, "我觉得结尾有点仓促")
    chat.say("主角", day + 0.41, "我倒觉得结尾恰好", reply_to=said)


def collector(chat, day):
    chat.say("主角", day + 0.45, "一篇好文章", kind="link")


def joiner(chat, day):
    chat.say("主角", day + 0.45, "今天轮到我读第四章了")


def organizer(chat, day):
    chat.say("主角", day + 0.45, "@所有人 本周主题定了,请大家报名接龙", mentions=["@all"])


def thinker(chat, day):
    asked = chat.say(f"路人{day % 6:02}", day + 0.4, "这句话是什么意思?", question=True)
    chat.say("主角", day + 0.41, LONG, reply_to=asked)


def asker(chat, day):
    asked = chat.say("主角", day + 0.4, "这本书在哪里买?", question=True)
    chat.say("路人03", day + 0.41, "图书馆就有", reply_to=asked)


def challenger(chat, day):
    said = chat.say(f"路人{day % 5:02}", day + 0.4, "作者一定是这个意思")
    chat.say("主角", day + 0.41, "不对吧,有证据吗", reply_to=said)


def member(chat, name="主角"):
    found = analyse(*chat.tables(), name="读书会", platform="wechat", settings=CommunitySettings())
    return next(m for m in found.members.to_pylist() if m["name"] == name)


@pytest.mark.parametrize(
    ("habit", "column"),
    [
        (creator, "participation_role"),
        (critic, "participation_role"),
        (collector, "participation_role"),
        (joiner, "participation_role"),
        (organizer, "social_role"),
        (thinker, "social_role"),
        (asker, "social_role"),
        (challenger, "social_role"),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_planted_habit_is_found_and_explained(chat, habit, column):
    background(chat)
    for day in range(84):
        habit(chat, day)
    found = member(chat)
    assert found[column] == habit.__name__
    system = column.split("_")[0]
    assert read_reason(found[f"{system}_reasons"][0])[0] == f"role.{habit.__name__}"
    assert 0.5 <= found[f"{system}_score"] <= 1
    assert found["prescription"], "a decided role comes with advice"


def test_who_spoke_once_long_ago_is_inactive_and_watches(chat):
    chat.say("主角", 0, "大家好,我是新来的")
    background(chat)
    found = member(chat)
    assert (found["participation_role"], found["social_role"]) == ("inactive", "onlooker")


def test_who_only_says_received_is_a_spectator(chat):
    background(chat)
    for day in range(60, 84):
        chat.say("主角", day + 0.45, "收到")
    assert member(chat)["participation_role"] == "spectator"


def test_a_few_messages_leave_the_social_role_open(chat):
    background(chat)
    for day in range(75, 84):
        chat.say("主角", day + 0.45, "这本书在哪里买?", question=True)
    found = member(chat)
    assert found["social_role"] == "undecided"
    assert read_reason(found["social_reasons"][0])[0] == "role.undecided"


def test_several_identities_show_in_the_scores(chat):
    background(chat)
    for day in range(84):
        thinker(chat, day)
        organizer(chat, day)
    scores = dict(member(chat)["role_scores"])
    assert scores["organizer"] >= 0.5 and scores["thinker"] >= 0.5


def test_who_left_gets_no_advice_and_who_is_away_is_called_back(chat):
    background(chat)
    for day in range(50):
        creator(chat, day)
        for k, name in enumerate(("走了的人", "久不来的人")):
            chat.say(name, day + 0.6 + k / 100, LONG)
    chat.event("leave", 50.9, actor_ids=["id-走了的人"])
    assert member(chat, "走了的人")["prescription"] == []
    advice = [read_reason(said)[0] for said in member(chat, "久不来的人")["prescription"]]
    assert len(advice) == 1 and advice[0].startswith("do.inactive.recall")


def test_an_ad_account_gets_no_advice(chat):
    background(chat)
    for day in range(60, 84):
        chat.say("推广", day + 0.45, "加我领取", ad=True)
    assert member(chat, "推广")["prescription"] == []
