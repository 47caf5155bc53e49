"""Incentive dependence: planted wake-ups are found, chance and lively chats are not."""

from __future__ import annotations

import numpy as np
import pytest

from community.incentives import Incentives, measure_incentives
from community.talk import read_talk


def measured(chat) -> Incentives:
    found = measure_incentives(read_talk(*chat.tables())[0])
    assert found is not None
    return found


def background(chat, rng, per_day, days=84):
    for day in range(days):
        for at in np.sort(rng.uniform(0, 0.5, rng.poisson(per_day))):
            chat.say(f"客{rng.integers(20)}", day + at, "随便聊聊")


def packets(chat, rng, answers, count=12):
    for day in rng.choice(80, count, replace=False):
        at = day + rng.uniform(0, 0.45)
        chat.say("群主", at, "恭喜发财", kind="red_packet")
        for k in range(rng.poisson(answers)):
            chat.say(f"客{k}", at + rng.uniform(0.001, 0.04), "这次的好吃吗")


@pytest.mark.parametrize("seed", range(4))
def test_a_chat_that_only_packets_wake_is_dependent(chat, seed):
    rng = np.random.default_rng(seed)
    background(chat, rng, 0.3)
    packets(chat, rng, 10)
    found = measured(chat)
    assert found.dependent and found.lift > 2 and found.p < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_packets_that_change_nothing_are_no_dependence(chat, seed):
    rng = np.random.default_rng(seed)
    background(chat, rng, 15)
    packets(chat, rng, 0)
    assert not measured(chat).dependent


def test_thanks_for_a_packet_are_no_answers(chat):
    for day in range(0, 60, 5):
        chat.say("群主", day, "恭喜发财", kind="red_packet")
        for k in range(8):
            chat.say(f"客{k}", day + 0.001 + k / 10_000, "谢谢老板")
        chat.say("客1", day + 2, "今天天气不错")
    assert not measured(chat).dependent


def test_the_call_of_a_chain_is_the_incentive_not_its_entries(chat):
    head = "#接龙\n山竹 29元/份"
    chat.say("团长", 0, head, kind="chain")
    chat.say("客1", 0.1, head + "\n\n1. 客1 两份", kind="chain")
    chat.say("客2", 0.2, head + "\n\n1. 客1 两份\n2. 客2 一份", kind="chain")
    talk, _ = read_talk(*chat.tables())
    assert talk.incentive.tolist() == [True, False, False]


def test_few_packets_give_no_number(chat):
    chat.say("群主", 0, kind="red_packet")
    chat.say("客", 1)
    assert measure_incentives(read_talk(*chat.tables())[0]) is None
