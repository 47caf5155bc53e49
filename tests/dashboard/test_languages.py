"""A browser chooses its language; the server's pages, Streamlit's own words and ours follow."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import languages, server
from dashboard.words import COOKIE
from nuanqun.words import t


@pytest.fixture
def client():
    async def page(request):
        return HTMLResponse(f'<html lang="en"><head></head><body>{t("stage.growth")}</body></html>')

    routes = [Route("/", page), Route("/chat", page), *languages.routes()]
    return TestClient(server.LocalPage(Starlette(routes=routes)), follow_redirects=False)


@pytest.mark.parametrize(
    ("cookie", "asked", "html", "word"),
    [("", "zh-CN,zh;q=0.9", "zh-CN", "成长"), ("", "zh-TW,zh;q=0.9", "zh-TW", "成長"), ("", "en-GB", "zh-CN", "成长"),
     ("zh-TW", "zh-CN", "zh-TW", "成長"), ("zh", "zh-HK", "zh-CN", "成长"), ("xx", "zh-CN", "zh-CN", "成长")],
)  # fmt: skip
def test_the_cookie_wins_then_traditional_where_the_browser_asks(client, cookie, asked, html, word):
    headers = {"accept": "text/html", "accept-language": asked} | ({"cookie": f"{COOKIE}={cookie}"} if cookie else {})
    text = client.get("/", headers=headers).text
    assert f'<html lang="{html}">' in text and word in text


def test_english_leaves_the_words_of_streamlit_alone(client):
    text = client.get("/", headers={"accept": "text/html", "cookie": f"{COOKIE}=en"}).text
    assert '<html lang="en">' in text and "选择文件" not in text
    assert "选择文件" in client.get("/", headers={"accept": "text/html"}).text


def test_choosing_keeps_the_language_and_goes_back_where_one_was(client):
    came = {"referer": "http://testserver/chat?chat=abc"}
    answer = client.get("/auth/language/zh-TW", headers=came)
    assert answer.status_code == 303 and answer.headers["location"] == "/chat?chat=abc"
    assert f"{COOKIE}=zh-TW" in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "referer", ["https://evil.example/chat", "http://testserver//evil.example/", "javascript:x", ""]
)
def test_choosing_never_leads_to_another_host(client, referer):
    location = client.get("/auth/language/en", headers={"referer": referer}).headers["location"]
    assert location.startswith("/") and not location.startswith(("//", "/\\"))


def test_an_unknown_language_is_not_kept(client):
    assert "set-cookie" not in client.get("/auth/language/fr").headers
