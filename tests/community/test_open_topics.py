"""Open topics: planted themes are found, named in their own words, the same every time, and news is told from habit."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from community.analysis import analyse
from community.settings import CommunitySettings


def topics(chat) -> list[dict]:
    found = analyse(*chat.tables(), name="群", platform="wechat", settings=CommunitySettings())
    return found.topics.to_pylist()


@pytest.fixture
def three(chat):
    """Kitchen for twelve weeks, fishing that fades, camping in the last two."""
    for day in range(84):
        chat.discuss(day, "厨房")
        if day < 50:
            chat.discuss(day + 0.2, "钓鱼")
        if day >= 72:
            chat.discuss(day + 0.4, "露营")
    return chat


def test_planted_themes_are_told_apart_and_named_by_their_own_words(three):
    found = topics(three)
    assert len(found) == 3
    for row, theme in zip(found, ("厨房", "钓鱼", "露营"), strict=True):
        assert set(row["words"]) <= set(three.themes[theme]), theme
        assert row["messages"] >= 50
        assert row["people"] == 4
    assert [row["messages"] for row in found] == sorted((row["messages"] for row in found), reverse=True)


def test_weeks_trend_and_news(three):
    kitchen, fishing, camping = topics(three)
    assert [row["is_new"] for row in (kitchen, fishing, camping)] == [False, False, True]
    assert sum(camping["weekly"][:-2]) == 0 < camping["weekly"][-1]
    assert camping["trend"] is None
    assert fishing["trend"] == 0
    assert kitchen["trend"] == pytest.approx(1, abs=0.1)


def test_what_shows_a_topic_was_said_in_it(three):
    messages = dict(zip(*(three.tables()[0][name].to_pylist() for name in ("message_id", "text")), strict=True))
    for row in topics(three):
        assert row["message_ids"]
        for one in row["message_ids"]:
            assert sum(word in messages[one] for word in row["words"]) >= 1


def test_the_same_chat_has_the_same_topics(three):
    assert topics(three) == topics(three)


def test_names_of_members_name_no_topic(chat):
    for day in range(40):
        for turn in range(4):
            words = ["小明", "朵朵妈", *random.Random(day * 9 + turn).sample(chat.common, 3)]
            chat.say(
                ["小明📚", "朵朵妈（3岁）", "小丽"][turn % 3],
                timedelta(days=day, minutes=turn),
                "".join(words),
                tokens=words,
            )
    assert not {"小明", "朵朵妈"} & {word for row in topics(chat) for word in row["words"]}


def test_a_little_talk_has_no_topics(chat):
    chat.discuss(1, "厨房")
    assert topics(chat) == []
