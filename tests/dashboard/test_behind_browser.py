"""From a number and from a bar to the messages behind it and back, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import invented
import pytest
from browsing import chromium, new_page, open_page, server, settle, watch
from playwright.sync_api import Page

from dashboard.words import t

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[tuple[str, Page]]:
    """The address of a server on two invented chats, and a tab."""
    workspace = tmp_path_factory.mktemp("home") / "workspace"
    invented.build(workspace)
    with server(workspace) as url, chromium() as browser:
        yield url, new_page(browser)


def asked(page: Page) -> dict[str, list[str]]:
    """What the address of the messages page asks for."""
    page.wait_for_url(re.compile("/messages"))
    settle(page)
    return parse_qs(urlsplit(page.url).query)


def test_a_number_leads_to_its_messages_and_back_again(page):
    url, tab = page
    seen = watch(tab)
    open_page(tab, url, "chat", chat=invented.DYING, span="7")
    link = tab.locator('a[href*="what=ad"]').first
    assert t("behind.see") in link.inner_text()
    link.click()
    assert asked(tab) == {"chat": [invented.DYING], "first": ["2024-03-24"], "last": ["2024-03-30"], "what": ["ad"]}
    tab.get_by_text("2024-03-24").first.wait_for()
    assert "加薇" in tab.locator(".nq-messages").inner_text()
    tab.go_back()
    tab.wait_for_url(re.compile("/chat"))
    settle(tab)
    assert "span=7" in tab.url
    assert seen == {"strayed": [], "errors": [], "dialogs": []}


def test_a_bar_of_the_volume_opens_its_day(page):
    url, tab = page
    open_page(tab, url, "chat", chat=invented.WARM)
    tab.get_by_role("tab", name=t("chat.tab_course")).click()
    chart = tab.locator(".st-key-volume canvas").first
    chart.scroll_into_view_if_needed()
    tab.wait_for_timeout(2_000)
    box = chart.bounding_box()
    assert box is not None
    for step in range(30):  # bars are thin and the gaps between them wide
        tab.mouse.click(box["x"] + box["width"] * 0.4 + step, box["y"] + box["height"] * 0.7)
        tab.wait_for_timeout(400)
        if "/messages" in tab.url:
            break
    question = asked(tab)
    assert question["chat"] == [invented.WARM] and question["first"] == question["last"]
    lines = tab.locator(".nq-line").count()
    assert lines == 2  # two messages a day
