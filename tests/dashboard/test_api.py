"""The JSON API: what it gives, to whom, and that its description is true."""

from __future__ import annotations

from collections.abc import Iterator

import invented
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard import api
from dashboard.gate import Gate
from nuanqun import accounts, sessions
from nuanqun.access import ACTIONS, ROLES

PATHS = ("/chats", f"/chats/{invented.WARM}/days", "/members", "/alerts", "/flagged")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.fixture()
def client(workspace, monkeypatch) -> Iterator[TestClient]:
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    with TestClient(Starlette(routes=api.routes(), middleware=[Middleware(Gate)])) as opened:
        yield opened


def token(role: str, chats: list[str] | None = None) -> dict[str, str]:
    engine = api.store().engine
    name = f"{role}-{len(accounts.everyone(engine))}"
    secret = sessions.issue_token(engine, "bi", accounts.add(engine, name, None, role, chats), 1)
    return {"Authorization": f"Bearer {secret}"}


def get(client, path: str, headers: dict[str, str] | None = None, **query):
    return client.get(api.ROOT + path, headers=headers or {}, params=query)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nq_forged", "Basic bmFtZTpwYXNz"])
def test_without_a_valid_token_nothing_is_given(client, path, header):
    answer = get(client, path, {} if header is None else {"Authorization": header})
    assert answer.status_code == 401 and answer.json().keys() == {"error"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PATHS)
def test_every_endpoint_in_every_role(client, path, role):
    action = "see_review" if path == "/flagged" else "see_health"
    answer = get(client, path, token(role))
    assert answer.status_code == (200 if role in ACTIONS[action] else 403)
    assert ("items" in answer.json()) == (role in ACTIONS[action])


def test_a_scoped_token_sees_its_chats_only(client):
    mine = token("manager", [invented.DYING])
    assert [chat["chat_id"] for chat in get(client, "/chats", mine).json()["items"]] == [invented.DYING]
    assert {member["chat_id"] for member in get(client, "/members", mine).json()["items"]} == {invented.DYING}
    for path, query in ((f"/chats/{invented.WARM}/days", {}), ("/members", {"chat": invented.WARM})):
        assert get(client, path, mine, **query).status_code == 403
    flagged = token("moderator", [invented.WARM])
    assert get(client, "/flagged", flagged).json() == {"items": [], "total": 0, "page": 1, "pages": 1}


def test_pages_walk_through_everything_once(client):
    admin, seen = token("admin"), []
    first = get(client, f"/chats/{invented.WARM}/days", admin).json()
    for page in range(1, first["pages"] + 1):
        seen += [day["day"] for day in get(client, f"/chats/{invented.WARM}/days", admin, page=page).json()["items"]]
    assert len(seen) == len(set(seen)) == first["total"] > api.PAGE
    assert get(client, "/alerts", admin, page=99).json()["items"] == []
    for wrong in ("0", "-1", "x", "1e3", "9" * 30):
        assert get(client, "/alerts", admin, page=wrong).status_code == 400
    assert get(client, "/members", admin, chat="no-such-chat").status_code == 404
    for path in (
        "/members?chat_id=x",
        "/members?chat=a&chat=b",
        f"/chats?chat={invented.WARM}",
        "/alerts?page=1&page=2",
    ):
        assert client.get(api.ROOT + path, headers=admin).status_code == 400  # never everything for a misspelt question
    assert client.get(api.ROOT + "/members?chat=", headers=admin).status_code == 404


def test_texts_are_masked_and_reasons_are_sentences(client):
    admin = token("admin")
    flagged = get(client, "/flagged", admin)
    assert "13800138000" not in flagged.text and flagged.headers["cache-control"] == "no-store"
    assert flagged.json()["items"][0]["suggestion"] in ("ad", "abuse")
    alert = get(client, "/alerts", admin).json()["items"][0]
    assert alert["why"] and not any(text.startswith("[") for text in alert["why"])
    assert set(alert["actions"]) <= {"admin", "moderator", "manager"}


def test_the_description_names_what_is_served(client):
    described = client.get(f"{api.ROOT}/openapi.json").json()
    assert set(described["paths"]) == {endpoint.path for endpoint in api.ENDPOINTS}
    admin = token("admin")
    for endpoint in api.ENDPOINTS:
        body = described["paths"][endpoint.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        item = get(client, endpoint.path.format(chat_id=invented.WARM), admin).json()["items"][0]
        assert set(item) == set(body["properties"]["items"]["items"]["properties"])


def test_nothing_can_be_written_through_it(client):
    admin = token("admin")
    for path in PATHS:
        for method in ("post", "put", "patch", "delete"):
            assert client.request(method, api.ROOT + path, headers=admin).status_code == 405


def test_a_stopped_token_gives_nothing_any_more(client):
    admin = token("admin")
    assert get(client, "/chats", admin).status_code == 200
    sessions.revoke_token(api.store().engine, sessions.tokens(api.store().engine)[0]["id"])
    assert get(client, "/chats", admin).status_code == 401


def test_one_person_without_login_needs_no_token(client, monkeypatch):
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "1")
    assert get(client, "/chats").status_code == 200
