"""The way in: first admin, login, leaving; and what does not open it: forged cookies, foreign forms, guessing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard import enter, server
from dashboard.gate import Gate
from dashboard.guard import COOKIE, role_of
from dashboard.words import t
from nuanqun import accounts, audit, sessions
from nuanqun.errors import Forbidden
from nuanqun.store import Store

PASSWORD = "四个不同的字加上数字 2024"


async def secret(_request):
    return PlainTextResponse("everything about the chats")


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("everything about the chats")


@pytest.fixture()
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    return Store(tmp_path / "w").engine


@pytest.fixture()
def client(engine) -> Iterator[TestClient]:
    paths = ("/", "/review", "/media/x", "/_stcore/upload_file/x", "/_stcore/health", "/api/v1/chats")
    routes = [*enter.routes(), *(Route(path, secret, methods=["GET", "PUT"]) for path in paths)]
    app = Starlette(routes=[*routes, WebSocketRoute("/_stcore/stream", socket)], middleware=[Middleware(Gate)])
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def token(client: TestClient, path: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', client.get(path).text)
    assert found
    return found[1]


def send(client: TestClient, path: str, **fields: str):
    return client.post(path, data={"token": token(client, path), **fields})


def log_in(client: TestClient, name: str = "boss", password: str = PASSWORD):
    return send(client, "/auth/enter", name=name, password=password)


@pytest.fixture()
def boss(engine) -> int:
    return accounts.add(engine, "boss", PASSWORD, "admin")


def test_the_first_visitor_becomes_the_admin_and_the_second_does_not(client, engine):
    assert client.get("/auth/enter").headers["location"] == "first"
    answer = send(client, "/auth/first", name="boss", password=PASSWORD, again=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "../")
    assert client.get("/").text == "everything about the chats"
    late = TestClient(client.app, follow_redirects=False)
    assert late.get("/auth/first").headers["location"] == "enter"
    assert [(a.name, a.role) for a in accounts.everyone(engine)] == [("boss", "admin")]
    assert [row["action"] for row in audit.page(engine, 1)] == ["first_admin"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": PASSWORD, "again": "another one 123"}, "enter.not_equal"),
        ({"password": "short", "again": "short"}, "account.password_length"),
        ({"password": "boss-boss-1234", "again": "boss-boss-1234"}, "account.password_weak"),
    ],
)
def test_the_first_form_says_what_is_wrong(client, engine, fields, said):
    answer = send(client, "/auth/first", name="boss", **fields)
    assert answer.status_code == 400 and t(said) in answer.text
    assert fields["password"] not in answer.text
    assert not accounts.any_account(engine)


def test_from_another_machine_the_first_admin_shows_the_code_of_the_terminal(client, engine):
    far = TestClient(client.app, follow_redirects=False, client=("192.0.2.7", 1234))
    assert t("enter.code") in far.get("/auth/first").text
    wrong = send(far, "/auth/first", name="eve", password=PASSWORD, again=PASSWORD, code="00000000x")
    assert wrong.status_code == 401 and not accounts.any_account(engine)
    right = send(far, "/auth/first", name="boss", password=PASSWORD, again=PASSWORD, code=enter.setup_code)
    assert right.status_code == 303


def test_a_proxy_in_front_is_no_way_around_the_code(client):
    page = client.get("/auth/first", headers={"x-forwarded-for": "192.0.2.7"})
    assert t("enter.code") in page.text


def test_login_sets_a_cookie_that_no_script_reads_and_no_other_site_sends(client, boss):
    cookie = next(c for c in log_in(client).headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "Path=/" in cookie
    assert "Secure" not in cookie
    safe = TestClient(client.app, base_url="https://testserver", follow_redirects=False)
    assert "Secure" in next(c for c in log_in(safe).headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))


def test_wrong_password_and_unknown_name_get_the_same_answer(client, boss):
    answers = [log_in(client, password="not this one 1"), log_in(client, name="nobody")]
    assert [a.status_code for a in answers] == [401, 401]
    assert all(t("enter.wrong") in a.text and COOKIE not in a.cookies for a in answers)
    assert client.get("/", headers={"accept": "text/html"}).status_code == 303


def test_guessing_is_stopped_and_even_the_right_password_must_wait(client, boss):
    for _ in range(sessions.MOST_PER_PAIR):
        assert log_in(client, password="not this one 1").status_code == 401
    answer = log_in(client)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("path", ["/", "/review", "/media/x", "/_stcore/upload_file/x"])
@pytest.mark.parametrize("cookie", [None, "", "forged", "0" * 43, '"; DROP TABLE session; --'])
def test_without_a_session_nothing_is_served(client, boss, path, cookie):
    headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}"}
    assert client.get(path, headers={**headers, "accept": "text/html"}).headers.get("location") == "/auth/enter"
    for answer in (client.get(path, headers=headers), client.put(path, headers=headers, content=b"x")):
        assert answer.status_code == 401 and "chats" not in answer.text


def test_the_socket_of_the_pages_is_shut_too(client, boss):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    log_in(client)
    with client.websocket_connect("/_stcore/stream") as open_socket:
        assert open_socket.receive_text() == "everything about the chats"


def test_a_session_id_from_elsewhere_is_never_taken_over(client, boss, engine):
    planted = sessions.start(engine, accounts.add(engine, "eve", PASSWORD + "e", "manager"))
    client.cookies.set(COOKIE, planted)
    log_in(client)
    fresh = client.cookies.get(COOKIE, path="/", domain="testserver.local") or client.cookies.get(COOKIE)
    assert fresh != planted
    assert sessions.person_of(engine, planted) is None  # what the attacker still holds is worth nothing
    client.cookies.clear()
    client.cookies.set(COOKIE, "chosen-by-the-attacker")
    log_in(client)
    assert sessions.person_of(engine, "chosen-by-the-attacker") is None


def test_a_form_without_its_token_or_from_another_site_does_nothing(client, boss, engine):
    good = token(client, "/auth/enter")
    fields = {"name": "boss", "password": PASSWORD}
    other = TestClient(client.app, follow_redirects=False)  # a browser that never saw the form
    tries = [
        client.post("/auth/enter", data=fields),
        client.post("/auth/enter", data={**fields, "token": "0" * 64}),
        other.post("/auth/enter", data={**fields, "token": good}),
        client.post("/auth/enter", data={**fields, "token": good}, headers={"origin": "https://evil.example"}),
        client.post("/auth/enter", data={**fields, "token": good, "pad": "x" * 20_000}),
    ]
    assert [answer.status_code for answer in tries] == [403] * len(tries)
    assert sessions.live(engine) == []
    log_in(client)
    assert client.post("/auth/leave", data={}).status_code == 403
    assert len(sessions.live(engine)) == 1


def test_leaving_asks_first_and_then_ends_the_session(client, boss, engine):
    log_in(client)
    assert t("enter.leave_about") in client.get("/auth/leave").text
    assert len(sessions.live(engine)) == 1  # a link alone logs nobody out
    assert send(client, "/auth/leave").status_code == 303
    assert sessions.live(engine) == []
    assert client.get("/").status_code == 401


def test_a_closed_account_is_out_at_once(client, boss, engine):
    accounts.add(engine, "li", PASSWORD, "manager")
    log_in(client, "li")
    assert client.get("/").status_code == 200
    accounts.disable(engine, "li")
    assert client.get("/").status_code == 401
    assert log_in(client, "li").status_code == 401


def test_a_hostile_name_is_inert_in_the_form(client, boss):
    answer = log_in(client, name='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_health_answers_anybody(client, boss):
    assert client.get("/_stcore/health").status_code == 200


def test_without_login_only_this_machine_is_served(tmp_path):
    with pytest.raises(Forbidden, match="only this machine"):
        server.serve(tmp_path / "w", host="0.0.0.0", login=False)


def test_without_login_another_sites_name_for_this_machine_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    shields = server.shields()
    app = Starlette(routes=[Route("/", secret)], middleware=shields)
    assert TestClient(app, base_url="http://127.0.0.1").get("/").status_code == 200
    assert TestClient(app, base_url="http://evil.example").get("/").status_code == 400


def test_groups_of_the_organisation_give_the_strongest_role():
    roles = {"ops": "manager", "it": "admin", "odd": "root"}
    assert role_of(["ops", "it"], roles) == "admin"
    assert role_of(["ops", "guests"], roles) == "manager"
    assert role_of(["odd", "guests"], roles) is None
    assert role_of(None, roles) is None
