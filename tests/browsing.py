"""The real dashboard in a real browser: start the server on a workspace, open pages, wait until they are drawn.

As a script it takes the pictures of docs/screenshots: `python tests/browsing.py WORKSPACE [CHAT]`. With a folder as
well, `WORKSPACE CHAT FOLDER`, every page in every look lies there afterwards, to be looked through.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from chromium import ADVICE, find_chromium

ROOT = Path(__file__).resolve().parent.parent
COOKIE = "nuanqun_language"
PAGES = ("overview", "chat", "members", "review", "campaigns", "senders", "quality", "upload")
EVERY = tuple(sorted(path.stem for path in (ROOT / "dashboard" / "views").glob("*.py")))
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"
WIDTHS = {"phone": 390}
"""Pixels across, where a look is not as wide as a desk's screen."""
TONGUES = {"en": "en", "hant": "zh-TW"}
"""Language of the looks that are not simplified Chinese."""
LOOKS = ("light", "dark", "phone", *TONGUES)

VISIBLE_TEXT = """() => {
  const skip = ".nq-messages, [data-testid=stIconMaterial], script, style, noscript";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent && !parent.closest(skip) && parent.checkVisibility()) texts.push(node.data);
  }
  for (const node of document.querySelectorAll("input, textarea")) texts.push(node.placeholder);
  return texts.join("\\n");
}"""


@contextmanager
def server(workspace: Path, *, login: bool = False, port: int = 0) -> Iterator[str]:
    """Serve `workspace` on this port or a free one, with accounts or without, and yield the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard.server", "--workspace", str(workspace), "--port", str(port)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*command, "--no-browser", "--login" if login else "--no-login"], cwd=workspace.parent, env=environment
    )
    try:
        yield _wait(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen) -> str:
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(f"the dashboard ended with code {process.returncode} before it served a page")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return url
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the dashboard did not answer within a minute")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; raises RuntimeError saying what to install when there is none."""
    path = find_chromium()
    if not path:
        raise RuntimeError(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, mode: str = "light") -> Page:
    """A tab in one of LOOKS: light or dark colours, of phone width, in another language."""
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if mode == "dark" else "light",
        viewport={"width": WIDTHS.get(mode, 1280), "height": 900},
    )
    if mode in TONGUES:
        cookie = {"name": COOKIE, "value": TONGUES[mode], "domain": "127.0.0.1", "path": "/"}
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def watch(page: Page) -> dict[str, list[str]]:
    """Collect what must not happen: requests to other hosts, scripts of the page that fail, dialogs."""
    seen: dict[str, list[str]] = {"strayed": [], "errors": [], "dialogs": []}
    local = re.compile(r"^(https?|wss?)://127\.0\.0\.1[:/]|^(data|blob|about):")

    def note(dialog: Dialog) -> None:
        seen["dialogs"].append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: None if local.match(request.url) else seen["strayed"].append(request.url))
    page.on("pageerror", lambda error: seen["errors"].append(str(error)))
    page.on("dialog", note)
    return seen


def open_page(page: Page, url: str, name: str, **query: str) -> None:
    """Go to one page of the dashboard and wait until it is drawn whole."""
    path = "" if name == "overview" else name
    page.goto(f"{url}/{path}" + (f"?{urlencode(query)}" if query else ""))
    settle(page)


def settle(page: Page) -> None:
    """Wait until the script has ended and what it sent is on screen."""
    page.wait_for_selector("h1")
    page.wait_for_selector(DRAWN)
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0")
    page.wait_for_timeout(800)


def english(text: str) -> set[str]:
    """Latin words of four letters and more."""
    return set(re.findall(r"[A-Za-z]{4,}", text))


def picture(page: Page, path: Path, tallest: int) -> None:
    """A picture of the whole page, at most `tallest` pixels high, smaller than 300 kB."""
    width = (page.viewport_size or {"width": 1280})["width"]
    height = page.evaluate("(document.querySelector('[data-testid=stMain]') ?? document.body).scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height) + 10, tallest)})
    page.wait_for_timeout(2_000)
    page.screenshot(path=path)
    with Image.open(path) as full:
        full.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)
    page.set_viewport_size({"width": width, "height": 900})


def judge(workspace: Path) -> None:
    """What two moderators decided in a week, unless somebody did already: pages about decisions show some."""
    os.environ |= {"NUANQUN_WORKSPACE": str(workspace), "NUANQUN_NO_LOGIN": "1"}
    from dashboard.flagged import Filter, matching
    from nuanqun import verdicts
    from nuanqun.store import Store

    engine = Store(workspace).engine
    if verdicts.standing(engine).num_rows:
        return
    for number, row in enumerate(matching(Filter(kind="ad", order="sure")).head(180).to_dict("records")):
        label = "fine" if number % 45 == 44 else "ad"
        facts = {
            "suggestion_label": "ad",
            "suggestion_score": float(row["score"]),
            "model_version": row["model_version"],
        }
        one = verdicts.Decision(row["chat_id"], row["message_id"], label, kind=row["ads_kind"], **facts)
        verdicts.decide(engine, [one], ("小林", "阿青")[number % 2])
        if number % 3 == 0 or label == "fine":
            second = verdicts.Decision(row["chat_id"], row["message_id"], "unsure" if number % 60 == 0 else label)
            verdicts.decide(engine, [second], ("阿青", "小林")[number % 2], reading=2)


def main(workspace: Path, chat: str = "", folder: str = "") -> None:
    """Take every picture of docs/screenshots from `workspace`, or every page in every look into `folder`."""
    judge(workspace)
    place = Path(folder) if folder else ROOT / "docs" / "screenshots"
    some = {"light": EVERY, "dark": ("chat", "review"), "phone": ("overview", "chat")}
    looks = dict.fromkeys(LOOKS, EVERY) if folder else some
    with server(workspace) as url, chromium() as browser:
        for mode, pages in looks.items():
            page = new_page(browser, mode)
            for name in pages:
                open_page(page, url, name, **({"chat": chat} if chat and name in ("chat", "members") else {}))
                picture(page, place / f"{name}{'' if mode == 'light' else '-' + mode}.png", 4_400)
    with server(workspace, login=True) as url, chromium() as browser:
        page = new_page(browser)
        page.goto(f"{url}/auth/first")
        picture(page, place / "login.png", 900)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:4])
