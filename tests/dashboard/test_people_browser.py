"""The moderator and the manager at the real dashboard in Chromium: keys, bulk, undo, colleagues, links, dark and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import invented
import pytest
from browsing import chromium, new_page, open_page, server, settle, watch
from playwright.sync_api import Browser, Page, expect

from dashboard.words import t
from nuanqun import steps, verdicts
from nuanqun.store import Store
from nuanqun.verdicts import Decision

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[tuple[str, Store]]:
    store = invented.build(tmp_path_factory.mktemp("home") / "workspace")
    with server(store.workspace) as url:
        yield url, store


@pytest.fixture(autouse=True)
def nothing_decided(desk):
    yield
    engine = desk[1].engine
    verdicts.undo(engine, desk[1].verdicts().column("id").to_pylist())
    for step in steps.taken(engine):
        steps.undo(engine, step["id"])


def first_text(page: Page) -> str:
    return page.locator(".nq-here .nq-text").first.inner_text()


def labels(store: Store) -> list[str]:
    return store.verdicts().column("label").to_pylist()


def test_one_key_decides_and_goes_on_and_another_takes_it_back(desk, browser):
    url, store = desk
    page = new_page(browser)
    open_page(page, url, "review", chat=invented.DYING)
    before = first_text(page)
    page.keyboard.press("a")
    expect(page.get_by_text("已判定：广告")).to_be_visible()
    settle(page)
    assert first_text(page) != before
    assert labels(store) == ["ad"]
    page.keyboard.press("z")
    expect(page.get_by_text("已判定：广告")).to_be_hidden()
    settle(page)
    assert first_text(page) == before
    assert labels(store) == []
    page.context.close()


def test_a_colleague_was_quicker_so_the_key_stores_nothing_and_says_so(desk, browser):
    url, store = desk
    page = new_page(browser)
    open_page(page, url, "review", kind=t("review.kind_abuse"))
    message = next(m for m in store.messages(invented.DYING).to_pylist() if m["text"] == first_text(page))
    verdicts.decide(store.engine, [Decision(invented.DYING, message["message_id"], "fine")], "colleague")
    page.keyboard.press("d")
    expect(page.get_by_text(t("review.stale"))).to_be_visible()
    assert labels(store) == ["fine"]
    page.context.close()


def test_everything_that_matches_is_decided_after_a_question_and_undone_at_once(desk, browser):
    url, store = desk
    page = new_page(browser)
    open_page(page, url, "review", kind=t("review.kind_ad"), bulk="true")
    page.get_by_role("radio", name=t("review.scope_every", count=65)).click()
    settle(page)
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(t("review.ask_undo"))).to_be_visible()
    assert labels(store) == []
    dialog.get_by_role("button", name=t("review.ask_go", count=65)).click()
    expect(page.get_by_text(t("review.done_many", label=t("verdict.ad"), count=65))).to_be_visible()
    assert labels(store) == ["ad"] * 65
    page.keyboard.press("z")
    expect(page.get_by_text(t("review.done_many", label=t("verdict.ad"), count=65))).to_be_hidden()
    assert labels(store) == []
    page.context.close()


def test_the_evidence_is_marked_in_the_original_with_the_normal_form_beside_it_and_a_reload_keeps_it(desk, browser):
    url, _ = desk
    page = new_page(browser)
    open_page(page, url, "review", kind=t("review.kind_ad"), order=t("review.order_sure"), text="加薇")
    for _ in range(2):
        assert page.locator(".nq-text mark").first.inner_text() == invented.AD_TEXT[:3]
        assert "加微信" in page.locator(".nq-text").nth(1).inner_text()
        expect(page.get_by_role("textbox", name=t("review.text"))).to_have_value("加薇")
        page.reload()
        settle(page)
    page.context.close()


def test_a_manager_ticks_off_what_was_done_and_takes_it_back(desk, browser):
    url, store = desk
    page = new_page(browser)
    seen = watch(page)
    open_page(page, url, "chat", chat=invented.DYING)
    page.get_by_role("button", name=re.compile(t("todo.done"))).first.click()
    expect(page.get_by_text(re.compile("标为已完成"))).to_be_visible()
    assert [step["status"] for step in steps.taken(store.engine)] == ["done"]
    page.get_by_role("button", name=t("review.undo")).click()
    expect(page.get_by_text(re.compile("标为已完成"))).to_be_hidden()
    assert steps.taken(store.engine) == []
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()


@pytest.mark.parametrize("mode", ["dark", "phone"])
@pytest.mark.parametrize("name", ["review", "campaigns", "chat"])
def test_dark_and_narrow_screens_hold_the_page(name, mode, desk, browser):
    url, _ = desk
    page = new_page(browser, mode)
    seen = watch(page)
    open_page(page, url, name, **({"chat": invented.DYING} if name == "chat" else {}))
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()
