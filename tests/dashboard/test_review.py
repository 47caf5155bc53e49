"""The moderator's pages on an invented workspace: order, decisions, bulk, undo, rows that changed, campaigns, senders."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import invented
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from screens import open_page, said
from streamlit.testing.v1 import AppTest

from community.reasons import reason
from community.tables import SUSPECTS
from dashboard import flagged, words
from nuanqun import verdicts
from nuanqun.parts import write_part
from nuanqun.store import Store
from nuanqun.verdicts import Decision


@pytest.fixture()
def store(tmp_path) -> Store:
    return invented.build(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


def labels(store: Store) -> list[str]:
    return store.verdicts().column("label").to_pylist()


def labelled(elements, key: str):
    """The one element with this label."""
    return next(element for element in elements if element.label == words.t(key))


def kind_box(app: AppTest):
    return labelled(app.selectbox, "review.ads_kind")


def decide_ads(store: Store, count: int, reviewer: str = "b") -> list[int]:
    rows = [m for m in store.messages(invented.DYING).to_pylist() if m["text"].startswith("加薇")][:count]
    decisions = [
        Decision(row["chat_id"], row["message_id"], "ad", "part_time", suggestion_label="ad", suggestion_score=0.9)
        for row in rows
    ]
    return verdicts.decide(store.engine, decisions, reviewer)


def test_worth_is_uncertain_times_reach_times_fresh():
    base = flagged.worth(0.5, 100, 1, 0)
    assert base == pytest.approx(math.log(101))
    assert flagged.worth(0.9, 100, 1, 0) < base  # surer
    assert flagged.worth(0.5, 100, 5, 0) > base  # settles more messages
    assert flagged.worth(0.5, 500, 1, 0) > base  # more people see it
    assert flagged.worth(0.5, 100, 1, 14) == pytest.approx(base / 2)
    assert flagged.worth(1.0, 100, 1, 0) == pytest.approx(0.05 * base)
    assert flagged.worth(0.5, 100, 1, -3) == base  # a clock that runs ahead is worth no more


def test_the_queue_begins_with_what_is_worth_most(untouched, monkeypatch):
    app = open_page("review", untouched, monkeypatch)
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(untouched))
    found = flagged.matching(flagged.Filter())
    assert found["worth"].is_monotonic_decreasing
    shown = [words.hidden(words.plain(raw))[:300] for raw in found["raw"][:3]]
    assert app.dataframe[0].value["text"].tolist()[:3] == shown


def test_a_campaign_comes_up_once_before_its_copies(untouched, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(untouched))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "1")
    found = flagged.matching(flagged.Filter(kind="ad"))
    widest = found["campaign"].mode().iloc[0]
    worth = found.loc[found["campaign"] == widest, "worth"]
    assert len(worth) > 10 and worth.iloc[0] > worth.iloc[1:].max()


def test_deciding_stores_a_verdict_and_moves_on_and_undo_brings_it_back(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch, order="最可疑")
    first = app.dataframe[0].value
    assert len(first) == 50
    app.button(key="decide_ad").click().run()
    stored = store.verdicts().to_pylist()
    assert [(v["label"], v["suggestion_label"], v["reviewer"]) for v in stored] == [("ad", "ad", "local")]
    assert stored[0]["suggestion_score"] == pytest.approx(0.93, abs=1e-3)
    assert stored[0]["model_version"] == "invented/1"
    assert first["text"].iloc[0] not in app.dataframe[0].value["text"].tolist()
    app.button(key="undo").click().run()
    assert labels(store) == []
    assert first["text"].iloc[0] in app.dataframe[0].value["text"].tolist()


def test_the_kind_of_an_ad_is_stored_with_it_and_with_nothing_else(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch, kind="广告")
    kind_box(app).set_value("loan").run()
    app.button(key="decide_ad").click().run()
    app.button(key="decide_fine").click().run()
    assert store.verdicts().column("kind").to_pylist() == ["loan", None]


def test_the_kind_chosen_for_one_message_is_not_that_of_the_next(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch, kind="广告")
    suggested = kind_box(app).value
    kind_box(app).set_value("loan").run()
    ids = flagged.page(flagged.matching(flagged.Filter(kind="ad")), 1)["message_id"]
    app.session_state[f"queue_False_{abs(hash(tuple(ids)))}"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    assert kind_box(app).value == suggested != "loan"


def test_a_row_that_somebody_else_decided_meanwhile_is_refused_and_said(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch)
    on_screen = app.dataframe[0].value["text"].iloc[0]
    ids = {row["text"]: row["message_id"] for row in store.messages(invented.DYING).to_pylist()}
    verdicts.decide(Store(store.workspace).engine, [Decision(invented.DYING, ids[on_screen], "fine")], "b")
    app.button(key="decide_ad").click().run()
    assert labels(store) == ["fine"]
    assert words.t("review.stale") in [warning.value for warning in app.warning]
    assert on_screen not in app.dataframe[0].value["text"].tolist()


def test_selected_rows_are_decided_together_after_a_question_and_undone_together(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch, bulk="true", kind="广告")
    assert app.toggle(key="bulk").value is True
    ids = flagged.page(flagged.matching(flagged.Filter(kind="ad")), 1)["message_id"]
    app.session_state[f"queue_True_{abs(hash(tuple(ids)))}"] = {
        "selection": {"rows": [2, 0, 4], "columns": [], "cells": []}
    }
    app.run()
    chosen = app.dataframe[0].value["text"].iloc[[0, 2, 4]].tolist()
    app.button(key="decide_ad").click().run()
    assert labels(store) == []  # a question first
    app.button(key="ask_go").click().run()
    texts = {row["message_id"]: row["text"] for row in store.messages(invented.DYING).to_pylist()}
    assert sorted(texts[v["message_id"]] for v in store.verdicts().to_pylist()) == sorted(chosen)
    app.button(key="undo").click().run()
    assert labels(store) == []


def test_all_that_match_are_decided_beyond_the_page(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch, bulk="true", kind="广告")
    app.button_group(key="scope").set_value("every").run()
    app.button(key="decide_ad").click().run()
    assert "**65** 条消息" in said(app)
    app.button(key="ask_go").click().run()
    assert labels(store) == ["ad"] * 65


def test_a_whole_campaign_is_refused_when_one_of_it_was_decided_while_the_question_stood(store, monkeypatch):
    app = open_page("campaigns", store.workspace, monkeypatch)
    app.button(key="all_ad").click().run()
    decide_ads(store, 1)
    app.button(key="ask_go").click().run()
    assert labels(store) == ["ad"]
    assert words.t("review.stale_many", changed=1, count=64) in [warning.value for warning in app.warning]
    app.button(key="all_ad").click().run()
    app.button(key="ask_go").click().run()
    assert labels(store) == ["ad"] * 64


def test_teaching_allowing_and_appealing_are_not_verdicts(store, monkeypatch):
    app = open_page("review", store.workspace, monkeypatch)
    app.radio(key="teach_label").set_value("fine").run()
    app.button(key="teach_go").click().run()
    labelled(app.text_input, "review.allow_word").set_value("日结")
    app.button(key="allow_go").click().run()
    labelled(app.text_area, "review.appeal").set_value("本人说明：帮邻居转发")
    app.button(key="appeal_go").click().run()
    assert labels(store) == []
    kept = verdicts.remarks(store.engine)
    assert [(r["kind"], r["text"]) for r in kept] == [
        ("appeal", "本人说明：帮邻居转发"),
        ("allow", "日结"),
        ("teach", "fine"),
    ]
    assert "本人说明：帮邻居转发" in said(app)


def test_the_parts_that_spoke_stand_beside_the_message(untouched, monkeypatch):
    app = open_page("review", untouched, monkeypatch, kind="广告")
    text = said(app)
    assert "规则　" in text and "广告 93%" in text and "（版本 invented/1）" in text
    assert "共发言 10 条" in text
    assert "**同一批消息**：64 条，出现在 1 个群" in text


def test_filters_come_from_the_url(untouched, monkeypatch):
    app = open_page("review", untouched, monkeypatch, kind="攻击", chat=invented.DYING)
    assert app.dataframe[0].value["text"].tolist() == ["你就是个废物，滚出去"]
    app.text_input(key="text").set_value("没有这样的词").run()
    assert words.t("empty.no_flagged") in said(app)


def test_a_page_in_the_url_is_the_page_on_screen_and_a_filter_brings_it_back_in_range(untouched, monkeypatch):
    app = open_page("review", untouched, monkeypatch, page="2")
    assert len(app.dataframe[0].value) == 16
    app.button_group(key="kind").set_value("abuse").run()
    assert not app.exception
    assert len(app.dataframe[0].value) == 1


def test_campaigns_count_chats_senders_and_what_waits(store, monkeypatch):
    decide_ads(store, 5)
    app = open_page("campaigns", store.workspace, monkeypatch)
    row = app.dataframe[0].value.iloc[0]
    assert row[["copies", "chats", "open"]].tolist() == [64, 1, 59]
    assert app.header[0].value == "共有 1 批重复出现的消息，其中 0 批跨了多个群。"


def test_senders_are_listed_by_what_people_decided_with_words_to_copy(store, monkeypatch):
    app = open_page("senders", store.workspace, monkeypatch)
    assert words.t("empty.no_senders") in said(app)
    decide_ads(store, 65)
    app = open_page("senders", store.workspace, monkeypatch)
    table: Any = app.dataframe[0].value
    assert table["ads_judged"].sum() == 65
    assert set(table["advice"]) == {"移出", "提醒"} or set(table["advice"]) == {"移出"}
    assert "群规不允许" in app.code[0].value and "兼职刷单" not in app.code[1].value


def test_the_weeks_mistakes_carry_their_interval(store, monkeypatch):
    ids = decide_ads(store, 9)
    last = store.verdicts().to_pylist()[0]
    verdicts.decide(
        store.engine,
        [Decision(invented.DYING, last["message_id"], "fine", suggestion_label="ad", expected=ids[0])],
        "c",
    )
    app = open_page("quality", store.workspace, monkeypatch)
    assert app.header[0].value == "本周误判 1 / 9 = 11.1%（95% 区间 2%–43.5%）"


def test_a_second_reader_reads_blind_and_agreement_is_counted(store, monkeypatch):
    decide_ads(store, 65)
    app = open_page("quality", store.workspace, monkeypatch)
    assert "b" not in [caption.value for caption in app.caption]
    app.button(key="again_fine").click().run()
    assert labels(store) == ["ad"] * 65
    assert verdicts.second_readings(store.engine).column("reviewer").to_pylist() == ["local"]
    table: Any = app.dataframe[0].value
    assert table[["reviewer", "read", "agreed"]].to_dict("records") == [{"reviewer": "b", "read": 1, "agreed": 0.0}]


def test_a_message_that_only_behaviour_makes_suspicious_waits_in_the_queue_and_says_why(store, monkeypatch):
    messages, annotations = store.chat_tables(invented.DYING)
    plain = messages.filter(pc.not_equal(annotations["ads_label"], "ad"))
    row = plain.filter(pc.is_null(plain["event"])).to_pylist()[0]
    why = [reason("suspect.elsewhere", points=1.2, count=2), reason("suspect.first", points=1.0, count=1)]
    found = {name: row[name] for name in ("chat_id", "message_id", "sent_at")}
    found |= {"text": 0.31, "behaviour": 2.2, "score": 0.8, "by_text": False, "why": why}
    table = pa.Table.from_pylist([found], schema=SUSPECTS)
    with store.write() as change:
        change.replace.append(write_part(store.workspace, table, table_name="suspects", chat_id=invented.DYING))
    app = open_page("review", store.workspace, monkeypatch, kind="广告", q=row["text"])
    app.text_input(key="text").set_value(row["text"]).run()
    shown = said(app)
    assert "行为　在文字 31% 之上加 2.2 分，合计 80%" in shown
    assert "另有 2 个群出现几乎一样的（+1.2）" in shown
    app.button(key="decide_ad").click().run()
    assert [(v["message_id"], v["suggestion_label"]) for v in store.verdicts().to_pylist()] == [
        (row["message_id"], "ad")
    ]


def test_an_appeal_is_listed_with_the_verdict_that_stands_and_the_way_to_its_message(store, monkeypatch):
    decide_ads(store, 1)
    (stored,) = store.verdicts().to_pylist()
    verdicts.add_remark(store.engine, stored["chat_id"], stored["message_id"], "appeal", "帮邻居转发 13800001111", "b")
    app = open_page("quality", store.workspace, monkeypatch)
    told = next(text.value for text in app.text if "帮邻居转发" in text.value)
    assert "现判定：广告" in told and "13800001111" not in told
    assert any(stored["message_id"] in link.proto.query_string for link in app.get("page_link"))
