"""Stages on planted curves, hysteresis, and groups that end by their own clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from community import CommunitySettings, analyse
from community.lifecycle import assign_stages
from community.temperature import measure_temperature


def stages(levels: Sequence[float], speakers: int = 8) -> list[str]:
    """Stages of a chat with these messages a day, spread over `speakers` members."""
    counts = np.array(levels).round().astype(int)
    pairs = [(m, d) for d, n in enumerate(counts) for m in range(min(speakers, n))]
    member, day = np.array(sorted(pairs), int).reshape(-1, 2).T
    return assign_stages(measure_temperature(counts, member, day), counts)


@pytest.mark.parametrize(
    ("levels", "last"),
    [
        ([20] * 30, "sprout"),
        ([20] * 200, "mature"),
        (list(np.linspace(5, 60, 160)), "growth"),
        ([60] * 100 + [22] * 130, "plateau"),
        ([60] * 120 + list(np.linspace(60, 12, 60)), "decline"),
        ([60] * 120 + [60, 0, 0, 0, 0, 0, 0] * 12, "cold"),
        ([60] * 120 + [0] * 70, "dormant"),
        ([60] * 120 + [0] * 260, "dead"),
    ],
)
def test_planted_curves_end_in_their_stage(levels, last):
    assert stages(levels)[-1] == last


def test_one_quiet_week_does_not_change_the_stage():
    assert set(stages([30] * 120 + [0] * 7 + [30] * 60)[60:]) == {"mature"}


def test_a_launch_spike_is_not_the_measure():
    assert stages([300] * 10 + [20] * 150)[-1] == "mature"


def test_a_short_constant_life_has_one_stage_a_day():
    assert stages([5]) == ["sprout"]


def flash(chat, goodbye: bool):
    for hour in range(70):
        for m in range(12):
            chat.say(f"客{m}", hour / 24 + m / 400, "这个还有吗")
    chat.say("店主", 2.95, "感谢大家,活动结束,本群解散" if goodbye else "明天接着聊")
    return analyse(*chat.tables(), name="周末小聚", platform="wecom", settings=CommunitySettings())


def test_a_group_that_says_goodbye_is_closed_not_dying(chat):
    found = flash(chat, goodbye=True)
    assert found.chats["stage"].to_pylist() == ["closed"]
    assert "dormancy_risk" not in found.alerts["rule"].to_pylist()


def test_a_young_group_that_goes_on_is_not_closed(chat):
    assert flash(chat, goodbye=False).chats["stage"].to_pylist() == ["sprout"]
