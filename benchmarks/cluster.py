"""The same workspace analysed here and on clusters of 1, 2 and 4 workers: throughput, cost, memory, storage. One JSON.

`python benchmarks/cluster.py [--messages 40000] [--chats 8] [--workers 1,2,4]`. Simulated chats are put in through the
store's own writer; annotating and analysing are real. Workers are processes of this machine with one thread each, over
the shared folder, and with `storage` over an exchange folder as well. `cpu_seconds` is what driver and workers used
together: on a busy machine compare that, for `seconds` depends on who else runs. `cpu_over_local` is the price of the
cluster, `cpu_a_further_worker` what the start of one more costs. Start-up of workers and models is in every figure.
`bounds` says how far workers can help at all: messages over those of the largest job of each step, for a job is one
worker's. `cpu_ms_beyond_start` is what one more message costs, from a run on a tenth of them. Figures go to stderr
as they come. `identical` = every table of every chat is the same from all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
LOCAL, TENTH = "local, 1 process", "local, a tenth of the messages"
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage

from nuanqun import __version__  # noqa: E402
from nuanqun.analysis import JOB_ROWS, JOBS_A_WORKER  # noqa: E402
from nuanqun.pipeline import RunReport, work_out  # noqa: E402
from nuanqun.settings import load_settings  # noqa: E402
from nuanqun.simulate.crowd import crowd  # noqa: E402
from nuanqun.store import SCHEMAS, Store  # noqa: E402


def digest(store: Store) -> str:
    """Names the content of every result of every chat: the same from every engine."""
    found = sha256()
    for chat in sorted(store.known_chats()):
        for rows in (store.annotations(chat), *(store.table(name, chat) for name in SCHEMAS)):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, rows.schema) as writer:
                writer.write_table(rows.combine_chunks())
            found.update(sink.getvalue())
    return found.hexdigest()[:16]


class Counted(RunReport):
    """A report that also keeps the processor time of this process a stage."""

    cpu: ClassVar[dict[str, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take both times of a stage."""
        start = time.process_time()
        with super().stage(name):
            yield
        self.cpu[name] = round(time.process_time() - start, 2)


def one(workspace: Path, engine: dict[str, Any]) -> dict[str, Any]:
    """Work out a workspace in this process; figures of it and its children."""
    start = time.perf_counter()
    report = Counted()
    store = Store(workspace)
    work_out(store, report, load_settings(workspace, engine=engine))
    seconds = time.perf_counter() - start
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    messages = report.counts["annotated"]
    cpu = mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime
    jobs = {
        "analyse": max(store.messages(chat, ["message_id"]).num_rows for chat in store.known_chats()),
        "annotate": min(max(messages // (JOBS_A_WORKER * engine["workers"]), JOB_ROWS[0]), JOB_ROWS[1]),
    }
    size = {
        name: sum((workspace / part.path).stat().st_size for part in store.parts(name)) / messages
        for name in ("messages", "annotations")
    }
    return {
        "messages": messages,
        "seconds": round(seconds, 1),
        "stage_seconds": report.seconds,
        "driver_stage_cpu": report.cpu,
        "messages_per_second": round(messages / seconds),
        "cpu_seconds": round(cpu, 1),
        "driver_mb": mine.ru_maxrss // 1024,
        "worker_mb": theirs.ru_maxrss // 1024,
        "results": digest(store),
        "bounds": {step: round(max(1, messages / largest), 1) for step, largest in jobs.items()},
        "bytes_a_message": {name: round(value, 1) for name, value in size.items()},
    }


def apart(workspace: Path, engine: dict[str, Any]) -> dict[str, Any]:
    """The same in a fresh process, so that nothing is warm and children are counted."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, "--one", str(workspace), "--engine", json.dumps(engine)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 else {"failed": done.stderr.strip()[-500:]}


def _compare(runs: dict[str, Any], counts: list[int]) -> None:
    """Add what a cluster costs beside one process, and what one more worker costs beside the fewest."""
    cpu = {title: row["cpu_seconds"] for title, row in runs.items() if "cpu_seconds" in row}
    least = (min(counts), cpu.get(f"dask, {min(counts)} workers"))
    local = cpu.get(LOCAL)
    for title in cpu if local else ():
        runs[title]["cpu_over_local"] = round(cpu[title] / local, 2)
    for count in counts:
        now = cpu.get(f"dask, {count} workers")
        if now is not None and least[1] is not None and count > least[0]:
            runs[f"dask, {count} workers"]["cpu_a_further_worker"] = round((now - least[1]) / (count - least[0]), 1)
    small = runs.pop(TENTH)
    if local and TENTH in cpu:
        more = runs[LOCAL]["messages"] - small["messages"]
        both = [{**row["driver_stage_cpu"], "all": row["cpu_seconds"]} for row in (runs[LOCAL], small)]
        runs[LOCAL]["cpu_ms_beyond_start"] = {
            name: round(1000 * (both[0][name] - both[1][name]) / more, 3) for name in both[0]
        }


def main() -> None:
    """Make the workspace once, work it out on every engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--chats", type=int, default=8)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one(chosen.one, json.loads(chosen.engine))))
        return
    runs: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        counts = [int(count) for count in chosen.workers.split(",")]
        engines = {LOCAL: {"engine": "local", "workers": 1}}
        engines |= {f"dask, {n} workers": {"engine": "dask", "workers": n} for n in counts}
        storage = Path(name, "exchange").as_uri()
        engines[f"dask, {counts[0]} workers, exchange"] = {"engine": "dask", "workers": counts[0], "storage": storage}
        made = {share: Path(name, f"a {share}th") for share in (1, 10)}
        for share, workspace in made.items():
            crowd(Store(workspace), chats=chosen.chats, messages=chosen.messages // share)
        engines |= {TENTH: engines[LOCAL]}
        for number, (title, engine) in enumerate(engines.items()):
            workspace = Path(shutil.copytree(made[10 if title == TENTH else 1], Path(name, str(number))))
            runs[title] = apart(workspace, engine)
            print(title, json.dumps(runs[title]), file=sys.stderr, flush=True)
    _compare(runs, counts)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    facts = {"nuanqun": __version__, "machine": machine, "load_average": os.getloadavg()[0]}
    identical = len({row.get("results") for row in runs.values()}) == 1  # one that failed has none
    print(json.dumps(facts | {"identical": identical, "runs": runs}))


if __name__ == "__main__":
    main()
