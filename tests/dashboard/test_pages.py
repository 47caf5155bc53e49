"""Every page on an invented workspace: it says numbers, reacts to clicks, and stays whole when there is nothing."""

from __future__ import annotations

from pathlib import Path

import invented
import pytest
from screens import open_page, said
from streamlit.testing.v1 import AppTest

from dashboard import words
from nuanqun import jobs, worker
from nuanqun.store import Store

PAGES = ("overview", "chat", "members", "review", "campaigns", "senders", "quality", "upload")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_number_has_its_definition(page, workspace, monkeypatch):
    app = open_page(page, workspace, monkeypatch)
    assert all(metric.proto.help for metric in app.metric)


def test_overview_leads_with_one_sentence_then_the_chat_that_needs_help(workspace, monkeypatch):
    app = open_page("overview", workspace, monkeypatch)
    assert app.header[0].value == "2 个群中：1 个群在降温，1 个群“广告泛滥”，1 个群“核心成员流失”。"
    table = app.dataframe[0].value
    assert table["temperature"].round(1).tolist() == [12.4, 74.2]  # the urgent one first
    assert "22%" in table["why"].iloc[0]
    assert table["kols"].iloc[0].endswith("成员1")
    assert {metric.label: metric.value for metric in app.metric}["预警"] == "2"


def test_chat_page_adds_the_parts_up_and_shows_warnings_with_value_and_threshold(workspace, monkeypatch):
    app = open_page("chat", workspace, monkeypatch, chat=invented.DYING)
    text = said(app)
    assert "当前值 **22%**，阈值 **15%**" in text
    assert "12 周休眠风险 72%" in text
    assert f"▲ 推高风险：{words.sentence(invented.RISK_UP)}" in text
    assert f"▼ 降低风险：{words.sentence(invented.RISK_DOWN)}" in text
    assert "活跃天数 **0.4** + 发言人数 **0.2** + 消息量 **0.2** = **0.8°**" in text
    assert len(app.get("echarts_chart")) == 8
    assert "2024-03-01 周五 至 2024-03-29 周五" in text  # the window is half-open


def test_a_chat_with_short_history_says_so_instead_of_a_number(workspace, monkeypatch):
    app = open_page("chat", workspace, monkeypatch, chat=invented.WARM)
    assert "历史太短" in said(app)
    assert {metric.label: metric.value for metric in app.metric}["12 周休眠风险"] == words.NOTHING


def test_members_page_ranks_and_prescribes(workspace, monkeypatch):
    app = open_page("members", workspace, monkeypatch, chat=invented.WARM)
    kols, roster = (frame.value for frame in app.dataframe[:2])
    assert kols["rank"].tolist() == list(range(1, invented.MEMBERS_IN + 1))
    assert kols["answered"].iloc[0] == "20%–60%"
    assert roster["closeness"].is_monotonic_decreasing
    assert set(roster["social"]) == {"组织者", "清谈者", "围观者", "无法判断"}
    assert "文化" in roster["prescription"].iloc[0] or "culture" not in roster["prescription"].iloc[0]


def test_the_roster_filters_by_role(workspace, monkeypatch):
    app = open_page("members", workspace, monkeypatch, chat=invented.WARM)
    app.button_group(key="social_roles").set_value(["organizer"]).run()
    assert set(app.dataframe[1].value["social"]) == {"组织者"}


def test_receipts_are_shown_with_their_skipped_lines_in_words(workspace, monkeypatch):
    app = open_page("upload", workspace, monkeypatch)
    text = said(app)
    assert "时间无法识别的记录：1 处" in text
    assert "打 ［电话 11 位］ 找我" in text
    assert "时间早于前一条的记录（1）" in text


def by_path(app: AppTest, path: str) -> AppTest:
    app.button_group(key="upload_way").set_value("path").run()
    app.text_input[0].set_value(path)
    return next(button for button in app.button if button.label == words.t("upload.look")).click().run()


def test_a_path_that_is_not_there_is_an_error_that_says_what_to_do(workspace, monkeypatch):
    app = by_path(open_page("upload", workspace, monkeypatch), "/no/such/file.txt")
    assert words.t("upload.no_path") in [error.value for error in app.error]


def test_a_path_is_looked_into_with_choices_and_then_imported_in_the_background(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    export = tmp_path / "夜读.txt"
    lines = [f"2024-03-0{1 + n} 09:15:00 张三(20001)\n第 {n} 句闲话\n" for n in range(9)]
    export.write_text("\n".join(lines), encoding="utf-8")
    app = by_path(open_page("upload", tmp_path / "w", monkeypatch), str(export))
    assert "群：夜读" in said(app) and "9 条是新的" in said(app)
    app.text_input(key="plan_0_name").set_value("早读").run()
    assert "群：早读" in said(app)
    store = Store(tmp_path / "w")
    assert store.known_chats() == {}
    app.button(key="plan_start").click().run()
    assert words.t("job.waiting") in [bar.proto.text for bar in app.get("progress")]
    assert worker.work(tmp_path / "w", idle_seconds=0) == 1
    app.run()
    assert "完成：1 个群，新增 9 条记录" in said(app)
    assert [facts["name"] for facts in store.known_chats().values()] == ["早读"]


def test_a_waiting_job_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    app = open_page("upload", tmp_path / "w", monkeypatch)
    app.button(key="upload_demo").click().run()
    next(button for button in app.button if button.label == words.t("job.cancel")).click().run()
    assert words.t("job.cancelled") in said(app)
    assert jobs.open_jobs(Store(tmp_path / "w").engine) == []
