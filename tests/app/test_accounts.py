"""Accounts, sessions and tokens: what opens, what no longer does, and what the catalogue gives away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from typer.testing import CliRunner

from nuanqun import accounts, sessions
from nuanqun import catalogue as cat
from nuanqun.access import ACTIONS, ROLES, Person
from nuanqun.cli import app
from nuanqun.errors import AccountError, Forbidden
from nuanqun.store import Store

PASSWORD = "四个不同的字加上数字 2024"


@pytest.fixture()
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Store(tmp_path / "w").engine


def test_the_right_password_opens_and_names_are_compared_as_they_look(engine):
    accounts.add(engine, " Ｌi ", PASSWORD, "moderator", ["c1"])
    found = accounts.right_password(engine, "LI", PASSWORD)
    assert found and found.person == Person("li", "moderator", frozenset({"c1"}))
    assert accounts.right_password(engine, "li", PASSWORD + "x") is None
    assert accounts.right_password(engine, "nobody", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "password", "role", "reason"),
    [
        ("", PASSWORD, "admin", "name"),
        ("a\u202eb", PASSWORD, "admin", "name"),
        ("x" * 81, PASSWORD, "admin", "name"),
        ("li", "short", "admin", "password_length"),
        ("li", "x" * 201, "admin", "password_length"),
        ("li", "aaaaaaaaaaaaaa", "admin", "password_weak"),
        ("zhangsan", "ZhangSan-2024", "admin", "password_weak"),
        ("li", PASSWORD, "root", "role"),
    ],
)
def test_what_will_not_do_is_refused_with_its_reason(engine, name, password, role, reason):
    with pytest.raises(AccountError) as error:
        accounts.add(engine, name, password, role)
    assert error.value.reason == reason
    assert not accounts.any_account(engine)


def test_there_is_one_first_and_no_name_twice(engine):
    accounts.add(engine, "li", PASSWORD, "admin", first=True)
    for name, first, reason in (("wang", True, "not_first"), ("LI", False, "taken")):
        with pytest.raises(AccountError) as error:
            accounts.add(engine, name, PASSWORD, "admin", first=first)
        assert error.value.reason == reason


def test_the_last_admin_can_neither_be_closed_nor_lowered(engine):
    accounts.add(engine, "li", PASSWORD, "admin")
    for change in (lambda: accounts.disable(engine, "li"), lambda: accounts.set_role(engine, "li", "manager", None)):
        with pytest.raises(AccountError) as error:
            change()
        assert error.value.reason == "last_admin"
    accounts.add(engine, "wang", PASSWORD, "admin")
    accounts.disable(engine, "li")
    assert accounts.right_password(engine, "li", PASSWORD) is None


def test_the_catalogue_holds_no_password_no_session_and_no_token(engine):
    account_id = accounts.add(engine, "li", PASSWORD, "admin")
    sid, token = sessions.start(engine, account_id), sessions.issue_token(engine, "bi", account_id, None)
    with engine.connect() as connection:
        stored = "".join(
            str(row) for table in cat.metadata.sorted_tables for row in connection.execute(sa.select(table))
        )
    assert "argon2id" in stored
    assert not any(secret in stored for secret in (PASSWORD, sid, token))


def test_a_session_ends_by_time_idleness_leaving_password_and_closing(engine):
    account_id = accounts.add(engine, "li", PASSWORD, "manager")
    accounts.add(engine, "boss", PASSWORD, "admin")
    now = datetime.now(UTC)

    sid = sessions.start(engine, account_id)
    assert sessions.person_of(engine, sid) == Person("li", "manager")
    assert sessions.person_of(engine, sid, now + sessions.IDLE + timedelta(seconds=5)) is None
    for minutes in range(0, 12 * 60, 60):  # somebody who never rests
        assert sessions.person_of(engine, sid, now + timedelta(minutes=minutes)) is not None
    assert sessions.person_of(engine, sid, now + sessions.LONGEST + timedelta(seconds=5)) is None

    endings = (
        lambda s: sessions.end(engine, s),
        lambda s: accounts.set_password(engine, "li", PASSWORD + "!"),
        lambda s: sessions.end_all_of(engine, "li"),
        lambda s: sessions.start(engine, account_id, replaced=s),
        lambda s: accounts.disable(engine, "li"),
    )
    for ending in endings:
        sid = sessions.start(engine, account_id)
        assert sessions.person_of(engine, sid) is not None
        ending(sid)
        assert sessions.person_of(engine, sid) is None


def test_a_change_of_role_counts_at_once(engine):
    sid = sessions.start(engine, accounts.add(engine, "li", PASSWORD, "manager"))
    accounts.set_role(engine, "li", "moderator", ["c2"])
    assert sessions.person_of(engine, sid) == Person("li", "moderator", frozenset({"c2"}))


@pytest.mark.parametrize("forged", [None, "", "x", "' OR 1=1 --", "\ud800", "0" * 10_000])
def test_a_forged_session_id_is_nobody(engine, forged):
    sessions.start(engine, accounts.add(engine, "li", PASSWORD, "admin"))
    assert sessions.person_of(engine, forged) is None


def test_failures_are_counted_per_pair_and_per_address_and_forgiven_by_the_right_password(engine):
    for _ in range(sessions.MOST_PER_PAIR):
        assert sessions.claim_try(engine, "li", "10.0.0.1") == 0
    assert 0 < sessions.claim_try(engine, "li", "10.0.0.1") <= 15 * 60 + 1
    assert sessions.claim_try(engine, "li", "10.0.0.2") == 0  # a stranger does not lock the owner out
    assert sessions.claim_try(engine, "wang", "10.0.0.1") == 0
    sessions.forgive(engine, "li", "10.0.0.1")
    assert sessions.claim_try(engine, "li", "10.0.0.1") == 0
    for number in range(sessions.MOST_PER_ADDRESS):
        assert sessions.claim_try(engine, f"guess{number}", "10.0.0.3") == 0
    assert sessions.claim_try(engine, "fresh", "10.0.0.3") > 0


def test_a_right_password_takes_back_its_own_try_and_no_other_of_the_address(engine):
    for _ in range(3 * sessions.MOST_PER_ADDRESS):  # somebody who logs in often is never made to wait
        assert sessions.claim_try(engine, "li", "10.0.0.1") == 0
        sessions.forgive(engine, "li", "10.0.0.1")
    for number in range(sessions.MOST_PER_ADDRESS - 1):
        sessions.claim_try(engine, f"guess{number}", "10.0.0.1")
    sessions.claim_try(engine, "li", "10.0.0.1")
    sessions.forgive(engine, "li", "10.0.0.1")
    assert sessions.claim_try(engine, "one more", "10.0.0.1") == 0
    assert sessions.claim_try(engine, "and another", "10.0.0.1") > 0


def test_many_tries_at_once_are_no_way_around_the_count(engine):
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: sessions.claim_try(engine, "li", "10.0.0.1"), range(32)))
    assert waits.count(0) == sessions.MOST_PER_PAIR


def test_a_token_reads_for_its_account_until_it_is_revoked_expired_or_the_account_closed(engine):
    accounts.add(engine, "boss", PASSWORD, "admin")
    account_id = accounts.add(engine, "li", None, "manager", ["c1"])
    token = sessions.issue_token(engine, "bi", account_id, 30)
    assert sessions.token_person(engine, token) == Person("li", "manager", frozenset({"c1"}))
    assert sessions.token_person(engine, token + "x") is None
    sessions.revoke_token(engine, sessions.tokens(engine)[0]["id"])
    assert sessions.token_person(engine, token) is None
    assert sessions.token_person(engine, sessions.issue_token(engine, "old", account_id, -1)) is None
    last = sessions.issue_token(engine, "bi", account_id, None)
    accounts.disable(engine, "li")
    assert sessions.token_person(engine, last) is None


def test_every_action_has_roles_that_exist_and_the_admin_may_everything():
    for action, roles in ACTIONS.items():
        assert set(roles) <= set(ROLES)
        assert Person("a", "admin").may(action)
    with pytest.raises(Forbidden):
        Person("b", "moderator", frozenset({"c1"})).need("decide", "c2")
    with pytest.raises(KeyError):
        Person("a", "admin").may("fly")


def test_the_command_line_adds_lists_and_closes_accounts(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    run, at = CliRunner().invoke, ["--workspace", str(tmp_path / "w")]
    assert run(app, ["user", "add", "boss", "--role", "admin", *at], input=f"{PASSWORD}\n").exit_code == 0
    assert run(app, ["user", "add", "li", "--role", "moderator", *at], input=f"{PASSWORD}\n").exit_code == 0
    assert isinstance(run(app, ["user", "add", "li", *at], input=f"{PASSWORD}\n").exception, AccountError)
    assert run(app, ["user", "add", "wu", "--chat", "nosuch", *at], input=f"{PASSWORD}\n").exit_code == 2
    assert run(app, ["user", "passwd", "li", *at], input="a brand new one 77\n").exit_code == 0
    engine = Store(tmp_path / "w").engine
    assert accounts.right_password(engine, "li", "a brand new one 77")
    assert run(app, ["user", "disable", "li", *at]).exit_code == 0
    listed = run(app, ["user", "list", *at]).stdout
    assert "boss" in listed and "li" in listed and "(disabled)" in listed and PASSWORD not in listed
