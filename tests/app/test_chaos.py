"""A short `make chaos`: ten kills, one fault of every other kind, and two imports, an analysis and ten readers at once."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import ROOT


def test_nothing_is_lost_or_doubled_whatever_happens():
    command = [sys.executable, str(ROOT / "tests" / "chaos.py"), "--n", "10", "--faults", "1"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[-1] == "16 passed, 0 failed"
