"""The moderator and the manager at the real dashboard in Chromium: keys, bulk, undo, colleagues, links, files, languages.

Nothing here knows the workspace: what must be on screen is asked of the store. So the same journeys run on two invented
chats and, with NUANQUN_CROWD=30x300000 (`make journeys`), on a crowd of simulated ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import crowded
import pytest
from browsing import VISIBLE_TEXT, chromium, new_page, open_page, server, settle, watch
from playwright.sync_api import Browser, Page, expect

from dashboard import flagged
from dashboard.flagged import Filter
from dashboard.marked import split_spans
from dashboard.words import hidden, number, plain, t
from nlp.normalize import normalize_texts
from nuanqun import steps, verdicts
from nuanqun.store import Store
from nuanqun.verdicts import Decision

pytestmark = [pytest.mark.browser, pytest.mark.journey]
expect.set_options(timeout=60_000)
QUIET = {"strayed": [], "errors": [], "dialogs": []}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[tuple[str, Store]]:
    store = crowded.build(tmp_path_factory.mktemp("home") / "workspace")
    with server(store.workspace) as url:
        yield url, store


@pytest.fixture(autouse=True)
def nothing_decided(desk, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(desk[1].workspace))  # `flagged` answers what must be on screen
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
    chat = crowded.most_advertised(store)
    first, second = flagged.matching(Filter(chat_id=chat))["message_id"][:2]
    open_page(page, url, "review", chat=chat)
    page.keyboard.press("a")
    expect(page.get_by_text(t("review.done", label=t("verdict.ad")))).to_be_visible()
    settle(page)
    assert store.verdicts().column("message_id").to_pylist() == [first]
    page.keyboard.press("f")
    expect(page.get_by_text(t("review.done", label=t("verdict.fine")))).to_be_visible()
    settle(page)
    assert store.verdicts().column("message_id").to_pylist() == [first, second]
    page.keyboard.press("z")
    expect(page.get_by_text(t("review.done", label=t("verdict.fine")))).to_be_hidden()
    settle(page)
    assert labels(store) == ["ad"]
    page.context.close()


def test_a_colleague_was_quicker_so_the_key_stores_nothing_and_says_so(desk, browser):
    url, store = desk
    page = new_page(browser)
    row = flagged.matching(Filter(kind="ad")).iloc[0]
    open_page(page, url, "review", kind=t("review.kind_ad"))
    verdicts.decide(store.engine, [Decision(row["chat_id"], row["message_id"], "fine")], "colleague")
    page.keyboard.press("d")
    expect(page.get_by_text(t("review.stale"))).to_be_visible()
    assert labels(store) == ["fine"]
    page.context.close()


def test_everything_that_matches_is_decided_after_a_question_and_undone_at_once(desk, browser):
    url, store = desk
    page = new_page(browser)
    count = len(flagged.matching(Filter(kind="ad")))
    open_page(page, url, "review", kind=t("review.kind_ad"), bulk="true")
    page.get_by_role("radio", name=t("review.scope_every", count=count)).click()
    settle(page)
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(t("review.ask_undo"))).to_be_visible()
    assert labels(store) == []
    dialog.get_by_role("button", name=t("review.ask_go", count=count)).click()
    expect(page.get_by_text(t("review.done_many", label=t("verdict.ad"), count=count))).to_be_visible()
    assert labels(store) == ["ad"] * count
    page.keyboard.press("z")
    expect(page.get_by_text(t("review.done_many", label=t("verdict.ad"), count=count))).to_be_hidden()
    assert labels(store) == []
    page.context.close()


def test_a_campaign_is_decided_as_a_whole_and_taken_back(desk, browser):
    url, store = desk
    page = new_page(browser)
    widest = flagged.campaigns(Filter()).iloc[0]
    open_page(page, url, "campaigns")
    page.get_by_role("button", name=t("campaigns.ad", count=int(widest["copies"]))).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=t("review.ask_go", count=int(widest["copies"]))).click()
    expect(page.get_by_text(t("review.done_many", label=t("verdict.ad"), count=int(widest["copies"])))).to_be_visible()
    assert labels(store) == ["ad"] * int(widest["copies"])
    page.keyboard.press("z")
    expect(page.get_by_role("button", name=t("campaigns.ad", count=int(widest["copies"])))).to_be_enabled()
    assert labels(store) == []
    page.context.close()


def marked_text() -> str:
    """The first line of a suggestion with evidence, of which nothing is masked and which is disguised."""
    for row in flagged.matching(Filter(kind="ad", order="sure")).to_dict("records"):
        raw = row["raw"]
        found = row["ads_label"] == "ad" and row["toxicity_label"] != "toxic" and len(row["ads_evidence"])
        if found and hidden(plain(raw)) == raw and len(raw) < 500 and normalize_texts([raw]).texts[0] != raw:
            return raw.splitlines()[0][:40].strip()
    raise AssertionError("no suggestion with evidence")


def test_the_evidence_is_marked_in_the_original_with_the_normal_form_beside_it_and_a_reload_keeps_it(desk, browser):
    url, _ = desk
    page = new_page(browser)
    wanted = marked_text()
    here = flagged.matching(Filter(kind="ad", order="sure", text=wanted)).iloc[0]
    parts = split_spans(hidden(plain(here["raw"])), [{**span, "why": "x"} for span in here["ads_evidence"]])
    open_page(page, url, "review", kind=t("review.kind_ad"), order=t("review.order_sure"), text=wanted)
    for _ in range(2):
        assert first_text(page) == hidden(plain(here["raw"]))
        marks = page.locator(".nq-here").first.locator("mark").all_inner_texts()
        assert marks == [part["text"] for part in parts if part["why"] is not None] != []
        normal = page.locator(".nq-text").nth(1).inner_text()
        assert normal == hidden(plain(normalize_texts([here["raw"]]).texts[0]))
        expect(page.get_by_role("textbox", name=t("review.text"))).to_have_value(wanted)
        page.reload()
        settle(page)
    page.context.close()


def test_a_link_into_one_chat_survives_a_reload(desk, browser):
    url, store = desk
    page = new_page(browser)
    chat = store.chats().to_pylist()[-1]
    for name in ("chat", "members", "reports"):
        open_page(page, url, name, chat=chat["chat_id"])
        for _ in range(2):
            expect(page.get_by_role("combobox", name=t("pick.chat")).first).to_have_value(
                re.compile(re.escape(plain(chat["name"])))
            )
            assert f"chat={chat['chat_id']}" in page.url
            page.reload()
            settle(page)
    page.context.close()


def test_a_manager_ticks_off_what_was_done_and_takes_it_back(desk, browser):
    url, store = desk
    page = new_page(browser)
    seen = watch(page)
    alert = next(row for row in store.table("alerts").to_pylist() if row["chat_id"] == crowded.most_advertised(store))
    open_page(page, url, "chat", chat=alert["chat_id"])
    page.get_by_role("button", name=re.compile(t("todo.done"))).first.click()
    expect(page.get_by_text(re.compile("标为已完成"))).to_be_visible()
    assert [step["status"] for step in steps.taken(store.engine)] == ["done"]
    page.get_by_role("button", name=t("review.undo")).click()
    expect(page.get_by_text(re.compile("标为已完成"))).to_be_hidden()
    assert steps.taken(store.engine) == []
    assert seen == QUIET
    page.context.close()


def taken(page: Page, choice: str) -> Path:
    """The file that the page for reports makes and hands over."""
    page.get_by_role("combobox", name=t("reports.file")).click()
    page.get_by_role("option", name=choice, exact=True).click()
    settle(page)
    page.get_by_role("button", name=t("reports.make")).click()
    link = page.get_by_test_id("stDownloadButton").get_by_role("button")
    expect(link).to_be_visible()
    with page.expect_download() as handed:
        link.click()
    return handed.value.path()


def test_a_report_and_a_table_are_taken_away_and_open(desk, browser):
    url, store = desk
    page = new_page(browser)
    seen = watch(page)
    chat = next(row for row in store.chats().to_pylist() if row["chat_id"] == crowded.most_advertised(store))
    open_page(page, url, "reports", chat=chat["chat_id"])
    assert taken(page, f"{t('reports.report')} · PDF").read_bytes().startswith(b"%PDF-")
    with ZipFile(BytesIO(taken(page, f"{t('reports.members')} · XLSX").read_bytes())) as book:
        assert "xl/workbook.xml" in book.namelist()
    html = taken(page, f"{t('reports.report')} · HTML").read_text("utf-8")
    page.set_content(html)
    assert plain(chat["name"]) in page.locator("body").inner_text()
    page.context.close()
    assert seen == QUIET


def open_box(page: Page) -> None:
    """Open the box of languages below the menu; a list that opens while the side still scrolls is closed by it."""
    box = page.get_by_test_id("stSidebar").get_by_role("combobox")
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box.click()


def test_another_language_is_chosen_at_the_side_and_kept(desk, browser):
    url, _ = desk
    page = new_page(browser)
    seen = watch(page)
    open_page(page, url, "overview")
    open_box(page)
    page.get_by_role("option", name="English", exact=True).click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    open_page(page, url, "review")
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    open_box(page)
    page.get_by_role("option", name="繁體中文", exact=True).click()
    page.wait_for_function("document.documentElement.lang === 'zh-TW'")
    assert seen == QUIET
    page.context.close()


@pytest.mark.parametrize("mode", ["dark", "phone"])
@pytest.mark.parametrize("name", ["overview", "chat", "members", "review", "campaigns", "reports"])
def test_dark_and_narrow_screens_hold_the_page(name, mode, desk, browser):
    url, store = desk
    page = new_page(browser, mode)
    seen = watch(page)
    open_page(page, url, name, **({"chat": crowded.most_advertised(store)} if name in ("chat", "members") else {}))
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert seen == QUIET
    page.context.close()


def test_the_overview_counts_every_chat_and_message(desk, browser):
    url, store = desk
    page = new_page(browser)
    open_page(page, url, "overview")
    chats = store.chats().to_pylist()
    text = page.evaluate(VISIBLE_TEXT)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(number(len(chats)))
    messages, ads = (sum(row[name] for row in chats) for name in ("messages", "ads"))
    assert t("overview.whole", messages=messages, ads=ads) in text
    page.context.close()
