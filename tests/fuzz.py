"""Fuzz the readers: mutated and cut exports must end in chats or in a named refusal, never in a traceback or a hang.

`python tests/fuzz.py --n 20000 [--seed 1] [--runs]` mutates the demo exports and, when present, the shared sample collection;
inputs that fail are kept under build/fuzz. Prints one JSON and `N passed, M failed`.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT, SHARED
from ingest.errors import IngestError
from ingest.find import Rejection, find_sources
from ingest.formats import formats
from ingest.message import check_messages
from ingest.reading import read_export

LIMIT_SECONDS = 10
MAX_BYTES = 300_000
JUNK = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n\n\n",
    b'"',
    b"{",
    b"]",
    b"\x1b[31m",
    "\u202e".encode(),
    b"9" * 400,
]
LONG_RUN = 7
"""The wound that finds patterns which take quadratic time."""
RUNS = [bytes([c]) for c in b" \t\n:([<-@\"'/.,0a"]


def corpus() -> list[tuple[str, bytes]]:
    """(file name, bytes) of every single-file export at hand."""
    found = []
    for folder in (ROOT / "data" / "demo", SHARED / "samples"):
        for path in sorted(folder.rglob("*")) if folder.exists() else []:
            if path.is_file() and path.name not in ("truth.json", "expected.json", "SOURCES.md", "README.md"):
                found.append((path.name, path.read_bytes()[:MAX_BYTES]))
    return found


def mutate(data: bytes, other: bytes, dice: random.Random, only: int | None = None) -> bytes:
    """One to four random wounds, or all of one sort."""
    for _ in range(dice.randint(1, 4)):
        a, b = sorted((dice.randrange(len(data) + 1), dice.randrange(len(data) + 1)))
        b = min(b, a + dice.choice((1, 8, 200, 5000)))
        c = dice.randrange(len(other) + 1)
        wound = dice.randrange(9) if only is None else only
        if wound == 0:
            data = data[:a]
        elif wound == 1:
            data = data[:a] + data[b:]
        elif wound == 2:
            data = data[:b] + data[a:b] * dice.randint(1, 3) + data[b:]
        elif wound == 3:
            data = data[:a] + dice.choice(JUNK) * dice.randint(1, 5) + data[a:]
        elif wound == 4:
            data = data[:a] + dice.randbytes(b - a) + data[b:]
        elif wound == 5:
            data = data[:a] + other[c : c + 3000] + data[b:]
        elif wound == 6:
            data = data.replace(b"\r\n", b"\n") if dice.random() < 0.5 else data.replace(b"\n", b"\r")
        elif wound == LONG_RUN:
            data = data[:a] + dice.choice(RUNS) * 60_000 + data[a:]  # what makes a careless pattern quadratic
        else:
            data = data[a:]
    return data


@contextmanager
def time_limit():
    """Raise TimeoutError after LIMIT_SECONDS of work; what other processes of the machine do does not count."""

    def stop(_signal, _frame):
        raise TimeoutError(f"longer than {LIMIT_SECONDS} s")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def outcome(path: Path) -> str:
    """'chats' or 'refused'; anything else is an exception."""
    chats = 0
    for source in find_sources([path]):
        if isinstance(source, Rejection):
            assert source.reason
            continue
        try:
            reading = read_export(source)
            for batch in reading:
                check_messages(batch)
            chats += len(reading.receipts)
            json.dumps([receipt.to_json() for receipt in reading.receipts.values()])
        except IngestError as error:
            assert error.reason
    return "chats" if chats else "refused"


def main() -> int:
    """Run n inputs; exit code 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", action="store_true", help="long runs of one character only")
    options = parser.parse_args()
    dice, files, seen, slowest = random.Random(options.seed), corpus(), Counter(), 0.0
    kept = ROOT / "build" / "fuzz"
    formats()  # loading them is no part of the first run
    for number in range(options.n):
        name, data = dice.choice(files)
        wounded = mutate(data, dice.choice(files)[1], dice, LONG_RUN if options.runs else None)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(wounded)
            start = time.process_time()
            try:
                with time_limit():
                    seen[outcome(path)] += 1
            except Exception as error:
                seen["failed"] += 1
                kept.mkdir(parents=True, exist_ok=True)
                (kept / f"{number}-{name}").write_bytes(wounded)
                last = traceback.extract_tb(error.__traceback__)[-1]
                sys.stderr.write(
                    f"{number} {name}: {type(error).__name__} {error} at {last.name}:{last.lineno}\n"[:400]
                )
            slowest = max(slowest, time.process_time() - start)
    print(json.dumps({"n": options.n, "seed": options.seed, "slowest_seconds": round(slowest, 2), **seen}))
    print(f"{options.n - seen['failed']} passed, {seen['failed']} failed")
    return 1 if seen["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
