"""Time the straight line on simulated chats and print one JSON.

`python benchmarks/pipeline.py --messages 200000 [--chats 100] [--repeats 0.3]` -> messages/s per stage, peak RSS of
this process and its workers together, share of repeated texts. Compare stages within one run; absolute numbers
depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pyarrow.compute as pc

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else benchmarks/community.py hides the stage

from ingest.message import MESSAGES  # noqa: E402
from nuanqun import __version__  # noqa: E402
from nuanqun.parts import read_parts  # noqa: E402
from nuanqun.pipeline import RunReport, run  # noqa: E402
from nuanqun.settings import load_settings  # noqa: E402
from nuanqun.simulate.bulk import bulk, write_bulk  # noqa: E402
from nuanqun.store import Store  # noqa: E402


def main() -> None:
    """Simulate, run, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--repeats", type=float, default=0.3, help="share of messages that repeat an earlier text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exports, workspace = Path(folder, "exports"), Path(folder, "workspace")
        simulated = bulk(options.messages, chats=options.chats, repeats=options.repeats, seed=options.seed)
        exports.mkdir()
        list(write_bulk(simulated, exports))
        del simulated
        with peak_memory() as peak:
            report = run([exports], workspace=workspace, settings=load_settings(workspace))
        print(json.dumps(measure(report, Store(workspace), exports) | {"peak_rss_mb": peak[0]}, ensure_ascii=False))


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Yield a list whose one value is, at the end, the highest sum of RSS of this process and its children, in MB."""
    process, peak, done = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            total = 0
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    total += one.memory_info().rss
            peak[0] = max(peak[0], round(total / 2**20))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def measure(report: RunReport, store: Store, exports: Path) -> dict[str, object]:
    """Rates per stage in messages/s of wall time and the share of repeated texts."""
    messages = report.counts["new"]
    texts = read_parts(store.workspace, store.parts("messages"), MESSAGES, ["text"])["text"]
    return {
        "nuanqun": __version__,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "messages": messages,
        "chats": len(report.chats),
        "export_mb": round(sum(path.stat().st_size for path in exports.rglob("*")) / 1e6, 1),
        "seconds": report.seconds | {"total": round(sum(report.seconds.values()), 2)},
        "messages_per_second": {stage: round(messages / max(s, 1e-3)) for stage, s in report.seconds.items()},
        "duplicates_share": round(1 - pc.count_distinct(texts).as_py() / len(texts), 3),
    }


if __name__ == "__main__":
    main()
