"""Which language a browser gets: its own choice in a cookie, else traditional Chinese where it asks, else Chinese.

The choice is a route of the server, so that the page is made anew in the new language: `<html lang>`, Streamlit's own
words and ours. Example: GET /auth/language/en leads back to the page one came from.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from dashboard.leap import leap
from dashboard.words import COOKIE, language, t
from nuanqun.language import DEFAULT, LANGUAGES, closest

_YEAR = 365 * 24 * 3600  # seconds


def routes() -> list[Route]:
    """The one route."""
    return [Route("/auth/language/{name}", choose, methods=["GET"])]


async def choose(request: Request) -> Response:
    """Keep the choice and go back; only to a page of this server, and only in a language that there is."""
    came = urlsplit(request.headers.get("referer", ""))
    path = came.path if came.netloc == request.headers.get("host") and came.path.startswith("/") else "/"
    answer = RedirectResponse("/" + path.lstrip("/\\") + (f"?{came.query}" if came.query and path != "/" else ""), 303)
    if request.path_params["name"] in LANGUAGES:
        answer.set_cookie(COOKIE, request.path_params["name"], max_age=_YEAR, path="/", samesite="lax", httponly=True)
    return answer


def of_scope(scope: Scope) -> str:
    """The language of a request."""
    headers = Headers(scope=scope)
    chosen = cookie_parser("; ".join(headers.getlist("cookie"))).get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    asked = headers.get("accept-language", "").split(",")[0].split(";")[0]
    return "zh-TW" if closest(asked) == "zh-TW" else DEFAULT


def switch() -> None:
    """The box in the sidebar; another language makes the page anew."""
    now = language()
    chosen = st.selectbox(
        t("pick.language"), list(LANGUAGES), index=list(LANGUAGES).index(now), key=f"language_{now}",
        format_func=lambda name: LANGUAGES[name], help=t("pick.language_help"),
    )  # fmt: skip
    if chosen != now:
        leap(f"/auth/language/{chosen}")
