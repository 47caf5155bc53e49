"""Every action, page, endpoint, route and command against the tables of docs/security.md, in every role and as nobody.

The registries of the code say what there is, the document says who may: whoever adds one must write its row.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import invented
import pytest
import typer.main
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typer.testing import CliRunner

import data
from conftest import ROOT
from dashboard import api, enter, guard, languages, load, server
from dashboard.menu import PAGES
from nlp import Annotator
from nuanqun import accounts, audit, feedback, own_models, sessions, steps, verdicts
from nuanqun.access import ACTIONS, ROLES, Person
from nuanqun.cli import app as command_line
from nuanqun.errors import Forbidden
from nuanqun.store import Store
from nuanqun.watch import watch

MODULES = sorted(path.stem for path in (ROOT / "dashboard").glob("*.py") if "@act(" in path.read_text("utf-8"))
for module in MODULES:
    importlib.import_module(f"dashboard.{module}")
PASSWORD = "四个不同的字加上数字 2024"


def rows_of(title: str) -> dict[str, list[str]]:
    """First cell -> other cells of a table of the document."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8").split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    assert len({row[0] for row in cells}) == len(cells), f"{title}: a row twice"
    return {row[0]: row[1:] for row in cells[2:]}


def roles_of(row: list[str]) -> set[str]:
    """The roles that a row lets in."""
    assert set(row[:3]) <= {"yes", "-"}
    return {role for role, said in zip(("admin", "moderator", "manager"), row, strict=False) if said == "yes"}


DOCUMENTED = {f"dashboard.{name}": row for name, row in rows_of("Actions").items()}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.fixture()
def somebody(workspace, monkeypatch) -> Callable[..., None]:
    """Put somebody, or nobody, before the screen."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    return lambda role, chats=None: monkeypatch.setattr(
        guard, "known", lambda: None if role is None else Person("li", role, chats)
    )


def action(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def arguments_of(name: str, chat_id: str) -> dict[str, Any]:
    """Something for every argument, about `chat_id` where the action is about a chat."""
    given: dict[str, Any] = {key: "x" for key in inspect.signature(action(name)).parameters}
    engine = load.store().engine
    about = {
        "chat_id": lambda: chat_id,
        "rows": lambda: [{"chat_id": chat_id}],
        "step_id": lambda: steps.take(engine, chat_id, "r", date(2024, 3, 1), "done", date(2024, 3, 2), "b"),
        "verdict_ids": lambda: verdicts.decide(engine, [verdicts.Decision(chat_id, "m", "ad")], "b"),
    }
    return given | {key: make() for key, make in about.items() if key in given}


def test_every_action_has_its_row_and_every_row_its_action():
    assert set(DOCUMENTED) == set(guard.ACTS)
    for name, row in DOCUMENTED.items():
        assert roles_of(row) == set(ACTIONS[guard.ACTS[name].action]), name
        assert row[3] == ("chats" if guard.ACTS[name].of_chat else "workspace"), name


KINDS = [(role, scope) for role in ROLES for scope in ("everything", "own", "foreign", "no chat")] + [
    (None, "everything")
]


@pytest.mark.parametrize("name", sorted(guard.ACTS))
def test_every_action_in_every_role_and_scope(name, somebody, monkeypatch):
    ran: list[str] = []
    monkeypatch.setitem(guard.ACTS, name, replace(guard.ACTS[name], run=lambda **_: ran.append(name)))
    given, engine = arguments_of(name, invented.WARM), load.store().engine
    scopes = {"everything": None, "own": {invented.WARM}, "foreign": {invented.DYING}, "no chat": set()}
    for role, scope in KINDS:
        chats = None if scopes[scope] is None else frozenset(scopes[scope])
        somebody(role, chats)
        row = DOCUMENTED[name]
        may = role in roles_of(row) and (row[3] == "workspace" or scope in ("everything", "own"))
        ran.clear()
        if may:
            action(name)(**given)
            assert ran == [name], (role, scope)
            continue
        with pytest.raises(Forbidden):
            action(name)(**given)
        assert ran == [], (role, scope)
        if role is not None:
            assert audit.page(engine, 1, 1)[0]["action"] == "refused"


def test_every_page_has_its_row():
    opened_by = {page: act for act, names in PAGES.items() for page in names}
    files = {path.stem for path in (ROOT / "dashboard" / "views").glob("*.py")} - {"__init__"}
    documented = rows_of("Pages")
    assert set(documented) == set(opened_by) == files
    for page, row in documented.items():
        assert roles_of(row) == set(ACTIONS[opened_by[page]]), page


@pytest.fixture()
def client(workspace, monkeypatch) -> Iterator[TestClient]:
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    engine = load.store().engine
    if not accounts.any_account(engine):
        accounts.add(engine, "boss", PASSWORD, "admin")
    own = [*enter.routes(), *languages.routes(), *api.routes()]  # Streamlit itself can run once a process only
    app = server.LocalPage(Starlette(routes=own, middleware=server.shields()))
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def token(role: str, chats: list[str] | None) -> dict[str, str]:
    engine = api.store().engine
    name = f"{role}-{len(accounts.everyone(engine))}"
    account_id = accounts.add(engine, name, None, role, chats)
    return {"Authorization": f"Bearer {sessions.issue_token(engine, 'bi', account_id, 1)}"}


def test_every_endpoint_in_every_role_and_scope(client):
    documented = rows_of("Endpoints of the JSON API")
    assert set(documented) == {endpoint.path for endpoint in api.ENDPOINTS}
    for path, row in documented.items():
        url = api.ROOT + path.format(chat_id=invented.WARM)
        asked = {} if "{chat_id}" in path or path == "/chats" else {"chat": invented.WARM}
        assert client.get(url, params=asked).status_code == 401
        for role in ROLES:
            for chats, fits in ((None, True), ([invented.WARM], True), ([invented.DYING], False), ([], False)):
                if role == "admin" and chats is not None:
                    continue  # an admin sees every chat: nuanqun.accounts refuses another
                answer = client.get(url, params=asked, headers=token(role, chats))
                allowed = role in roles_of(row) and (fits or path == "/chats")
                assert answer.status_code == (200 if allowed else 403), (path, role, chats)
                if path == "/chats" and allowed and not fits:
                    assert {item["chat_id"] for item in answer.json()["items"]} <= set(chats or ())


def test_every_other_route_has_its_row_and_nobody_gets_no_further(client):
    documented = rows_of("Other routes")
    own = {route.path for route in (*enter.routes(), *languages.routes(), *api.routes())}
    own -= {api.ROOT + endpoint.path for endpoint in api.ENDPOINTS}
    assert own == {path for path in documented if path.startswith(("/auth", "/api"))}
    for path, (nobody, _why) in documented.items():
        answer = client.get(path.format(name="en"), headers={"accept": "*/*"})
        assert (answer.status_code != 401) == (nobody == "yes"), path
        for method in ("POST", "PUT", "DELETE"):
            answer = client.request(method, path.format(name="en"))
            assert answer.status_code >= 303, (method, path)  # a form without its token, or nothing there
            assert f"{guard.COOKIE}=" not in answer.headers.get("set-cookie", "")


def test_a_closed_account_and_an_ended_session_are_nobody(client):
    engine = load.store().engine
    account_id = accounts.add(engine, "leaver", PASSWORD, "manager")
    sid = sessions.start(engine, account_id)
    cookie = {"cookie": f"{guard.COOKIE}={sid}"}
    assert client.get("/media/x", headers=cookie).status_code != 401
    accounts.disable(engine, "leaver")
    assert client.get("/media/x", headers=cookie).status_code == 401


def commands() -> Iterator[str]:
    """Every command of `nuanqun`, "user add" for one in a group."""

    def walk(found: Any, path: str) -> Iterator[str]:
        inner = getattr(found, "commands", None)
        if inner is None:
            yield path.strip()
        for name, command in (inner or {}).items():
            yield from walk(command, f"{path} {name}")

    return walk(typer.main.get_command(command_line), "")


def test_every_command_has_its_row():
    assert set(rows_of("Commands")) == set(commands())


def test_every_command_that_is_said_to_leave_a_row_in_the_audit_leaves_one(tmp_path, monkeypatch):
    workspace, zipped = tmp_path / "w", str(tmp_path / "b.zip")
    store = invented.build(workspace)
    numbers = [own_models.save(store, "invented/1", {}, {}).number for _ in range(2)]
    own_models.use(store, numbers[0], "li")
    stray = workspace / "messages" / "stray.parquet"
    exports = tmp_path / "demo" / "chats"
    exports.mkdir(parents=True)
    (exports / "读书会.txt").write_text("2024-03-01 08:15:00 张三(20001)\n早\n", encoding="utf-8")
    Annotator().classify(["早"])  # which reads lexicons and topics beside the demo, once
    monkeypatch.setattr(data, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr("nuanqun.watch.watch", partial(watch, rounds=2, sleep=lambda _: None))
    monkeypatch.setattr(feedback, "train", lambda *_, **__: feedback.Feedback((), own_models.load(store, numbers[1])))
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    asked: dict[str, tuple[str, ...]] = {  # in this order
        "demo": ("--no-serve",),
        "import": (str(exports),),
        "analyze": (),
        "run": (str(exports), "--no-serve"),
        "watch": (str(exports),),
        "user add": ("li", "--role", "manager"),
        "user passwd": ("li",),
        "user disable": ("li",),
        "models use": (str(numbers[1]), "--later"),
        "models rollback": ("--later",),
        "train feedback": ("--later",),
        "forget": ("nobody", "--yes"),
        "backup": (zipped,),
        "restore": (zipped, "--yes"),
        "doctor": ("--verify",),
        "catalogue move": ("--to", f"sqlite:///{tmp_path / 'moved.sqlite'}"),
    }
    assert set(asked) == {name for name, (what,) in rows_of("Commands").items() if "audited" in what}
    for name, arguments in asked.items():
        if name == "doctor":
            stray.write_bytes(b"left by a process that died")
            os.utime(stray, (0, 0))
        latest = audit.page(Store(workspace).engine, 1, 1)[0]["at"]
        done = CliRunner().invoke(
            command_line, [*name.split(), *arguments, "--workspace", str(workspace)], f"{PASSWORD}\n"
        )
        row = audit.page(Store(workspace).engine, 1, 1)[0]
        assert done.exit_code == 0, (name, done.output, done.exception)
        assert row["at"] > latest and row["actor"] in ("command line", "doctor"), (name, row)
