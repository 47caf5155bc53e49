"""What every answer says to the browser, whoever asks and whatever comes of it, and which pages may ask at all."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboard import enter, server
from dashboard.gate import Gate
from dashboard.headers import policy


async def well(_request):
    return PlainTextResponse("well")


async def broken(_request):
    raise RuntimeError("something of ours")


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("open")


@pytest.fixture()
def served(tmp_path, monkeypatch):
    """The real application, and beside it one whose routes are made to fail."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))

    def client(login: bool, base_url: str = "http://127.0.0.1") -> TestClient:
        monkeypatch.setenv("NUANQUN_NO_LOGIN", "0" if login else "1")
        own = [Route("/well", well, methods=["GET", "POST"]), Route("/broken", broken)]
        routes = [*own, *enter.routes(), WebSocketRoute("/_stcore/stream", socket)]
        app = server.LocalPage(Starlette(routes=routes, middleware=server.shields()))
        return TestClient(app, base_url, raise_server_exceptions=False, follow_redirects=False)

    return client


def directives(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["content-security-policy"].split("; ")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize(
    ("login", "path", "base_url", "status"),
    [
        (False, "/well", "http://127.0.0.1", 200),
        (False, "/nothing", "http://127.0.0.1", 404),
        (False, "/broken", "http://127.0.0.1", 500),
        (False, "/well", "http://evil.example", 400),
        (True, "/well", "http://127.0.0.1", 401),
        (True, "/auth/first", "http://127.0.0.1", 200),
        (True, "/auth/enter", "http://127.0.0.1", 303),
    ],
)
def test_every_answer_carries_the_headers(served, login, path, base_url, status):
    answer = served(login, base_url).get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert (
        answer.headers["cross-origin-opener-policy"] == answer.headers["cross-origin-resource-policy"] == "same-origin"
    )
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert "strict-transport-security" not in answer.headers
    found = directives(answer)
    assert found["default-src"] == found["form-action"] == found["frame-ancestors"] == found["base-uri"] == ["'self'"]
    assert found["object-src"] == ["'none'"] and "'unsafe-inline'" not in found["script-src"]
    hosts = {source for sources in found.values() for source in sources if "://" in source or "*" in source}
    assert hosts <= {f"{scheme}://{base_url.removeprefix('http://')}" for scheme in ("ws", "wss")}


def test_over_tls_the_browser_is_told_to_stay_there(served):
    assert "max-age" in served(False, "https://127.0.0.1").get("/well").headers["strict-transport-security"]


def test_a_host_name_cannot_write_into_the_policy():
    for host in ("x; script-src *", "x *", "'unsafe-inline'", "a\r\nb", ""):
        assert "connect-src 'self';" in policy(host)
    assert "connect-src 'self' ws://[::1]:8501 wss://[::1]:8501;" in policy("[::1]:8501")


def test_every_inline_script_of_the_page_is_named_in_its_policy(served):
    from dashboard.headers import hashes_of

    answer = served(True).get("/auth/first", headers={"accept": "text/html"})
    inline = re.findall(r"<script>.*?</script>", answer.text, re.DOTALL)
    assert inline and "nonce" not in answer.text
    for script in inline:
        assert f"'{hashes_of(script)[0]}'" in directives(answer)["script-src"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "http://127.0.0.1:9999", "null"])
def test_a_page_of_another_site_changes_nothing_and_opens_no_socket(served, origin):
    client = served(False)
    assert client.post("/well", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers={"origin": origin}):
        pass


def test_our_own_page_and_programs_without_one_pass(served):
    client = served(False)
    for headers in ({"origin": "http://127.0.0.1"}, {}):
        assert client.post("/well", headers=headers).text == "well"
        with client.websocket_connect("/_stcore/stream", headers={"host": "127.0.0.1", **headers}) as opened:
            assert opened.receive_text() == "open"


def test_the_gate_alone_refuses_foreign_pages_with_a_login_too(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    app = Starlette(routes=enter.routes(), middleware=[Middleware(Gate)])
    answer = TestClient(app).post("/auth/leave", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403 and "page of this server" in answer.text
