"""Suspects: what a sender does makes an advertisement of doubtful words, and says how much of it."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest

from community.analysis import analyse
from community.reasons import read_reason
from community.settings import CommunitySettings
from community.suspects import POINTS

DOUBTFUL = "想了解居家小项目的宝妈可以私我，名额不多"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def busy(chat):
    """Four people who talk for six weeks."""
    for day in range(42):
        for turn, who in enumerate("甲乙丙丁"):
            chat.say(who, timedelta(days=day, hours=turn), f"第{day}天第{turn}句闲话，天气不错")
    return chat


def scored(chat, doubtful: float = 0.3, plain: float = 0.005) -> tuple[pa.Table, pa.Table]:
    """The tables of a chat in which DOUBTFUL texts have this probability by text, and all others are plain."""
    messages, annotations = chat.tables()
    p = [doubtful if text and text.startswith("想了解") else plain for text in messages["text"].to_pylist()]
    kinds = messages["kind"].to_pylist()
    label = [None if k == "image" else "ad" if x >= 0.5 else "not_ad" for x, k in zip(p, kinds, strict=True)]
    score = [None if k == "image" else max(x, 1 - x) for x, k in zip(p, kinds, strict=True)]
    for name, values in (("ads_label", label), ("ads_score", score)):
        place = annotations.schema.get_field_index(name)
        annotations = annotations.set_column(
            place, annotations.schema.field(name), pa.array(values, annotations.schema.field(name).type)
        )
    return messages, annotations


def suspects(chat, elsewhere=None, **more) -> dict[str, dict]:
    """message id -> SUSPECTS row, its reasons as key -> arguments."""
    found = analyse(
        *scored(chat, **more), name="群", platform="wechat", settings=CommunitySettings(), elsewhere=elsewhere
    )
    rows = {row["message_id"]: row for row in found.suspects.to_pylist()}
    for row in rows.values():
        row["why"] = {key.removeprefix("suspect."): said for key, said in map(read_reason, row["why"])}
    return rows


def test_the_same_words_from_an_old_member_are_no_suspect_and_from_a_newcomer_are(busy):
    busy.say("甲", 40, DOUBTFUL)
    assert suspects(busy) == {}
    busy.event("join", 41, actor_ids=["id-新来的"])
    last = busy.say("新来的", timedelta(days=41, minutes=3), "想了解副业的姐妹可以找我聊聊，先到先得")
    row = suspects(busy)[last]
    assert set(row["why"]) == {"first", "just_came"}
    assert row["behaviour"] == pytest.approx(POINTS["first"] + POINTS["just_came"])
    assert row["text"] == pytest.approx(0.3)
    assert (row["score"] > 0.5, row["by_text"]) == (True, False)


def test_copies_by_several_accounts_and_in_other_chats_add_up_contacts_aside(busy):
    ids = [
        busy.say(who, timedelta(days=41, hours=i), f"{DOUBTFUL}，加微信 kd{i}7700{i}")
        for i, who in enumerate(("小微", "小陈", "小赵"))
    ]
    rows = suspects(busy, elsewhere={ids[0]: 3})
    assert rows.keys() == set(ids)
    assert rows[ids[1]]["why"]["copies"] == {"points": 2.0, "count": 2}
    assert rows[ids[0]]["why"]["elsewhere"]["count"] == 3
    assert rows[ids[0]]["behaviour"] - rows[ids[1]]["behaviour"] == pytest.approx(POINTS["elsewhere"], abs=1e-5)


def test_repeats_of_one_account_and_bursts_count(busy):
    ids = [busy.say("小微", timedelta(days=41) + i * MINUTES, f"{DOUBTFUL}{'!' * i}") for i in range(3)]
    rows = suspects(busy)
    assert rows[ids[2]]["why"]["repeat"]["count"] == 2
    assert rows[ids[2]]["why"]["burst"]["count"] == 3


def test_what_regulars_repeat_is_their_habit_and_no_campaign(busy):
    for day in (38, 39, 40, 41):
        for who in "甲乙丙丁":
            busy.say(who, timedelta(days=day, hours=9), DOUBTFUL)
    assert suspects(busy, elsewhere={"m168": 2}) == {}


def test_plain_words_said_by_everybody_stay_plain(busy):
    for who in "甲乙丙丁戊己":
        busy.say(who, 41, "祝大家新年快乐，阖家幸福安康")
    assert suspects(busy, plain=0.02) == {}


def test_a_name_that_advertises_speaks_against_the_message(busy):
    last = busy.say("乙", 41, DOUBTFUL, sender_card="代开发票加微信kd88921")
    assert set(suspects(busy)[last]["why"]) == {"name"}


def test_a_picture_beside_the_senders_own_advertisement_is_one_too(busy):
    busy.say("丙", timedelta(days=41), DOUBTFUL)
    picture = busy.say("丙", timedelta(days=41, minutes=1), "[图片]", kind="image")
    other = busy.say("丁", timedelta(days=41, minutes=1), "[图片]", kind="image")
    rows = suspects(busy, doubtful=0.9)
    assert "beside" in rows[picture]["why"]
    assert other not in rows


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_owner_and_admins_are_never_suspects(busy, role):
    busy.event("join", 41, actor_ids=["id-店长"])
    for turn in range(4):
        busy.say("店长", timedelta(days=41, minutes=turn), DOUBTFUL, sender_role=role)
    assert suspects(busy, doubtful=0.9) == {}


def test_quoting_an_advertisement_makes_nobody_a_suspect(busy):
    ad = busy.say("乙", timedelta(days=41), DOUBTFUL)
    quoters = [
        busy.say(who, timedelta(days=41, minutes=i + 1), "这个骗人的吧", quoted_text=DOUBTFUL, reply_to=ad)
        for i, who in enumerate("甲丙丁新")
    ]
    assert not suspects(busy, doubtful=0.9).keys() & set(quoters)
