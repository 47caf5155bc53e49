"""Fuzz the readers by coverage: Atheris keeps the mutations that reach new code and goes on from there.

`python tests/fuzz_guided.py --seconds 300 [--seed 1]` starts from the demo exports (and the shared samples when present); an
input that fails is kept under build/fuzz. Prints one JSON and `N passed, M failed`. Needs `pip install "nuanqun[fuzz]"`;
where there is no wheel for this machine, tests/fuzz.py does without.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz import corpus

from conftest import ROOT

KEPT = ROOT / "build" / "fuzz"
LARGEST = 20_000
"""Bytes of an input: small ones are mutated often."""
SLOW = 20
"""Seconds after which an input counts as a hang."""


def seeds(folder: Path) -> list[str]:
    """Write the beginnings of every export at hand; the names by which an input is read, one a first byte."""
    names = sorted({Path(name).name for name, _ in corpus()})[:256]
    for number, (name, data) in enumerate(corpus()):
        which = names.index(Path(name).name) if Path(name).name in names else 0
        (folder / f"{number:04}").write_bytes(bytes([which]) + data[:LARGEST])
    return names


def fuzz(folder: str, names: list[str], options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # pyright: ignore[reportMissingModuleSource]

    with atheris.instrument_imports(include=["ingest"]):
        from fuzz import outcome

    def one(data: bytes) -> None:
        if not data:
            return
        path = Path(folder, names[data[0] % len(names)])
        path.write_bytes(data[1:])
        outcome(path)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def main() -> int:
    """Run the fuzzer in a process of its own, which it ends by itself; exit code 1 when an input failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        start, work = Path(folder, "seeds"), Path(folder, "work")
        start.mkdir()
        work.mkdir()
        names = seeds(start)
        limits = [
            f"-max_total_time={chosen.seconds}",
            f"-seed={chosen.seed}",
            f"-max_len={LARGEST}",
            f"-timeout={SLOW}",
        ]
        options = [*limits, f"-artifact_prefix={KEPT}/", "-rss_limit_mb=2048", str(start)]
        code = f"import fuzz_guided; fuzz_guided.fuzz({str(work)!r}, {names!r}, {options!r})"
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
    runs = [int(number) for number in re.findall(r"(?:Done |#)(\d+)", done.stderr)] or [0]
    if "No module named 'atheris'" in done.stderr:
        sys.stderr.write('atheris is not installed: pip install "nuanqun[fuzz]"; tests/fuzz.py does without\n')
        return 2
    failed = int(done.returncode != 0)
    if failed:
        sys.stderr.write(done.stderr[-3000:])
    print(json.dumps({"runs": max(runs), "seconds": chosen.seconds, "seed": chosen.seed, "seeds": len(names)}))
    print(f"{max(runs) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
