"""Rules of the dashboard's house: names, configuration, and how chat text may reach the page."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from conftest import ROOT
from dashboard import server

FILES = sorted((ROOT / "dashboard").rglob("*.py"))
CONFIG = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_hides_a_library_or_a_folder(path):
    folders = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}
    if path.parent.name == "dashboard" and path.name != "__init__.py":
        assert path.stem not in set(sys.stdlib_module_names) | folders


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_renders_html_from_python(path):
    source = path.read_text("utf-8")
    assert not re.search(r"unsafe_allow|st\.html\(|innerHTML", source)


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "views"], ids=lambda path: path.name)
def test_pages_leave_reading_to_load(path):
    assert not re.search(r"duckdb|parquet|Store\(|pyarrow", path.read_text("utf-8"))


def test_no_usage_statistics_and_no_tracebacks_leave_the_machine():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] != "full"
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert CONFIG["client"]["disableDataExport"] is True  # tables hold chat text: "=HYPERLINK(...)" opens in Excel
    assert CONFIG["server"]["enableAgentApi"] is False


async def page(_request):
    return HTMLResponse('<html lang="en"><head><title>Streamlit</title></head><body>Upload</body></html>')


async def plain(_request):
    return PlainTextResponse('<html lang="en">')


@pytest.fixture()
def client():
    routes = [Route("/", page), Route("/text", plain)]
    return TestClient(server.LocalPage(Starlette(routes=routes)))


def test_the_page_is_chinese_and_carries_the_translator(client):
    answer = client.get("/", headers={"accept": "text/html", "if-none-match": "x"})
    assert '<html lang="zh-CN">' in answer.text and "<title>暖群</title>" in answer.text
    assert '"Upload": "选择文件"' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_other_answers_pass_through_unchanged_with_the_headers(client):
    answer = client.get("/text")
    assert answer.text == '<html lang="en">'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_page_that_fails_shows_an_id_and_logs_no_screen_text(monkeypatch, caplog):
    shown = []
    monkeypatch.setattr(server.st, "error", lambda text, **_: shown.append(text))
    assert server.show_error(ValueError("boom")) is True
    name = re.search("[0-9a-f]{8}", shown[0])
    assert name and name[0] in caplog.text
    assert "boom" not in shown[0]


def test_a_taken_port_gives_the_next_one():
    import socket

    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        assert server.free_port(taken.getsockname()[1]) != taken.getsockname()[1]
    assert server.free_port(0) > 0
