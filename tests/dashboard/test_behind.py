"""The messages behind a number: the right ones for every question, in scope, and one click from where the number is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import invented
import pandas as pd
import pyarrow as pa
import pytest
from screens import open_page, said

from community.alert_record import Record
from community.periods import Period, compare
from community.tables import TOPICS
from dashboard import behind, guard, load, periods, proven, words
from dashboard.behind import Wanted
from nuanqun.access import Person
from nuanqun.errors import Forbidden
from nuanqun.parts import write_part

FIRST, LAST = date(2024, 1, 1), date(2024, 3, 30)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.fixture()
def asked(workspace, monkeypatch) -> Any:
    """Ask as a manager: (total, texts of the first page)."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))

    def ask(chat: str = invented.DYING, number: int = 1, **wanted: Any) -> tuple[int, list[str]]:
        with guard.acting_as(Person("m", "manager")):
            rows, total = behind.page(Wanted(**{"chat": chat, "first": FIRST, "last": LAST} | wanted), number)
        return total, rows["text"].tolist()

    return ask


def test_all_messages_are_there_page_by_page_newest_first(asked):
    total, first = asked(invented.WARM)
    assert total == 2 * invented.DAYS_LONG and len(first) == 50
    assert len(asked(invented.WARM, 4)[1]) == 30


def test_a_local_day_is_the_day_of_the_zone(asked):
    """Messages come at 9:00 and 21:00 in Shanghai."""
    assert asked(invented.WARM, first=FIRST, last=FIRST)[0] == 2
    assert asked(invented.WARM, hour=9)[0] == asked(invented.WARM, hour=21)[0] == 90
    assert asked(invented.WARM, weekday=0, hour=9)[0] == 13  # Mondays
    assert asked(invented.WARM, hour=10)[0] == 0


@pytest.mark.parametrize(
    ("what", "count", "part"), [("ad", 65, "加薇"), ("toxic", 1, "废物"), ("positive", 44, "真好"), ("moves", 0, "")]
)
def test_each_kind_shows_its_messages_only(asked, what, count, part):
    total, texts = asked(what=what)
    assert total == count and all(part in text for text in texts)


def test_first_words_are_one_a_member(asked):
    assert asked(invented.WARM, what="first")[0] == invented.MEMBERS_IN


def test_unanswered_questions_leave_out_what_was_answered(asked):
    every, open_ = asked(invented.WARM, what="question"), asked(invented.WARM, what="unanswered")
    answered = {row["reply_to"] for row in invented.edge_rows(invented.WARM)}
    assert every[0] == 45 and open_[0] == 45 - len({f"{invented.WARM}-{i}" for i in range(0, 180, 4)} & answered)


def test_a_member_is_named_by_a_key_and_never_by_their_id(asked):
    key = behind.key_of_member("u1")
    assert "u1" not in key and asked(invented.WARM, who=key)[0] == 10
    assert asked(invented.WARM, who="nobody")[0] == 0


def test_evidence_of_a_warning_is_what_it_names(asked):
    assert asked(of="alerts:ad_flood") == (1, [asked(of="alerts:ad_flood")[1][0]])
    assert asked(of="alerts:nothing")[0] == 0 and asked(of="passwords:x")[0] == 0


def test_chats_out_of_scope_are_refused(workspace, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    with guard.acting_as(Person("m", "manager", frozenset({invented.WARM}))), pytest.raises(Forbidden):
        behind.page(Wanted(invented.DYING, FIRST, LAST), 1)


def test_the_address_is_the_question_and_nonsense_in_it_is_passed_over(workspace, monkeypatch):
    app = open_page(
        "messages", workspace, monkeypatch, chat=invented.DYING, what="nonsense", first="2024-13-99", hour="77",
        last="2024-03-05",
    )  # fmt: skip
    assert "2024-02-07 周三 至 2024-03-05 周二：共 56 条。" in said(app)
    app = open_page("messages", workspace, monkeypatch, chat=invented.DYING, what="ad", first="2024-01-01")
    assert "共 65 条" in said(app)
    assert len(app.get("bidi_component")) == 1


def test_a_condition_is_taken_away_by_a_click(workspace, monkeypatch):
    app = open_page("messages", workspace, monkeypatch, chat=invented.WARM, topic="culture", first="2024-01-01")
    assert "共 45 条" in said(app)
    app.button(key="drop_topic").click().run()
    assert "共 180 条" in said(app)


@pytest.mark.parametrize("page", ["chat", "members"])
def test_every_number_of_a_period_says_how_it_moved_and_leads_to_its_messages(page, workspace, monkeypatch):
    app = open_page(page, workspace, monkeypatch, chat=invented.DYING)
    moved = [caption.value for caption in app.caption if "28" in str(caption.value)]
    assert len(moved) >= 4
    links = [link for link in app.get("page_link") if link.proto.label == words.t("behind.see")]
    assert len(links) >= 4
    assert any("what=ad" in link.proto.query_string for link in links) == (page == "chat")


def test_the_period_is_chosen_in_the_address(workspace, monkeypatch):
    app = open_page("chat", workspace, monkeypatch, chat=invented.DYING, span="7")
    assert "前 7 天" in said(app)
    assert "前 28 天" in said(open_page("chat", workspace, monkeypatch, chat=invented.DYING, span="9999"))


def test_words_of_a_change():
    up = compare([1.0] * 28 + [3.0, 2, 3, 4, 3, 3, 3] * 4, 28)
    assert periods.moved("messages_day", up).startswith("↑ 比前 28 天 +2")
    assert periods.growth(up) == "↑ 200%"
    assert periods.moved("ads_share", Period(28, 0.3, 0.1, 0.1, 0.3, 28)).startswith("↑ 比前 28 天 +20 个百分点")
    assert (
        periods.growth(Period(28, 4.8, 0.0, 3.0, 6.0, 28))
        == periods.growth(Period(28, 4.8, 0.1, 3.0, 6.0, 28))
        == "↑ 之前很少"
    )
    assert periods.growth(Period(28, 42.0, 10.0, 3.0, 60.0, 28)) == "↑ 4.2 倍"
    few = compare([1.0] * 3, 28)
    assert periods.moved("messages_day", few) == "记录太少，不与前 28 天比较"
    assert (periods.growth(few), periods.value("mood", compare([], 28))) == ("太少", words.NOTHING)


def test_many_chats_are_added_up_from_the_end_of_each():
    ends = pd.DataFrame(
        [
            {"chat_id": c, "back": b, "messages": 9, "messages_clean": 2 if b < 7 else 1, "ads": 0, "senders_clean": 5}
            for c in "ab"
            for b in range(29, -1, -1)
        ]  # fmt: skip  # noqa: E501
    )
    both = periods.together(ends, 7)
    found, speakers = both["messages_all"], both["speakers"]
    assert periods.value("messages_all", found) == "28" and found.arrow == "up"
    assert periods.value("speakers", speakers) == "10" and speakers.arrow == "same"


def test_a_record_shorter_than_the_period_counts_its_own_days_only():
    days = pd.DataFrame({"chat_id": "a", "back": range(4, -1, -1), "messages": 9, "messages_clean": 8, "ads": 2,
                         "senders_clean": 3})  # fmt: skip
    found = periods.together(days, 28)
    assert [periods.value(f"{name}_all", found[f"{name}_all"]) for name in ("messages", "ads")] == ["40", "10"]


def test_volume_stands_beside_season_holidays_and_what_is_to_come(workspace, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    from dashboard import charts

    with guard.acting_as(Person("m", "manager")):
        days = load.table("days", invented.DYING)
    drawn = charts.volume(days, (14.0, 28.0, 56.0))
    clean, _, expected, ahead = drawn.spec["series"]
    assert [pair[0]["name"] for pair in clean["markArea"]["data"]] == ["春节"]
    assert expected["data"][0][1] is None and expected["data"][20][1] == 2.0
    assert ahead["data"][0][1] == 1.0 and ahead["markArea"]["data"][0][1]["yAxis"] == 2.0
    band = charts.trend(days, pd.DataFrame(invented.alert_rows(invented.DYING))).spec["series"][:2]
    assert [low[1] + wide[1] for low, wide in zip(band[0]["data"], band[1]["data"], strict=True)] == pytest.approx(
        days["temperature_high"].tolist(), abs=0.11
    )


def test_the_back_test_stands_beside_every_warning(workspace, monkeypatch):
    assert proven.proven("ad_flood") == words.t("proven.untested")
    record = Record(5, 19.1, 22, 0.68, (0.41, 0.91), 27, 0.07, (0.0, 0.2), 14.0, 0.37)
    monkeypatch.setattr(proven, "read_alert_record", {"ad_flood": record}.get)
    told = proven.proven("ad_flood")
    assert "22 次预警里 68%（95% 区间 41%～91%）说中" in told and "中位提前 14 天" in told and "0.37" in told
    assert "预见" not in proven.proven("core_member_lost")
    app = open_page("chat", workspace, monkeypatch, chat=invented.DYING)
    captions = [str(caption.value) for caption in app.caption]
    assert any("22 次预警里" in caption for caption in captions)
    assert words.t("proven.untested") in captions  # of the other warning


def test_topics_of_a_chats_own_stand_with_their_messages(tmp_path, monkeypatch):
    store = invented.build(tmp_path / "w")
    row = {
        "chat_id": invented.WARM, "words": ["第三章", "<b>读书</b>"], "messages": 40, "conversations": 9, "people": 5,
        "first": invented.FIRST, "last": invented.FIRST, "weekly": [3] * 12, "trend": 1.5, "is_new": True,
        "topic": "culture", "message_ids": [f"{invented.WARM}-0"],
    }  # fmt: skip
    with store.write() as change:
        table = pa.Table.from_pylist([row], schema=TOPICS)
        change.replace.append(write_part(store.workspace, table, table_name="topics", chat_id=invented.WARM))
    app = open_page("chat", store.workspace, monkeypatch, chat=invented.WARM)
    shown = next(frame.value for frame in app.dataframe if "own_words" in frame.value)
    assert shown.iloc[0][["own_words", "state", "topic_trend"]].tolist() == ["第三章、<b>读书</b>", "新", "1.5 倍"]
    told = words.t("chat.own_topic_messages", words=words.escape("第三章、<b>读书</b>"))
    assert told in [caption.value for caption in app.caption]
    assert words.t("empty.no_own_topics") in said(open_page("chat", store.workspace, monkeypatch, chat=invented.DYING))
