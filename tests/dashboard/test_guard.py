"""The lock behind the buttons: every page in every role, scope by chat, and the trail; actions are in test_privileges."""

from __future__ import annotations

import ast
from pathlib import Path

import invented
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from dashboard import flagged, guard, load, words
from dashboard.menu import PAGES
from nuanqun import audit
from nuanqun.access import ACTIONS, ROLES, Person
from nuanqun.errors import Forbidden

WRITERS = {
    "accounts": {"add", "set_password", "set_role", "disable", "enable"},
    "sessions": {"end_all_of", "issue_token", "revoke_token"},
    "verdicts": {"decide", "undo", "add_remark"},
    "steps": {"take", "undo"},
    "store()": {"write", "add_run"},
    "house": {"save", "set_policy", "set_role", "unite", "separate"},
    "regroup": {"rename", "archive", "set_zone", "merge", "split", "erase_chat"},
    "erase": {"forget_member", "forget_before"},
    "jobs": {"submit", "cancel"},
    "own_models": {"use", "rollback"},
}
"""Functions that change the workspace: nothing in dashboard/ may call them but an @act."""
BEFORE_A_PERSON_IS_KNOWN = {"enter.py"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.fixture()
def as_(workspace, monkeypatch):
    """Put somebody before the screen."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    return lambda role, chats=None: monkeypatch.setattr(guard, "known", lambda: Person("li", role, chats))


def test_nobody_gets_no_further_than_the_login(workspace, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
    assert words.t("enter.ended") in [warning.value for warning in app.warning]
    assert not app.dataframe and not app.metric


def pages() -> list[tuple[str, str]]:
    return [(page, action) for action, names in PAGES.items() for page in names]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("page", "action"), pages())
def test_every_page_in_every_role(page, action, role, as_):
    as_(role)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
    app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    refused = words.t("enter.refused_title") in [title.value for title in app.title]
    if page == "overview" and role not in ACTIONS[action]:  # the root leads everybody to their own first page
        assert not refused and words.t("overview.title") not in [title.value for title in app.title]
    else:
        assert refused == (role not in ACTIONS[action])


def test_a_scoped_account_sees_its_chats_only(as_):
    as_("admin", frozenset({invented.WARM}))
    assert load.chats()["chat_id"].tolist() == [invented.WARM]
    assert set(load.table("members")["chat_id"]) == {invented.WARM}
    assert set(load.chat_names()) == {invented.WARM}
    assert flagged.matching(flagged.Filter()).empty
    for ask in (
        lambda: load.table("members", invented.DYING),
        lambda: load.hours(invented.DYING, "Asia/Shanghai"),
        lambda: load.by_ids(invented.DYING, (f"{invented.DYING}-1",)),
        lambda: load.around(invented.DYING, f"{invented.DYING}-1"),
        lambda: flagged.matching(flagged.Filter(chat_id=invented.DYING)),
    ):
        with pytest.raises(Forbidden):
            ask()
    as_("admin")
    assert len(load.chats()) == 2 and len(flagged.matching(flagged.Filter()))  # what the other asked is not remembered


def test_what_was_done_stands_in_the_audit_without_secrets(as_):
    as_("admin")
    from dashboard import people

    people.add_account("fresh", "not to be kept 1", "manager", [invented.WARM])
    row = audit.page(load.store().engine, 1, 1)[0]
    assert (row["actor"], row["action"]) == ("li", "add_account")
    assert row["detail"] == {"name": "fresh", "role": "manager", "chats": [invented.WARM]}


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").rglob("*.py")), ids=lambda path: path.name)
def test_nothing_is_written_outside_an_action(path):
    if path.name in BEFORE_A_PERSON_IS_KNOWN:
        return
    tree = ast.parse(path.read_text("utf-8"))
    guarded_lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("act(" in ast.unparse(d) for d in node.decorator_list):
            guarded_lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            if node.func.attr in WRITERS.get(owner, set()) and (path.name, node.func.attr) != ("guard.py", "add"):
                if (path.name, node.func.attr) == ("incoming.py", "submit") and node.lineno not in guarded_lines:
                    continue  # queue_analysis, which only acts call
                assert node.lineno in guarded_lines, f"{path.name}:{node.lineno} writes without a guard"
