"""The real dashboard in Chromium: every page shows numbers, speaks Chinese, stays on this machine, runs no chat text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import PAGES, VISIBLE_TEXT, chromium, english, new_page, open_page, server, settle, watch
from playwright.sync_api import Browser, expect

from dashboard.words import t
from ingest.formats import formats
from nuanqun.store import Store

pytestmark = pytest.mark.browser

ALLOWED = {"Asia", "Shanghai", "Telegram", "WhatsApp", "Discord", "home", "exports", "Ctrl"}
"""Names of places, platforms and paths that have no Chinese form."""

NUMBERS = {
    "overview": [r"群聊\s*\d", r"历史消息共 [\d,]{4,} 条", r"\d+° (冷清|偏凉|温和|温暖|火热)", r"休眠风险 \d+%"],
    "chat": [r"\d+°（较上周 [↑↓→] [+−]?[\d.]+°）", r"为什么：.*\d", r"这周做什么", r"广告占比\s*[\d.]+%"],
    "members": [r"近 84 天发言\s*\d+", r"平均亲密度\s*\d+", r"最受回应的消息"],
    "review": [r"共 \d+ 条", r"广告 \d+%，攻击 \d+%"],
    "campaigns": [r"共有 \d+ 批", r"\d+ 条，\d+ 个群，\d+ 个账号"],
    "senders": [r"还没有消息被判为广告"],
    "quality": [r"本周还没有判定"],
    "upload": [r"读到记录\s*[\d,]{3,}", r"重复率 \d+%"],
}  # fmt: skip
"""What a page must say besides its title."""

CHARTS = {"overview": 1, "chat": 1, "members": 2}
"""Charts on the first screen or tab."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A workspace whose first visitor pressed the button that loads the demo chats."""
    workspace = tmp_path_factory.mktemp("home") / "workspace"
    with server(workspace) as url:
        page = new_page(browser)
        open_page(page, url, "overview")
        expect(page.get_by_text(t("empty.no_chats"))).to_be_visible()
        page.get_by_role("button", name=t("empty.demo")).click()
        page.get_by_text(re.compile("^完成：\\d+ 个群，新增")).wait_for(timeout=240_000)
        page.context.close()
        yield url, workspace


_VERSION = re.compile(r"\b[a-z]+-[0-9a-f]{12}\b")
"""What a model is called: "light-0123456789ab"."""


def busiest(workspace: Path) -> str:
    """The chat with most messages: small ones rank nobody."""
    return max(Store(workspace).chats().to_pylist(), key=lambda row: row["messages"])["chat_id"]


def words_of_the_chats(workspace: Path) -> set[str]:
    """Latin words that members, chats and formats brought along."""
    store = Store(workspace)
    names = [row["name"] for row in store.table("members").to_pylist()] + store.chats()["name"].to_pylist()
    names += [f.title for f in formats().values()] + [receipt["encoding"] for receipt in store.receipts()]
    texts = [text for chat_id in store.known_chats() for text in store.messages(chat_id, ["text"])["text"].to_pylist()]
    return english("\n".join([*names, *texts]))


@pytest.mark.parametrize("mode", ["light", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_numbers_in_chinese_and_asks_nobody_else(name, mode, demo, browser):
    url, workspace = demo
    page = new_page(browser, mode)
    seen = watch(page)
    open_page(page, url, name, **({"chat": busiest(workspace)} if name == "members" else {}))
    text = _VERSION.sub("", page.evaluate(VISIBLE_TEXT))
    for pattern in NUMBERS[name]:
        assert re.search(pattern, re.sub(r"\s*\n\s*", " ", text)), pattern
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stEChartsChart] canvas").count() >= CHARTS.get(name, 0)
    assert english(text) - ALLOWED - words_of_the_chats(workspace) == set()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert {cookie.get("name") for cookie in page.context.cookies()} <= {"_streamlit_xsrf"}
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()


def test_a_warned_chat_leads_to_its_page_and_to_the_messages_behind(demo, browser):
    url, _ = demo
    page = new_page(browser)
    open_page(page, url, "overview")
    page.get_by_role("link", name=re.compile("看详情与 \\d+ 条预警")).first.click()
    page.wait_for_url("**/chat?chat=*")
    settle(page)
    page.get_by_text(re.compile("^依据的消息（\\d+ 条）$")).first.click()
    expect(page.locator(".nq-line").first).to_be_visible()
    page.context.close()


def test_a_file_dragged_in_gives_a_receipt_and_the_wrong_one_a_clear_refusal(browser, tmp_path):
    with server(tmp_path / "workspace") as url:
        page = new_page(browser)
        open_page(page, url, "upload")
        page.locator("input[type=file]").set_input_files(
            [{"name": "照片.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(200)}]
        )
        page.get_by_text("照片.csv").wait_for()
        page.get_by_role("button", name=t("upload.look"), exact=True).click()
        expect(page.get_by_text(t("upload.rejected"))).to_be_visible(timeout=60_000)
        expect(page.get_by_text("怎么办：")).to_be_visible(timeout=20_000)
        assert Store(tmp_path / "workspace").known_chats() == {}
        page.context.close()
