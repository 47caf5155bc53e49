"""The tree reads as the data flow: imports run one way, files stay small, names stay ours."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from conftest import ROOT

STAGES = ["ingest", "nlp", "community", "nuanqun", "dashboard"]
ARTEFACTS = {"models", "data"}
HEAVY = {"torch", "transformers", "streamlit"}
ROOMS_WITHOUT_A_NAME = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
SOURCES = sorted(path for stage in STAGES for path in (ROOT / stage).rglob("*.py"))


def imported(path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_imports_run_one_way(stage):
    # The command line starts the dashboard, and only that one module may know it.
    later = set(STAGES[STAGES.index(stage) + 1 :])
    for path in (ROOT / stage).rglob("*.py"):
        allowed = {"dashboard"} if path.name == "cli.py" else set()
        assert not (imported(path) & later) - allowed, f"{path} imports a later stage"


@pytest.mark.parametrize("stage", ["ingest", "community", "nlp"])
def test_importing_a_stage_loads_no_heavy_library(stage):
    code = f"import sys, {stage}; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_holds_one_thing(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (150 if path.name == "pipeline.py" else 400)
    assert path.stem not in ROOMS_WITHOUT_A_NAME


def test_no_module_hides_the_standard_library_or_a_folder():
    # Streamlit puts dashboard/ first on the path, so its own files are the dangerous ones.
    taken = sys.stdlib_module_names | set(STAGES) | ARTEFACTS
    assert not [p.name for p in (ROOT / "dashboard").glob("*.py") if p.stem in taken]


def test_tests_are_no_packages():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_artefact_folders_hold_no_code():
    for name in ARTEFACTS:
        assert [path.name for path in (ROOT / name).rglob("*.py")] == ["__init__.py"]
