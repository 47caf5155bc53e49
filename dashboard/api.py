"""A read-only JSON API for people who have their own BI: chats, days, members, alerts, flagged messages.

`Authorization: Bearer TOKEN`; a token reads with the role and scope of its account, and everything is masked as on
screen. Fifty items a page. `/api/v1/openapi.json` describes it, made from the same table of endpoints that serves it.
Example: `curl -H "Authorization: Bearer nq_..." http://127.0.0.1:8501/api/v1/chats`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from community.tables import ALERTS, CHATS, DAYS, MEMBERS
from dashboard import Frame, flagged, guard, load
from dashboard.opened import store, without_login
from nuanqun import __version__, sessions
from nuanqun.access import NO_LOGIN, Person
from nuanqun.errors import Forbidden
from nuanqun.words import sentence

ROOT = "/api/v1"
PAGE = load.PAGE
REASONS = {"why", "risk_reasons", "influence_reasons", "participation_reasons", "social_reasons", "prescription"}
FLAGGED = pa.schema(
    [
        *(pa.field(n, pa.string(), nullable=False) for n in ("chat_id", "message_id", "sender", "text", "suggestion")),
        pa.field("sent_at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("verdict", pa.string()),
        pa.field("model_version", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: what it tells, which action allows it, the columns of an item, and how a page of them is read.

    `read(chat_id, page)` returns all rows (the API cuts the page) or, with their total, the page alone.
    """

    path: str
    about: str
    action: str
    schema: pa.Schema
    read: Callable[[str | None, int], Frame | tuple[Frame, int]]


def _flagged(chat_id: str | None, page: int) -> tuple[Frame, int]:
    found = flagged.matching(flagged.Filter(chat_id=chat_id, status="all"))
    return (flagged.page(found, page) if len(found) else pd.DataFrame(columns=FLAGGED.names)), len(found)


ENDPOINTS = (
    Endpoint("/chats", "Chats, the most urgent first", "see_health", CHATS, lambda chat_id, page: load.chats()),
    Endpoint(
        "/chats/{chat_id}/days", "One row a day of a chat", "see_health", DAYS,
        lambda chat_id, page: load.table("days", chat_id),
    ),
    Endpoint(
        "/members", "Members with roles and influence", "see_health", MEMBERS,
        lambda chat_id, page: load.table("members", chat_id),
    ),
    Endpoint("/alerts", "Warnings", "see_health", ALERTS, lambda chat_id, page: load.table("alerts", chat_id)),
    Endpoint("/flagged", "Messages that the models suggest, with verdicts", "see_review", FLAGGED, _flagged),
)  # fmt: skip


def routes() -> list[Route]:
    """One GET route an endpoint, and the description."""
    described = Route(f"{ROOT}/openapi.json", openapi, methods=["GET"])
    return [described, *(Route(ROOT + e.path, _handler(e), methods=["GET"]) for e in ENDPOINTS)]


def _handler(endpoint: Endpoint) -> Callable[[Request], Any]:
    async def handle(request: Request) -> JSONResponse:
        return await run_in_threadpool(answer, endpoint, request)

    return handle


def answer(endpoint: Endpoint, request: Request) -> JSONResponse:
    """Check the token, the role and the scope, then one page of items."""
    person = caller(request)
    if person is None:
        return refused(401, "give a valid token: Authorization: Bearer nq_...", {"WWW-Authenticate": "Bearer"})
    names = [name for name, _ in request.query_params.multi_items()]
    if odd := [name for name in names if name not in parameters_of(endpoint) or names.count(name) > 1]:
        return refused(400, f"parameter {odd[0][:20]!r} is unknown or given twice; known: {parameters_of(endpoint)}")
    asked = request.query_params.get("page", "1")
    if not asked.isdecimal() or not 0 < len(asked) < 7 or int(asked) < 1:
        return refused(400, f"page {asked[:20]!r} is not a number from 1")
    chat_id = request.path_params.get("chat_id", request.query_params.get("chat"))  # "" is no chat, not every chat
    with guard.acting_as(person):
        try:
            person.need(endpoint.action, chat_id)
            if chat_id is not None and chat_id not in store().known_chats():
                return refused(404, "there is no such chat")
            found = endpoint.read(chat_id, int(asked))
        except Forbidden:
            return refused(403, f"the account of this token may not {endpoint.action} there")
        return JSONResponse(document(found, endpoint.schema, int(asked)), headers={"Cache-Control": "no-store"})


def parameters_of(endpoint: Endpoint) -> tuple[str, ...]:
    """What may be asked; a misspelt `chat` must not give every chat."""
    return ("page",) if "{chat_id}" in endpoint.path or endpoint.path == "/chats" else ("page", "chat")


def caller(request: Request) -> Person | None:
    """Whom the token reads for; without login, the one person at this machine needs none."""
    if without_login():
        return NO_LOGIN
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return sessions.token_person(store().engine, token.strip()) if kind.lower() == "bearer" and token else None


def document(found: Frame | tuple[Frame, int], schema: pa.Schema, page: int) -> dict[str, Any]:
    """A page of items with what is needed to walk on."""
    if isinstance(found, tuple):
        rows, total = found
    else:
        rows, total = found.iloc[(page - 1) * PAGE : page * PAGE], len(found)
    items = [{name: plain_value(name, row[name]) for name in schema.names} for row in rows.to_dict("records")]
    return {"items": items, "total": total, "page": page, "pages": max(1, -(-total // PAGE))}


def plain_value(name: str, value: Any) -> Any:
    """A cell as JSON: times with offset, nothing as null, reasons as sentences."""
    if isinstance(value, np.ndarray | list | tuple):
        listed = [plain_value("", item) for item in value]
        if name == "actions":
            return {str(desk): sentence(str(reason)) for desk, reason in value}
        if name == "role_scores":
            return {str(role): plain_value("", score) for role, score in value}
        return [sentence(str(item)) for item in listed] if name in REASONS else listed
    if value is None or value is pd.NaT or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as JSON."""
    return JSONResponse({"error": message}, status, headers)


# --- OpenAPI


async def openapi(_request: Request) -> JSONResponse:
    """The description; it holds no data, so it needs no token."""
    return JSONResponse(described())


def described() -> dict[str, Any]:
    """OpenAPI 3.1 of the endpoints above."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nuanqun", "version": __version__, "description": __doc__},
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {
            "name": "page",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": 999_999, "default": 1},
        }
    ]
    if "{chat_id}" in endpoint.path:
        parameters.append({"name": "chat_id", "in": "path", "required": True, "schema": {"type": "string"}})
    elif "chat" in parameters_of(endpoint):
        parameters.append({"name": "chat", "in": "query", "description": "chat_id", "schema": {"type": "string"}})
    numbers = {name: {"type": "integer"} for name in ("total", "page", "pages")}
    item = {"type": "object", "properties": {f.name: _type(f.name, f.type) for f in endpoint.schema}}
    body = {"type": "object", "properties": {"items": {"type": "array", "items": item}, **numbers}}
    said = {
        "400": "a page that is none, or an unknown parameter",
        "401": "no valid token",
        "403": "not allowed",
        "404": "no such chat",
    }
    return {
        "summary": endpoint.about,
        "parameters": parameters,
        "responses": {
            "200": {"description": endpoint.about, "content": {"application/json": {"schema": body}}},
            **{status: {"description": text} for status, text in said.items()},
        },
    }


def _type(name: str, kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_map(kind):
        value = "string" if name == "actions" else "number"
        return {"type": "object", "additionalProperties": {"type": value}}
    if pa.types.is_list(kind):
        return {"type": "array", "items": _type("", kind.value_type)}
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return {"type": ["string", "null"], "format": "date" if pa.types.is_date(kind) else "date-time"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_integer(kind):
        return {"type": ["integer", "null"]}
    return {"type": ["number", "null"] if pa.types.is_floating(kind) else ["string", "null"]}
