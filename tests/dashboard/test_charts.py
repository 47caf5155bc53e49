"""Chart specs are pure: the right numbers in the right places, Chinese alt texts, plain JSON for the browser."""

from __future__ import annotations

import json
import re

import invented
import pandas as pd
import pytest

from dashboard import charts, headline, network
from dashboard.marked import line, split_spans

DAYS = pd.DataFrame(invented.day_rows(invented.DYING))
ALERTS = pd.DataFrame(invented.alert_rows(invented.DYING))
MEMBERS = pd.DataFrame(invented.member_rows(invented.WARM))
EDGES = pd.DataFrame(invented.edge_rows(invented.WARM))
HOURS = pd.DataFrame([{"weekday": w, "hour": h, "messages": w * h} for w in range(7) for h in range(24)])

ALL = {
    "gauge": charts.gauge(48.2, 3.1),
    "trend": charts.trend(DAYS, ALERTS),
    "volume": charts.volume(DAYS),
    "parts": charts.parts(DAYS),
    "calendar": charts.calendar(DAYS),
    "hours": charts.hours(HOURS),
    "bars": charts.bars(["一", "二"], {"人数": [3, 1]}, "两行"),
    "mood": charts.mood(DAYS),
    "network": network.graph(EDGES, MEMBERS),
}


@pytest.mark.parametrize("name", ALL)
def test_a_chart_is_json_and_says_in_chinese_what_it_shows(name):
    chart = ALL[name]
    json.dumps(chart.spec, allow_nan=False)
    assert re.search("[\u4e00-\u9fff]", chart.alt)
    assert "{" not in chart.alt.replace(invented.HOSTILE_NAME, "")


@pytest.mark.parametrize(
    ("value", "word"), [(0, "冷清"), (19.9, "冷清"), (20, "偏凉"), (48, "温和"), (79, "温暖"), (100, "火热")]
)
def test_bands_are_half_open(value, word):
    assert charts.band(value)[1] == word


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("page", ["#ffffff", "#171614"])
@pytest.mark.parametrize("colour", [colour for _, colour, _ in charts.BANDS])
def test_band_colours_stand_out_on_both_pages(colour, page):
    light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_gauge_says_number_word_and_direction():
    text = ALL["gauge"].spec["series"][0]["detail"]["formatter"]
    assert "48°" in text and "温和" in text and "↑ +3.1°" in text


def test_parts_stack_up_to_the_temperature_on_every_day():
    series = ALL["parts"].spec["series"]
    for i, total in enumerate(DAYS["temperature"]):
        assert sum(s["data"][i][1] for s in series) == pytest.approx(total, abs=0.16)


def test_removed_and_counted_messages_add_up():
    clean, removed, _ = ALL["volume"].spec["series"]
    assert [a[1] + b[1] for a, b in zip(clean["data"], removed["data"], strict=True)] == DAYS["messages"].tolist()


def test_unknown_mood_leaves_a_gap_not_a_zero():
    assert [point[1] for point in ALL["mood"].spec["series"][0]["data"][:3]] == [None, None, None]


def test_calendar_covers_the_last_weeks_only():
    cells = charts.calendar(DAYS, weeks=4).spec["series"][0]["data"]
    assert [day for day, _ in cells] == [str(day) for day in DAYS["day"].tail(28)]


def test_the_most_answered_member_is_the_biggest_and_in_the_middle():
    nodes = ALL["network"].spec["series"][0]["data"]
    assert nodes[0]["name"] == invented.HOSTILE_NAME
    assert nodes[0]["symbolSize"] == max(node["symbolSize"] for node in nodes)
    assert sum(node["label"]["show"] for node in nodes) == network.LABELLED


def test_the_same_network_is_drawn_the_same_way():
    assert network.graph(EDGES, MEMBERS) == network.graph(EDGES, MEMBERS)


def test_unsure_links_and_talking_to_oneself_are_not_drawn():
    assert network.graph(EDGES.assign(confidence=0.4), MEMBERS) is None
    assert network.graph(EDGES.assign(to_id=EDGES["from_id"]), MEMBERS) is None


def test_a_large_network_is_cut_to_its_strongest_members():
    rows = [{"from_id": f"u{i}", "to_id": "hub", "confidence": 1.0} for i in range(900)]
    drawn = network.graph(pd.DataFrame(rows), MEMBERS)
    assert drawn is not None
    assert len(drawn.spec["series"][0]["data"]) == network.MOST_NODES


def test_calm_chats_get_a_calm_sentence():
    chats = pd.DataFrame([invented.chat_row(invented.WARM)])
    assert headline.overview(chats, ALERTS.iloc[:0]) == "1 个群都平稳，没有需要处理的预警。"


def test_the_worst_warning_gives_reason_and_next_step():
    assert "alert.ad_flood" in (headline.reason_of(ALERTS.to_dict("records")) or "")
    assert "do.ad_flood.manager" in (headline.next_step(ALERTS.to_dict("records")) or "")
    assert headline.next_step([]) is None


def test_spans_cut_the_original_text_and_lose_nothing():
    text = "加薇❤️1234 便宜"
    parts = split_spans(text, [{"start": 1, "end": 4, "why": "contact"}, {"start": 3, "end": 8, "why": "id"}])
    assert "".join(part["text"] for part in parts) == text
    assert [part["why"] for part in parts] == [None, "contact、id", None]
    assert parts[1]["text"] == text[1:8]


@pytest.mark.parametrize("span", [(-5, 99), (3, 3), (90, 99)])
def test_spans_outside_the_text_are_clipped(span):
    parts = split_spans("短文本", [{"start": span[0], "end": span[1], "why": "x"}])
    assert "".join(part["text"] for part in parts) == "短文本"


def test_a_very_long_message_is_cut_and_says_so():
    assert line("a", "b", "字" * 10_000)["parts"][0]["text"].endswith("（共 10,000 字）")
