"""The server's own pages: first admin, log in, leave. Plain forms without scripts, outside Streamlit.

The forms carry a token that belongs to a cookie of the same browser, and a foreign Origin is refused. A session id
is only ever made by us and only after a right password. Example: `routes()` for `st.App`.
"""

from __future__ import annotations

import hmac
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.guard import COOKIE
from dashboard.opened import store
from dashboard.words import t
from nuanqun import accounts, audit, sessions
from nuanqun.errors import AccountError
from nuanqun.language import HTML, language

FORM_COOKIE = "nuanqun_form"
_KEY = secrets.token_bytes(32)  # of this process: a form that outlives a restart is asked for again
_LONGEST_FORM = 10_000  # bytes
_LOOPBACK = ("127.0.0.1", "::1", "testclient")

setup_code = secrets.token_hex(4)
"""Asked of the first admin when the server is reached from elsewhere; printed where the server was started."""


def routes() -> list[Route]:
    """GET and POST of the three pages."""
    return [
        Route("/auth/enter", enter, methods=["GET", "POST"]),
        Route("/auth/first", first, methods=["GET", "POST"]),
        Route("/auth/leave", leave, methods=["GET", "POST"]),
    ]


async def enter(request: Request) -> Response:
    """Log in: a right password begins a fresh session, a wrong one is counted."""
    if not await run_in_threadpool(accounts.any_account, store().engine):
        return RedirectResponse("first", 303)
    if request.method == "GET":
        return page(request, "enter")
    form = await checked_form(request)
    if form is None:
        return page(request, "enter", error=t("enter.stale"), status=403)
    name, password = field(form, "name"), field(form, "password")
    return await run_in_threadpool(_try_to_enter, request, name, password)


def _try_to_enter(request: Request, name: str, password: str) -> Response:
    engine, address = store().engine, address_of(request)
    wait = sessions.claim_try(engine, accounts.normal(name), address)
    if wait:
        answer = page(request, "enter", error=t("enter.wait", minutes=-(-wait // 60)), status=429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    account = accounts.right_password(engine, name, password)
    if account is None:
        audit.write(engine, "?", "login_failed", detail={"address": address})
        return page(request, "enter", error=t("enter.wrong"), status=401, name=name)
    sessions.forgive(engine, accounts.normal(name), address)
    audit.write(engine, account.name, "login", detail={"address": address})
    return begin(request, account.id)


async def first(request: Request) -> Response:
    """Create the first admin; there is only one first."""
    if await run_in_threadpool(accounts.any_account, store().engine):
        return RedirectResponse("enter", 303)
    if request.method == "GET":
        return page(request, "first")
    form = await checked_form(request)
    if form is None:
        return page(request, "first", error=t("enter.stale"), status=403)
    if needs_code(request) and not hmac.compare_digest(field(form, "code"), setup_code):
        return page(request, "first", error=t("enter.wrong_code"), status=401, name=field(form, "name"))
    if field(form, "password") != field(form, "again"):
        return page(request, "first", error=t("enter.not_equal"), status=400, name=field(form, "name"))
    return await run_in_threadpool(_make_first, request, field(form, "name"), field(form, "password"))


def _make_first(request: Request, name: str, password: str) -> Response:
    engine = store().engine
    try:
        account_id = accounts.add(engine, name, password, "admin", first=True)
    except AccountError as error:
        return page(request, "first", error=t(f"account.{error.reason}"), status=400, name=name)
    audit.write(engine, accounts.normal(name), "first_admin", detail={"address": address_of(request)})
    return begin(request, account_id)


async def leave(request: Request) -> Response:
    """End the session; GET asks, so that no link elsewhere can log anybody out."""
    if request.method == "GET":
        return page(request, "leave")
    if await checked_form(request) is None:
        return page(request, "leave", error=t("enter.stale"), status=403)
    await run_in_threadpool(sessions.end, store().engine, request.cookies.get(COOKIE))
    answer = RedirectResponse("enter", 303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer


def begin(request: Request, account_id: int) -> Response:
    """A session under an id that nobody could have planted, and the way to the dashboard."""
    sid = sessions.start(store().engine, account_id, request.cookies.get(COOKIE))
    answer = RedirectResponse("../", 303)
    answer.set_cookie(
        COOKIE, sid, max_age=int(sessions.LONGEST.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    answer.delete_cookie(FORM_COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def page(request: Request, which: str, *, error: str = "", status: int = 200, **values: str) -> HTMLResponse:
    """One of the forms, with the token that its POST must bring back."""
    seed = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    shown = {"error": error, "token": token_of(seed), "code": needs_code(request), "shortest": accounts.SHORTEST}
    body = (
        _templates()
        .get_template(f"{which}.html")
        .render(t=t, html_language=HTML[language()], name=values.get("name", ""), **shown)
    )
    answer = HTMLResponse(body, status)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(FORM_COOKIE, seed, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return answer


async def checked_form(request: Request) -> FormData | None:
    """The form, if it is ours: short, from this site, with the token of this browser."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return None
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _LONGEST_FORM:
        return None
    form = await request.form(max_files=0, max_fields=10)
    seed = request.cookies.get(FORM_COOKIE, "")
    return form if seed and hmac.compare_digest(field(form, "token"), token_of(seed)) else None


def field(form: FormData, name: str) -> str:
    """A text field; what is missing or a file is empty."""
    value = form.get(name)
    return value if isinstance(value, str) and value.isprintable() else ""


def token_of(seed: str) -> str:
    """The token that belongs to a form cookie."""
    return hmac.new(_KEY, seed.encode("utf-8", "replace"), sha256).hexdigest()


def needs_code(request: Request) -> bool:
    """Whether this visitor must prove that they see the server's terminal: everybody who is not at this machine."""
    return address_of(request) not in _LOOPBACK or "x-forwarded-for" in request.headers


def address_of(request: Request) -> str:
    """The visitor's address, as far as the proxy is trusted by uvicorn."""
    return request.client.host if request.client else "?"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).with_name("forms")), autoescape=True)
