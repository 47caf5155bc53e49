"""The gate: without a session nothing of the dashboard leaves the server, neither pages nor its socket nor files.

Pages lead to the login, everything else is refused. With an organisation's login configured, Streamlit itself must
greet strangers, so the gate lets its shell and socket through and `dashboard.guard` stops them there; files stay shut.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.guard import COOKIE, ENTER, organisation
from dashboard.opened import store, without_login
from nuanqun import sessions

OPEN = ("/auth/", "/api/", "/oauth2callback", "/static/", "/_stcore/health", "/favicon")
"""What answers anybody: the login itself, the API with its own tokens, files of the Streamlit package, health."""
FILES = ("/media/", "/_stcore/upload_file/")
READING = ("GET", "HEAD", "OPTIONS")
_ORGANISATION_COOKIE = "_streamlit_user"


class Gate:
    """ASGI middleware, made once Streamlit has read its own configuration."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.organisation = organisation()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through who may pass, and nothing that a page of another site asks for."""
        if is_foreign(scope):
            await _refuse(scope, receive, send)
        elif scope["type"] not in ("http", "websocket") or await self._passes(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await _refuse(scope, receive, send)
        elif scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            await RedirectResponse(f"/{ENTER}", 303)(scope, receive, send)
        else:
            await PlainTextResponse("log in first", 401)(scope, receive, send)

    async def _passes(self, scope: Scope) -> bool:
        path, cookies = scope["path"], cookies_of(scope)
        if without_login() or path.startswith(OPEN):
            return True
        if self.organisation and (not path.startswith(FILES) or signed(cookies.get(_ORGANISATION_COOKIE, ""))):
            return True
        return await run_in_threadpool(sessions.person_of, store().engine, cookies.get(COOKIE)) is not None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "log in first"})
    else:
        await PlainTextResponse("this does not come from a page of this server", 403)(scope, receive, send)


def is_foreign(scope: Scope) -> bool:
    """Whether a page of another site opens a socket or changes something here; its browser says so by `Origin`.

    Streamlit alone would let any page of localhost in, and cookies go to every port of a host.
    """
    if scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in READING):
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    return False


def cookies_of(scope: Scope) -> dict[str, str]:
    """Cookies of a request or of a socket's first request."""
    return cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))


def signed(value: str) -> bool:
    """Whether Streamlit itself signed this cookie after an organisation's login."""
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    return bool(value) and decode_signed_value(get_cookie_secret(), _ORGANISATION_COOKIE, value) is not None
