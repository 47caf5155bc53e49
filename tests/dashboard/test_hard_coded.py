"""Words on screen come from the catalogues: no Chinese stands in the code that shows it."""

from __future__ import annotations

import ast
import re

import pytest

from conftest import ROOT

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")
FOLDERS = ("dashboard", "nuanqun")
OURS = {
    "nuanqun/language.py": "how languages call themselves, and quotation marks",
    "nuanqun/figures.py": "a colon that Streamlit reads as no directive",
    "nuanqun/downloads.py": "full-width signs that a spreadsheet takes for a formula",
    "nuanqun/cli.py": "the name of the program in its help",
    "nuanqun/channels/email.py": "a full-width semicolon between addresses",
}
"""Files that handle Chinese characters as data, and why."""
TITLES = ("nuanqun/channels/", "nuanqun/simulate/")
"""Titles of services in their own language, and chats that are invented in Chinese."""
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if not path.relative_to(ROOT).as_posix().startswith(TITLES)
)


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the strings that stand alone as a statement."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OURS])
def test_no_chinese_in_the_code(name):
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    silent = docstrings(tree)
    said = [
        f"{name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in silent and CHINESE.search(node.value)
    ]  # fmt: skip
    assert said == []
