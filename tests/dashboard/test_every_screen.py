"""Every page in every language and every mode: nothing foreign, nothing broken, nothing cut, nobody else asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import crowded
import invented
import pytest
from browsing import VISIBLE_TEXT, chromium, english, new_page, open_page, server, watch
from playwright.sync_api import Browser, ConsoleMessage, Page

from conftest import ROOT
from dashboard import guard, menu
from dashboard.words import COOKIE
from ingest.formats import formats
from nuanqun import accounts, sessions
from nuanqun.access import ACTIONS, ROLES
from nuanqun.language import HTML, LANGUAGES
from nuanqun.store import Store

pytestmark = pytest.mark.browser

PAGES = sorted(path.stem for path in (ROOT / "dashboard" / "views").glob("*.py"))
LOOKS = {"zh": "light", "zh-TW": "dark", "en": "phone"}
"""Every language once, every mode once."""
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ALLOWED = {
    "Asia", "Shanghai", "Shift", "Telegram", "WhatsApp", "Discord", "English", "Webhook", "Slack", "Excel", "Parquet",
    "home", "exports", "https", "openapi", "json", "nuanqun",
}  # fmt: skip
"""Names of places, products, keys and paths that have no Chinese form."""
SILENT_CHARTS = """[...document.querySelectorAll("[data-testid=stEChartsChart]")].filter(
  (chart) => chart.querySelector("canvas, svg") && ![chart, ...chart.querySelectorAll("[aria-label]")].some((node) => node.getAttribute("aria-label"))
).length"""
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
STREAMLITS_OWN = {
    "aria-allowed-attr", "aria-required-children", "list", "listitem", "nested-interactive", "presentation-role-conflict",
    "scrollable-region-focusable", "svg-img-alt", "aria-prohibited-attr", "aria-hidden-focus", "empty-table-header",
}  # fmt: skip
"""Rules that Streamlit's own widgets break; docs/adr/0025 says which widget breaks which."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def invented_chats(tmp_path_factory) -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and everything that members, chats and formats brought along."""
    workspace = tmp_path_factory.mktemp("home") / "workspace"
    store = invented.build(workspace)
    with server(workspace) as url:
        yield url, brought(store)


def brought(store: Store) -> list[str]:
    """Words that are not ours: names, texts, formats, versions; the longest first."""
    said = [row["name"] for row in store.table("members").to_pylist()] + store.chats()["name"].to_pylist()
    said += [f.title for f in formats().values()] + [str(receipt["encoding"]) for receipt in store.receipts()]
    for chat_id in store.known_chats():
        said += store.messages(chat_id, ["text"])["text"].to_pylist()
    return sorted({*said, *LANGUAGES.values()}, key=len, reverse=True)


def foreign(text: str, language: str, said: list[str]) -> set[str]:
    """What does not belong on a screen of this language."""
    if language != "en":
        return english(text) - ALLOWED - english("\n".join(said))
    for words in said:
        text = text.replace(words, " ")
    return {found for found in CHINESE.findall(text) if not any(found in words for words in said)}


def complains(line: ConsoleMessage) -> bool:
    """Whether the console tells of an error; Streamlit looks for its server below the page's own path first."""
    return line.type == "error" and "_stcore" not in line.location["url"]


def tab(browser: Browser, url: str, language: str) -> tuple[Page, dict[str, list[str]]]:
    page = new_page(browser, LOOKS[language])
    page.context.add_cookies([{"name": COOKIE, "value": language, "url": url}])
    seen = watch(page)
    page.on("console", lambda line: seen["errors"].append(line.text) if complains(line) else None)
    return page, seen


@pytest.mark.parametrize(
    "language", ["en"]
)  # test_browser opens the Chinese screens; the traditional ones are a conversion that test_language checks
def test_every_page_speaks_its_language_fits_and_shuts_nobody_out(language, invented_chats, browser):
    url, said = invented_chats
    page, seen = tab(browser, url, language)
    wrong: dict[str, object] = {}
    for name in PAGES:
        open_page(page, url, name)
        if strange := foreign(page.evaluate(VISIBLE_TEXT), language, said):
            wrong[f"{name}: foreign"] = strange
        if page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:  # type: ignore[index]
            wrong[f"{name}: wide"] = page.evaluate("document.documentElement.scrollWidth")
        if page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
            wrong[f"{name}: error"] = page.locator("[data-testid=stAlertContentError]").all_inner_texts()
        if silent := page.evaluate(SILENT_CHARTS):
            wrong[f"{name}: charts without words"] = silent
        wrong |= {f"{name}: {rule}": where for rule, where in barriers(page).items()}
    assert page.evaluate("document.documentElement.lang") == HTML[language]
    assert wrong == {}
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()


def barriers(page: Page) -> dict[str, list[str]]:
    """What axe-core finds on this page, by rule; nothing where it is not installed (`make browser` does with npm)."""
    if not AXE.exists():
        return {}
    page.evaluate(AXE.read_text("utf-8"))
    found = json.loads(page.evaluate("axe.run(document).then((r) => JSON.stringify(r.violations))"))
    kept = [rule for rule in found if rule["id"] not in STREAMLITS_OWN]
    return {rule["id"]: [node["html"][:160] for node in rule["nodes"][:2]] for rule in kept}


MODES = ("light", "dark", "phone")
MENU = {
    role: [name for action, names in menu.PAGES.items() if role in ACTIONS[action] for name in names] for role in ROLES
}


@pytest.fixture(scope="module")
def desks(tmp_path_factory) -> Iterator[tuple[str, dict[str, str]]]:
    """A server that asks for a login, and a session of each role."""
    store = crowded.build(tmp_path_factory.mktemp("home") / "workspace")
    ids = {role: accounts.add(store.engine, role, "not to be guessed 7", role) for role in ROLES}
    with server(store.workspace, login=True) as url:
        yield url, {role: sessions.start(store.engine, number) for role, number in ids.items()}


def some(names: list[str], mode: str) -> list[str]:
    """Every page in one look; in every look with NUANQUN_CROWD, for which there is more time."""
    return names if crowded.SIZE else names[MODES.index(mode) :: len(MODES)]


@pytest.mark.journey
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", ROLES)
def test_no_role_meets_a_barrier_in_light_dark_or_on_a_phone(role, mode, desks, browser):
    url, cookies = desks
    page = new_page(browser, mode)
    page.context.add_cookies([{"name": guard.COOKIE, "value": cookies[role], "url": url}])
    seen, wrong = watch(page), {}
    for name in some(MENU[role], mode):
        open_page(page, url, name)
        if page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
            wrong[f"{name}: error"] = page.locator("[data-testid=stAlertContentError]").all_inner_texts()
        if page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:  # type: ignore[index]
            wrong[f"{name}: wide"] = page.evaluate("document.documentElement.scrollWidth")
        wrong |= {f"{name}: {rule}": where for rule, where in barriers(page).items()}
    assert wrong == {}
    assert seen == {"strayed": [], "errors": [], "dialogs": []}
    page.context.close()
