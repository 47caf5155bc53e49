"""The pages for reports and channels: what they say, who may use them, and that secrets stay hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import data
from conftest import ROOT
from nuanqun import subscriptions
from nuanqun.pipeline import run
from nuanqun.settings import load_settings
from nuanqun.store import Store

SECRET = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=verysecretkey-9999"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("w")
    (path,) = [p for p in (Path(data.__file__).parent / "demo" / "chats").iterdir() if "96" in p.name]
    run([path], workspace=folder, settings=load_settings())
    return folder


@pytest.fixture
def page(workspace, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "1")

    def opened(name: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.run()
        app.switch_page(f"views/{name}.py").run()
        assert not app.exception, app.exception
        return app

    return opened


def test_the_report_is_on_screen_and_a_file_is_made_on_request(page):
    app = page("reports")
    assert any("活跃温度" in element.value for element in app.markdown)
    app.selectbox(key="report_file").select("report.md").run()
    app.button(key="report_make").click().run()
    (made,) = app.get("download_button")
    assert made is not None and not app.exception


def test_another_week_says_something_else(page):
    app = page("reports")
    box = next(s for s in app.selectbox if s.key and s.key.startswith("report_week"))
    now = [element.value for element in app.markdown]
    box.select_index(5).run()
    assert [element.value for element in app.markdown] != now


def test_a_channel_is_added_shown_masked_switched_and_removed(page, workspace):
    app = page("channels")
    app.selectbox(key="channel_kind").select("wecom").run()
    app.text_input(key="channel_wecom_url").input(SECRET)
    next(b for b in app.button if b.label == "保存").click().run()
    (kept,) = subscriptions.listed(Store(workspace).engine)
    assert kept.config["url"] == SECRET
    said = " ".join(str(e.value) for kind in (app.text, app.caption, app.markdown, app.success) for e in kind)
    assert "verysecret" not in said and "9999" in said
    app.button(key=f"turn_{kept.id}").click().run()
    assert not subscriptions.listed(Store(workspace).engine)[0].enabled
    app.button(key=f"remove_{kept.id}").click().run()
    assert subscriptions.listed(Store(workspace).engine) == []


def test_a_channel_to_an_address_inside_is_refused_in_place(page, workspace):
    app = page("channels")
    app.selectbox(key="channel_kind").select("webhook").run()
    app.text_input(key="channel_webhook_url").input("http://10.0.0.1/hook")
    next(b for b in app.button if b.label == "保存").click().run()
    assert app.error and subscriptions.listed(Store(workspace).engine) == []
