"""Shared fixtures: where the optional sample collection lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("NUANQUN_SHARED", ROOT.parent / "shared"))
"""Sample exports and data that are not part of the project; tests that use them collect nothing when absent."""

# Several engineers and CI share slow machines: how long an example takes proves nothing.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def one_person_at_this_machine(monkeypatch):
    """Pages are tested without accounts; the tests of accounts ask for a login themselves."""
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "1")
