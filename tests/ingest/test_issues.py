"""Every reason for which something was not read has words."""

from __future__ import annotations

import ast

import pytest

from conftest import ROOT
from ingest.errors import ISSUES


def reasons() -> set[str]:
    """The keys that the stage and the import over it give to ParseIssue and warn."""
    found = set()
    for path in [*(ROOT / "ingest").rglob("*.py"), ROOT / "nuanqun" / "imports.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = {"ParseIssue": 1, "warn": 0}.get(name)
            if place is None or len(node.args) <= place:
                continue
            value = node.args[place]
            text = value.values[0] if isinstance(value, ast.JoinedStr) else value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.add(text.value.split(":")[0])
    return found


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_reason_has_words(reason):
    assert reason in ISSUES


def test_no_words_without_a_reason():
    assert set(ISSUES) - reasons() == set()
