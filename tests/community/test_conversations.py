"""Conversations of chats whose answers are written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.analysis import analyse
from community.settings import CommunitySettings


def conversations(chat):
    return analyse(*chat.tables(), name="群", platform="qq", settings=CommunitySettings()).conversations.to_pylist()


def test_a_conversation_has_start_end_length_people_and_topic(chat):
    first = chat.say("甲", 0, "今晚谁去看球", question=True, topic="sports")
    second = chat.say("乙", timedelta(minutes=40), "我去", reply_to=first, topic="sports")
    chat.say("丙", timedelta(minutes=90), "带我一个", reply_to=second, topic="chitchat")
    (row,) = conversations(chat)
    assert (row["message_id"], row["opened_by"], row["messages"], row["people"]) == (first, "id-甲", 3, 3)
    assert (row["end"] - row["start"]) == timedelta(minutes=90)
    assert row["topic"] == "sports" and row["questions"] == 1


def test_two_threads_at_once_are_two_conversations(chat):
    one, two = chat.say("甲", 0, "车在哪停", topic="car"), chat.say("乙", 0.25, "午饭吃什么", topic="food")
    chat.say("丙", 0.3, "东门", reply_to=one, topic="car")
    chat.say("丁", 0.31, "面", reply_to=two, topic="food")
    assert {row["topic"]: row["messages"] for row in conversations(chat)} == {"car": 2, "food": 2}


def test_monologues_and_old_talk_are_left_out(chat):
    old = chat.say("甲", 0, "早")
    chat.say("乙", 0.1, "早", reply_to=old)
    chat.say("丙", 200, "自己说说")
    assert conversations(chat) == []


def test_small_talk_alone_has_no_topic(chat):
    one = chat.say("甲", 0, "哈哈")
    chat.say("乙", 0.2, "嘿嘿", reply_to=one)
    assert [row["topic"] for row in conversations(chat)] == [None]


@pytest.mark.parametrize("kind", ["ad", "bot"])
def test_ads_and_bots_make_no_conversation(chat, kind):
    extra = {"ad": True} if kind == "ad" else {"sender_role": "bot"}
    one = chat.say("推", 0, "加我", **extra)
    chat.say("乙", 0.1, "走开", reply_to=one)
    assert conversations(chat) == []
