"""Time the straight line from export files to a ready dashboard at growing sizes, and print one JSON.

`python benchmarks/end_to_end.py --sizes 100000,300000 [--quality balanced] [--chats 100] [--repeats 0.3]` -> per size
seconds and messages/s of every stage, peak RSS of all its processes, and one more day of chat brought in on top. Every
size runs in a process of its own. `--one-chat 1000000` instead brings one more day into a single
chat of that size, then works out the same chat with nothing kept from earlier analyses: seconds of wall and processor
time of both, and whether every table is the same. `exponent` is the slope of log seconds over log messages: 1 = linear.
Compare stages within one run; absolute numbers depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import math
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
from dataclasses import replace
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
    parser.add_argument("--sizes", default="100000,300000")
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--repeats", type=float, default=0.3, help="share of messages that repeat an earlier text")
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), default="fast")
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
                "exponent": exponent(rows),
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


def exponent(rows: list[dict]) -> float | None:
    """Least-squares slope of log seconds over log messages; None for a single size."""
    points = [(math.log(row["messages"]), math.log(row["seconds"]["total"])) for row in rows]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((a - x) ** 2 for a, _ in points)
    return round(sum((a - x) * (b - y) for a, b in points) / spread, 3) if spread else None


def one(options: argparse.Namespace) -> dict[str, object]:
    """Simulate `options.one` messages, run them, then run one more day of a single chat."""
    with tempfile.TemporaryDirectory() as folder:
        exports, workspace = Path(folder, "exports"), Path(folder, "workspace")
        simulated = bulk(options.one, chats=options.chats, repeats=options.repeats, seed=options.seed)
        list(write_bulk(simulated, exports))
        busiest = simulated.filter(pc.equal(simulated["chat_id"], simulated["chat_id"][0]))
        later = next_day(busiest, exports, Path(folder, "later"))
        del simulated, busiest
        settings = chosen(workspace, options)
        with peak_memory() as peak:
            report = run([exports], workspace=workspace, settings=settings)
        start = time.perf_counter()
        added = run([later], workspace=workspace, settings=settings).counts["new"]
        day = {"new": added, "seconds": round(time.perf_counter() - start, 2)}
        return measure(report, Store(workspace), exports) | {"peak_rss_mb": peak[0], "one_more_day": day}


def one_chat(options: argparse.Namespace) -> dict[str, object]:
    """One more day of a large chat beside the same chat worked out from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        exports, workspace = Path(folder, "exports"), Path(folder, "workspace")
        simulated = bulk(options.one_chat, chats=1, repeats=options.repeats, seed=options.seed)
        list(write_bulk(simulated, exports))
        later = next_day(simulated, exports, Path(folder, "later"))
        del simulated
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
        "messages": messages,
        "chats": len(report.chats),
        "export_mb": round(sum(path.stat().st_size for path in exports.rglob("*")) / 1e6, 1),
        "seconds": report.seconds | {"total": round(sum(report.seconds.values()), 2)},
        "messages_per_second": {stage: round(messages / max(s, 1e-3)) for stage, s in report.seconds.items()},
        "duplicates_share": round(1 - pc.count_distinct(texts).as_py() / len(texts), 3),
    }


if __name__ == "__main__":
    main()
