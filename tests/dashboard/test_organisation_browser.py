"""Login through an organisation's OpenID provider in a browser: groups give roles, strangers and the closed stay out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import invented
import pytest
from browsing import chromium, new_page, server, settle
from issuer import free_port, issuer
from playwright.sync_api import Page

from dashboard.words import t, word
from nuanqun import accounts
from nuanqun.store import Store

pytestmark = pytest.mark.browser
SECRETS = """
[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "only-for-this-test-0123456789abcdef"
client_id = "nuanqun"
client_secret = "of-the-test"
server_metadata_url = "{issuer}/.well-known/openid-configuration"

[nuanqun_roles]
ops = "manager"
trust = "moderator"
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[tuple[str, Any, Store, Any]]:
    """A dashboard that knows an organisation's provider: address, provider, store, browser."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    store = invented.build(home / "workspace")
    accounts.add(store.engine, "boss", "a long enough password", "admin", first=True)
    (home / ".streamlit").mkdir()
    with issuer() as provider:
        said = SECRETS.format(url=f"http://127.0.0.1:{port}", issuer=provider.url)
        (home / ".streamlit" / "secrets.toml").write_text(said)
        with server(home / "workspace", login=True, port=port) as url, chromium() as browser:
            yield url, provider, store, browser


def visit(house: tuple[str, Any, Store, Any], **claims: Any) -> Page:
    """Log in as somebody whom the provider describes so."""
    url, provider, _, browser = house
    provider.claims = {"sub": "7", "email_verified": True, **claims}
    page = new_page(browser)
    page.goto(url)
    page.get_by_role("button", name=t("enter.organisation")).click()
    page.wait_for_url(f"{url}/**")
    settle(page)
    return page


def test_a_group_gives_its_role_and_no_more(house):
    page = visit(house, email="Li@example.org", groups=["all", "ops"])
    page.get_by_text(t("enter.who", name="li@example.org", role=word("role_of", "manager"))).wait_for()
    menu = page.get_by_test_id("stSidebarNav").inner_text()
    assert t("overview.nav") in menu and t("accounts.nav") not in menu
    page.goto(f"{house[0]}/accounts")
    settle(page)
    page.get_by_text(t("enter.refused", role=word("role_of", "manager"))).wait_for()
    assert accounts.find(house[2].engine, "li@example.org") is not None
    # Who is closed here is out at the next run, whatever the provider's cookie says.
    accounts.disable(house[2].engine, "li@example.org")
    page.goto(house[0])
    page.get_by_text(t("enter.not_ours")).wait_for()
    page.context.close()


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "guest@example.org", "groups": ["guests"]},
        {"email": "li2@example.org", "groups": ["ops"], "email_verified": False},
        {"email": "boss", "groups": ["ops"]},  # a name with a password of its own
    ],
    ids=["no group of ours", "unverified", "somebody else's name"],
)
def test_who_is_not_ours_sees_nothing(house, claims):
    page = visit(house, **claims)
    page.get_by_text(t("enter.not_ours")).wait_for()
    assert t("overview.title") not in page.inner_text("body")
    page.context.close()
