"""The admin's way through the real dashboard in Chromium: first run, colleagues, wrong passwords, closed doors."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import crowded
import pytest
from browsing import chromium, new_page, open_page, server, settle, watch
from playwright.sync_api import Browser, Page, expect

from dashboard.words import t
from nuanqun import accounts, regroup
from nuanqun.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.journey]

PASSWORD = "四个不同的字加上数字 2024"
expect.set_options(timeout=40_000)  # machines are shared; how long it takes proves nothing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def log_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.wait_for_url("**/auth/enter")
    page.get_by_label(t("enter.name")).fill(name)
    page.get_by_label(t("enter.password")).fill(password)
    page.get_by_role("button", name=t("enter.go")).click()


def test_from_the_first_visit_to_a_colleague_who_sees_only_their_desk(browser, tmp_path):
    workspace = tmp_path / "workspace"
    crowded.build(workspace)
    with server(workspace, login=True) as url:
        boss = new_page(browser)
        seen = watch(boss)
        first_admin(boss, url)
        add_moderator(boss, url)
        moderator = new_page(browser, "phone")
        log_in(moderator, url, "小林", "not the password")
        expect(moderator.get_by_text(t("enter.wrong"))).to_be_visible()
        log_in(moderator, url, "小林")
        moderator.wait_for_url("**/review*")
        settle(moderator)
        for name in ("accounts", "upload", "members"):  # typed by hand
            open_page(moderator, url, name)
            expect(moderator.get_by_text(t("enter.refused_title"))).to_be_visible()
        closed_while_at_work(moderator, url, workspace)
        boss.get_by_role("button", name=t("enter.leave_go")).click()
        boss.wait_for_url("**/auth/leave")
        boss.get_by_role("button", name=t("enter.leave_go")).click()
        boss.wait_for_url("**/auth/enter")
        assert seen == {"strayed": [], "errors": [], "dialogs": []}


def first_admin(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_url("**/auth/first")
    page.get_by_label(t("enter.name"), exact=True).fill("老板")
    page.get_by_label(t("enter.password"), exact=True).fill(PASSWORD)
    page.get_by_label(t("enter.again_password")).fill(PASSWORD)
    page.get_by_role("button", name=t("enter.first_go")).click()
    expect(page.get_by_role("heading", name=t("overview.title"))).to_be_visible()
    names = {cookie.get("name"): cookie.get("httpOnly") for cookie in page.context.cookies()}
    assert names["nuanqun"] is True
    assert set(names) <= {"nuanqun", "_streamlit_xsrf"}


def add_moderator(page: Page, url: str) -> None:
    open_page(page, url, "accounts")
    form = page.get_by_test_id("stForm").first
    form.get_by_label(t("accounts.name"), exact=True).fill("小林")
    form.get_by_label(t("accounts.password"), exact=True).fill(PASSWORD)
    form.get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name=t("role_of.moderator")).click()
    form.get_by_role("button", name=t("accounts.add_go")).click()
    expect(page.get_by_text(t("accounts.added", name="小林"))).to_be_visible()


def closed_while_at_work(page: Page, url: str, workspace: Path) -> None:
    """A tab that is open does nothing any more once its account is closed, and leads back to the login."""
    open_page(page, url, "review")
    store = Store(workspace)
    accounts.disable(store.engine, "小林")
    page.keyboard.press("a")
    page.wait_for_url("**/auth/enter")
    assert store.verdicts().num_rows == 0


SEND_AGAIN = """([url, frame]) => new Promise((done, fail) => {
  const socket = new WebSocket(url, ["streamlit"]);
  let idle;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(Uint8Array.from(atob(frame), (c) => c.charCodeAt(0)));
  socket.onmessage = () => { clearTimeout(idle); idle = setTimeout(() => { socket.close(); done(); }, 4000); };
  socket.onerror = fail;
})"""
"""Send what another browser sent over a socket of one's own; done once the server says nothing more."""


def test_what_an_admin_pressed_does_nothing_when_a_moderator_sends_it_again(browser, tmp_path):
    store = crowded.build(tmp_path / "workspace")
    chat_id = crowded.most_advertised(store)
    for name, role in (("老板", "admin"), ("小林", "moderator")):
        accounts.add(store.engine, name, PASSWORD, role)
    with server(store.workspace, login=True) as url:
        boss, moderator = new_page(browser), new_page(browser)
        log_in(boss, url, "老板")
        log_in(moderator, url, "小林")
        settle(moderator)
        sent: list[bytes | str] = []
        boss.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
        open_page(boss, url, "chats", chat=chat_id)
        sent.clear()
        boss.get_by_role("button", name=t("chats.archive"), exact=True).click()
        expect(boss.get_by_role("button", name=t("chats.unarchive"), exact=True)).to_be_visible()
        assert isinstance(sent[0], bytes)
        click, socket = base64.b64encode(sent[0]).decode(), url.replace("http", "ws") + "/_stcore/stream"
        assert regroup.archived(store) == {chat_id}
        for page, wanted in ((boss, {chat_id}), (moderator, set())):
            regroup.archive(store, chat_id, False)
            page.evaluate(SEND_AGAIN, [socket, click])
            assert regroup.archived(store) == wanted


def test_a_file_is_looked_into_imported_in_the_background_and_stands_on_the_overview(browser, tmp_path):
    lines = [f"2024-03-{1 + n // 9:02} 0{n % 9}:15:00 张{n % 4}(2000{n % 4})\n第 {n} 句闲话\n" for n in range(200)]
    store = crowded.build(tmp_path / "workspace") if crowded.SIZE else Store(tmp_path / "workspace")
    with server(store.workspace) as url:
        page = new_page(browser)
        seen = watch(page)
        open_page(page, url, "upload")
        page.locator("input[type=file]").set_input_files(
            {"name": "夜读.txt", "mimeType": "text/plain", "buffer": "\n".join(lines).encode()}
        )
        page.get_by_text("夜读.txt").wait_for()
        page.get_by_role("button", name=t("upload.look"), exact=True).click()
        expect(page.get_by_text("其中 200 条是新的")).to_be_visible()
        expect(page.locator(".nq-line").first).to_contain_text("第 0 句闲话")
        page.get_by_role("button", name=t("upload.start"), exact=True).click()
        expect(page.get_by_role("progressbar").first).to_be_visible()
        expect(page.get_by_text("完成：1 个群，新增 200 条记录。")).to_be_visible(timeout=400_000)
        page.get_by_role("link", name=t("upload.to_overview")).click()
        page.wait_for_url(f"{url}/")
        settle(page)
        messages, ads = (sum(chat[name] for chat in store.chats().to_pylist()) for name in ("messages", "ads"))
        assert len(store.chats()) == 1 + (crowded.SIZE[0] if crowded.SIZE else 0)
        expect(page.get_by_text(t("overview.whole", messages=messages, ads=ads))).to_be_visible()
        assert seen == {"strayed": [], "errors": [], "dialogs": []}
    assert list((tmp_path / "workspace" / "inbox").iterdir()) == []
