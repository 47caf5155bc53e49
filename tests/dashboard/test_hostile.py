"""Names, texts, accounts, channels and notes that attack: inert on every page, in every grid and in a preview.

Reports are in tests/app/test_report.py, downloads in test_downloads.py, messages of channels in test_channels.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import invented
import pytest
from browsing import EVERY, chromium, new_page, open_page, server, settle, watch
from playwright.sync_api import Browser, Page
from screens import open_page as page_of

from dashboard.words import t
from nuanqun import accounts, house, subscriptions, verdicts
from nuanqun.store import Store
from nuanqun.verdicts import Decision

NAME = invented.HOSTILE_NAME
PHONE = "13800138000"
HIDING = "\u202e\u202d\u200b\u200f\u2066"
"""Signs that reverse or hide what stands beside them."""
LONGEST_CELL = 3_000
"""Characters: whole messages of ten thousand stay out of the grids."""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """The invented chats, and everything that people can write beside them."""
    store = invented.build(tmp_path_factory.mktemp("home") / "workspace")
    rows = [row for row in store.messages(invented.DYING).to_pylist() if row["text"].startswith("加薇")]
    accounts.add(store.engine, "[点我](javascript:alert(1))", "long enough 42", "moderator", [invented.DYING])
    decisions = [Decision(row["chat_id"], row["message_id"], "ad", suggestion_label="ad") for row in rows[-9:]]
    verdicts.decide(store.engine, decisions, NAME)
    for kind in ("appeal", "allow"):
        verdicts.add_remark(
            store.engine, rows[-1]["chat_id"], rows[-1]["message_id"], kind, invented.HOSTILE_TEXT, NAME
        )
    subscriptions.add(
        store.engine, NAME, "slack", {"url": "https://hooks.slack.com/services/x"}, chats=[invented.DYING]
    )
    house.save(store.engine, "ad_words", ["=HYPERLINK(1)", "<img src=x onerror=alert(1)>"], NAME)
    return store


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def url(store) -> Iterator[str]:
    with server(store.workspace) as address:
        yield address


def inert(page: Page) -> None:
    """Nothing of what attacks became a link, an element, a script or a secret, and nothing hides."""
    assert page.locator("a[href^='javascript'], a[href*='evil.example'], img[src='x']").count() == 0
    assert page.locator("main b, main i").count() == 0
    assert page.locator("script", has_text="alert(1)").count() == 0
    assert PHONE not in page.content()
    assert not set(HIDING) & set(page.evaluate("document.body.innerText"))


@pytest.mark.browser
@pytest.mark.parametrize("name", EVERY)
def test_what_attacks_is_shown_and_does_nothing(name, url, browser):
    page = new_page(browser)
    seen = watch(page)
    open_page(page, url, name, chat=invented.DYING, status=t("review.status_all"))
    if name == "upload":
        look_into_a_hostile_file(page)
    for tab in [None, *page.get_by_role("tab").all()]:
        if tab is not None:
            tab.click()
            settle(page)
        for expander in page.locator("[data-testid=stExpander] details:not([open]) > summary").all():
            if expander.is_visible():
                expander.click()
        settle(page)
        inert(page)
    assert page.locator("[data-testid=stException]").count() == 0
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()


def look_into_a_hostile_file(page: Page) -> None:
    said = f"2024-03-01 09:15:00 {NAME}(20001)\n{invented.HOSTILE_TEXT}\n"
    file = {"name": "<b>群</b>[点我](javascript:alert(1)).txt", "mimeType": "text/plain", "buffer": said.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name=t("upload.look"), exact=True).click()
    page.locator(".nq-line").first.wait_for()


@pytest.mark.parametrize("name", EVERY)
def test_no_cell_of_a_grid_hides_or_betrays_anything(name, store, monkeypatch):
    app = page_of(name, store.workspace, monkeypatch, chat=invented.DYING)
    for grid in app.dataframe:
        for column in grid.value:
            for cell in grid.value[column]:
                if isinstance(cell, str):
                    assert not set(HIDING) & set(cell)
                    assert PHONE not in cell
                    assert len(cell) <= LONGEST_CELL
