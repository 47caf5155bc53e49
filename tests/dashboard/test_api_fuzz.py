"""The JSON API against its own description: Schemathesis makes up requests, none may crash it or get what is not described."""

from __future__ import annotations

import importlib
from pathlib import Path

import hypothesis
import invented
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette

from dashboard import api, server
from nuanqun import accounts, sessions

schemathesis = pytest.importorskip("schemathesis")
negative_data_rejection = importlib.import_module("schemathesis.specs.openapi.checks").negative_data_rejection


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.fixture(autouse=True)
def token(workspace, monkeypatch) -> str:
    """The secret of an admin in a workspace with accounts."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    engine = api.store().engine
    account_id = accounts.add(engine, f"boss{len(accounts.everyone(engine))}", None, "admin")
    return sessions.issue_token(engine, "bi", account_id, 1)


SLOW = [hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow]
SCHEMA = schemathesis.openapi.from_asgi(f"{api.ROOT}/openapi.json", server.LocalPage(Starlette(routes=api.routes())))


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_no_request_crashes_the_api_or_gets_what_is_not_described(case, token):
    # What is wrong only in the header that we put right, or in a list that leaves no trace, is not wrong.
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=[negative_data_rejection])


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=10, deadline=None, suppress_health_check=SLOW)
def test_without_a_token_no_request_is_answered(case):
    answer = case.call(headers={"Authorization": "Bearer nq_forged"})
    assert answer.status_code in (401, 404, 405) and "items" not in answer.text
