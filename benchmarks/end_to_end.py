"""Time the straight line from export files to a ready dashboard at growing sizes, and print one JSON.

`python benchmarks/end_to_end.py [--sizes 100000,300000] [--quality balanced] [--chats 100] [--repeats 0.3]` -> per size
seconds, processor seconds, messages/s, share of the whole and peak memory in MB (RSS summed over all processes, and
PSS, which counts what they share once) of every stage, and one more day of one chat brought in on top. Every size runs
in a process of its own, and what simulates it has ended before. `exponent` is the slope of log time over log messages:
1 = linear, below it what does not grow still counts. Beside other work only processor seconds mean something.
`--one-chat 1000000` instead brings one more day into a single chat of that size, then works out the same chat with
nothing kept from earlier analyses: seconds and processor seconds of both, and whether all tables are equal.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import psutil
import pyarrow as pa
import pyarrow.compute as pc

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else benchmarks/community.py hides the stage

from ingest.message import MESSAGES  # noqa: E402
from nuanqun import __version__  # noqa: E402
from nuanqun.parts import read_parts  # noqa: E402
from nuanqun.pipeline import RunReport, run, work_out  # noqa: E402
from nuanqun.settings import Settings, load_settings  # noqa: E402
from nuanqun.simulate.bulk import bulk, write_bulk  # noqa: E402
from nuanqun.store import SCHEMAS, Store  # noqa: E402
from nuanqun.sweeping import KEPT  # noqa: E402

T = TypeVar("T")

DAY = 86_400_000
"""Milliseconds."""


def main() -> None:
    """Run every size in a process of its own, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,300000,1000000,3000000")
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--repeats", type=float, default=0.3, help="share of messages that repeat an earlier text")
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), default="balanced")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one-chat", type=int, default=0, help="messages of a single chat to add a day to")
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options), ensure_ascii=False))
        return
    if options.one_chat:
        print(json.dumps(one_chat(options), ensure_ascii=False))
        return
    rows = [in_own_process(int(size)) for size in options.sizes.split(",")]
    print(
        json.dumps(
            {
                "nuanqun": __version__,
                "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
                "quality": options.quality,
                "sizes": rows,
                "exponent": {what: exponent(rows, what) for what in ("seconds", "processor_seconds")},
            },
            ensure_ascii=False,
        )
    )


def in_own_process(size: int) -> dict:
    """The figures of one size, measured where no earlier size has left anything in memory."""
    done = subprocess.run(
        [sys.executable, __file__, *sys.argv[1:], "--one", str(size)], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def exponent(rows: list[dict], what: str) -> float | None:
    """Least-squares slope of log time over log messages; None for a single size."""
    points = [(math.log(row["messages"]), math.log(row[what]["total"])) for row in rows]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((a - x) ** 2 for a, _ in points)
    return round(sum((a - x) * (b - y) for a, b in points) / spread, 3) if spread else None


def one(options: argparse.Namespace) -> dict[str, object]:
    """Simulate `options.one` messages, run them, then run one more day of a single chat."""
    with tempfile.TemporaryDirectory() as folder:
        exports, workspace, later = (Path(folder, name) for name in ("exports", "workspace", "later"))
        simulate(options.one, options.chats, options, exports, later)
        settings = chosen(workspace, options)
        with peak_memory() as peak:
            report = run([exports], workspace=workspace, settings=settings, progress=peak.tell)
        with peak_memory() as after:
            again = run([later], workspace=workspace, settings=settings, progress=after.tell)
        day = {
            "new": again.counts["new"],
            "peak_rss_mb": max(after.rss.values()),
            "peak_pss_mb": max(after.pss.values()),
        }
        peaks = {"peak_rss_mb": peak.rss, "peak_pss_mb": peak.pss}
        return measure(report, Store(workspace), exports) | peaks | {"one_more_day": day | times(again)}


def one_chat(options: argparse.Namespace) -> dict[str, object]:
    """One more day of a large chat beside the same chat worked out from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        exports, workspace, later = (Path(folder, name) for name in ("exports", "workspace", "later"))
        simulate(options.one_chat, 1, options, exports, later)
        settings = chosen(workspace, options)
        first, _ = timed(lambda: run([exports], workspace=workspace, settings=settings))
        day, report = timed(lambda: run([later], workspace=workspace, settings=settings))
        store, added = Store(workspace), report.counts["new"]
        tables = {name: store.table(name) for name in SCHEMAS}
        with store.write() as change:
            change.drop += [(name, chat_id) for chat_id in store.known_chats() for name in SCHEMAS]
        shutil.rmtree(workspace / KEPT)
        again, _ = timed(lambda: work_out(store, RunReport(), settings))
        return {
            "nuanqun": __version__,
            "messages": options.one_chat,
            "quality": options.quality,
            "first_import": first,
            "one_more_day": {"new": added, "stages": report.seconds} | day,
            "analysis_from_nothing": again,
            "equal": all(store.table(name).equals(table) for name, table in tables.items()),
        }


def simulate(messages: int, chats: int, options: argparse.Namespace, exports: Path, later: Path) -> None:
    """Write exports of `messages` messages, and the busiest chat's last day again as one more, in a process that ends.

    Else what simulating takes would stand in every peak that is measured after it.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_write, args=(messages, chats, options.repeats, options.seed, exports, later)
    )
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"simulating {messages:,} messages ended with code {process.exitcode}")


def _write(messages: int, chats: int, repeats: float, seed: int, exports: Path, later: Path) -> None:
    rows = bulk(messages, chats=chats, repeats=repeats, seed=seed)
    list(write_bulk(rows, exports))
    next_day(rows.filter(pc.equal(rows["chat_id"], rows["chat_id"][0])), exports, later)


def timed(work: Callable[[], T]) -> tuple[dict[str, float], T]:
    """Seconds of wall and of processor time, worker processes included, and what `work` gave."""
    wall, processor = time.perf_counter(), processor_time()
    result = work()
    spent = {"seconds": time.perf_counter() - wall, "processor_seconds": processor_time() - processor}
    return {name: round(value, 2) for name, value in spent.items()}, result


def processor_time() -> float:
    """Seconds that this process and those of its children that have ended worked."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def chosen(workspace: Path, options: argparse.Namespace) -> Settings:
    """The workspace's settings with the quality asked for."""
    settings = load_settings(workspace)
    return settings.model_copy(update={"nlp": replace(settings.nlp, quality=options.quality)})


def next_day(rows: pa.Table, exports: Path, folder: Path) -> Path:
    """Write the last day of `rows` again, a day later, as an export of the same chat."""
    sent = rows["sent_at"].cast(pa.int64())
    last = pc.greater_equal(sent, pc.subtract(pc.max(sent), DAY))
    moved = pc.add(sent, DAY).cast(rows.schema.field("sent_at").type)
    day = rows.set_column(rows.schema.get_field_index("sent_at"), "sent_at", moved).filter(last)
    (path,) = write_bulk(day, folder)
    assert (exports / path.name).is_file()  # the chat is known by its file's name
    return path


@dataclass
class Peak:
    """The highest sums of RSS and of PSS of this process and its children while each stage ran, in MB."""

    stage: str = "find"
    rss: dict[str, int] = field(default_factory=dict)
    pss: dict[str, int] = field(default_factory=dict)

    def tell(self, stage: str, _done: int, _total: int) -> None:
        """Which stage is running, as a run reports it."""
        self.stage = stage

    def look(self, process: psutil.Process) -> None:
        """Add up what is in memory now."""
        rss = pss = 0
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # one that is ending has no pages to read
                memory = one.memory_full_info()
                rss, pss = rss + memory.rss, pss + memory.pss
        for peaks, total in ((self.rss, rss), (self.pss, pss)):
            peaks[self.stage] = max(peaks.get(self.stage, 0), round(total / 2**20))


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Yield what is, at the end, the peak of what ran meanwhile."""
    peak, process, done = Peak(), psutil.Process(), threading.Event()

    def watch() -> None:
        while not done.wait(0.5):  # reading the pages of a gigabyte takes 10 ms
            peak.look(process)

    watcher = threading.Thread(target=watch, daemon=True)
    peak.look(process)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def times(report: RunReport) -> dict[str, dict[str, float]]:
    """Seconds and processor seconds of every stage and of all."""
    found = {"seconds": report.seconds, "processor_seconds": report.processor}
    return {what: spent | {"total": round(sum(spent.values()), 2)} for what, spent in found.items()}


def measure(report: RunReport, store: Store, exports: Path) -> dict[str, object]:
    """What a size cost, by stage: times, their shares, messages/s of wall time; and the share of repeated texts."""
    messages, whole = report.counts["new"], sum(report.processor.values())
    texts = read_parts(store.workspace, store.parts("messages"), MESSAGES, ["text"])["text"]
    return {
        "messages": messages,
        "chats": len(report.chats),
        "export_mb": round(sum(path.stat().st_size for path in exports.rglob("*")) / 1e6, 1),
        **times(report),
        "share": {stage: round(spent / whole, 3) for stage, spent in report.processor.items()},
        "messages_per_second": {stage: round(messages / max(s, 1e-3)) for stage, s in report.seconds.items()},
        "duplicates_share": round(1 - pc.count_distinct(texts).as_py() / len(texts), 3),
    }


if __name__ == "__main__":
    main()
