"""Many people at the dashboard at once: 10, 25, 50 tabs that read while moderators decide, then a search for leaks.

`python benchmarks/load.py [--users 10,25,50] [--seconds 20] [--hour 120] [--messages 6000] [--chats 6]`. Tabs speak
Streamlit's own protocol (see benchmarks/dashboard.py) and read a random page of their role after a pause of 1 to 3
seconds; one in five users decides instead: a verdict and its undoing through the same functions and the same catalogue
as the page, in this process. `cpu_ms` is the server's processor time a rerun, `p50_s` and `p95_s` what a reader waited.
Memory: an hour of so many people, compressed. Tabs of every role open, read every page and close, `OPEN` of them open
at a time, until as many pages were run as the most users open in an hour (`hour` each: one every 30 seconds); verdicts
fall in between, and every `FRESH` pages a commit makes every cached table stale, as an import does. `mb_per_1000` is
the slope over the second half with its 95 % interval: a leak is an interval that stays above 0. One JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage

from nuanqun import verdicts  # noqa: E402
from nuanqun.access import ROLES  # noqa: E402
from nuanqun.errors import StaleRow  # noqa: E402
from nuanqun.store import Store  # noqa: E402
from nuanqun.verdicts import Decision  # noqa: E402

_SPEC = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("dashboard.py"))
assert _SPEC is not None and _SPEC.loader is not None
pages = importlib.util.module_from_spec(_SPEC)  # by path: its name is that of a stage
_SPEC.loader.exec_module(pages)

OPEN = 10
"""Tabs that are open at a time while memory is watched."""
FRESH = 300
"""Pages between two commits."""
BLOCKS = 12
"""Samples are put together to so many points before a line is laid through them."""


def main() -> None:
    """Make the workspace, load it, look for leaks, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", default="10,25,50")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--hour", type=int, default=120, help="pages a person opens in an hour")
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--chats", type=int, default=6)
    parser.add_argument("--workspace", type=Path, help="kept, and used as it is when it is there already")
    chosen = parser.parse_args()
    users = [int(count) for count in chosen.users.split(",")]
    with tempfile.TemporaryDirectory() if chosen.workspace is None else nullcontext(str(chosen.workspace)) as folder:
        store = pages.make(Path(folder), chosen.chats, chosen.messages)
        cookies = {role: pages.enter(store, role) for role in ROLES}
        wanted = {role: pages.pages_of(role, []) for role in ROLES}
        result = pages.facts(store)
        result["load"] = {str(n): loaded(store, cookies, wanted, n, chosen.seconds) for n in users}
        result["memory"] = an_hour(store, cookies, wanted, users, chosen.hour)
    print(json.dumps(result))


def loaded(
    store: Store, cookies: dict[str, str], wanted: dict[str, list[str]], users: int, seconds: float
) -> dict[str, Any]:
    """What readers wait and what a rerun costs while so many people use one server for some seconds."""
    waits: list[float] = []
    decided: list[float] = []
    failed: list[str] = []
    with pages.server(store.workspace) as (process, port):
        for role in ROLES:  # caches are warm, as they are five minutes after a start
            tab = pages.Tab(port, cookies[role])
            for name in wanted[role]:
                tab.run(name)
            tab.close()
        before, end = process.cpu_times(), time.monotonic() + seconds

        def one(number: int) -> None:
            dice = random.Random(number)
            try:
                if number % 5 == 4:
                    decide(store, dice, end, decided)
                else:
                    role = ROLES[number % len(ROLES)]
                    read(pages.Tab(port, cookies[role]), wanted[role], dice, end, waits)
            except Exception as error:  # a user whose page failed is counted, the others go on
                failed.append(f"{type(error).__name__}: {error}"[:200])

        with ThreadPoolExecutor(users) as crowd:
            list(crowd.map(one, range(users)))
        after = process.cpu_times()
        cpu = after.user + after.system - before.user - before.system
        mb = process.memory_info().rss >> 20
    return {
        "reruns": len(waits),
        "decisions": len(decided),
        "failed": len(failed),
        "first_failure": failed[0] if failed else "",
        "p50_s": quantile(waits, 50),
        "p95_s": quantile(waits, 95),
        "cpu_ms": round(1000 * cpu / max(1, len(waits))),
        "decision_p50_s": quantile(decided, 50),
        "decision_p95_s": quantile(decided, 95),
        "server_mb": mb,
    }


def read(tab: Any, names: list[str], dice: random.Random, end: float, waits: list[float]) -> None:
    """Open page after page, with pauses, until the time is over."""
    try:
        while time.monotonic() < end:
            seconds, _ = tab.run(dice.choice(names))
            waits.append(seconds)
            time.sleep(dice.uniform(1, 3))
    finally:
        tab.close()


def decide(store: Store, dice: random.Random, end: float, took: list[float]) -> None:
    """Store a verdict and take it back, with pauses, until the time is over; once at least."""
    chat_id = dice.choice(sorted(store.known_chats()))
    ids = store.messages(chat_id, ["message_id"])["message_id"].to_pylist()
    while True:
        start = time.perf_counter()
        try:
            made = verdicts.decide(
                store.engine, [Decision(chat_id, dice.choice(ids), "ad")], f"reader {threading.get_ident()}"
            )
            verdicts.undo(store.engine, made)
            took.append(time.perf_counter() - start)
        except StaleRow:  # somebody else was at this message: on the page that is a sentence
            pass
        if time.monotonic() >= end:
            return
        time.sleep(dice.uniform(1, 3))


def an_hour(
    store: Store, cookies: dict[str, str], wanted: dict[str, list[str]], users: list[int], pages_an_hour: int
) -> dict[str, Any]:
    """MB of one server while as many pages are run as the most users open in an hour."""
    goal, done, number = max(users) * pages_an_hour, 0, 0
    tabs: deque[Any] = deque()
    with pages.server(store.workspace) as (process, port):
        held = [(0, process.memory_info().rss / 2**20)]
        before, start = process.cpu_times(), time.monotonic()
        while done < goal:
            role = ROLES[number % len(ROLES)]
            tabs.append(pages.Tab(port, cookies[role]))
            for name in wanted[role]:
                tabs[-1].run(name)
                done += 1
                if done % FRESH == 0:
                    with store.write():
                        pass  # a new generation: nothing cached is good any more
            decide(store, random.Random(number), 0, [])
            if len(tabs) > OPEN:
                tabs.popleft().close()
            number += 1
            held.append((done, process.memory_info().rss / 2**20))
        after, took = process.cpu_times(), time.monotonic() - start
        for tab in tabs:
            tab.close()
    cpu = after.user + after.system - before.user - before.system
    at = {n: next(mb for reruns, mb in held if reruns >= n * pages_an_hour) for n in users}
    return {
        "pages_an_hour_each": pages_an_hour, "reruns": done, "tabs": number, "seconds": round(took),
        "cpu_ms": round(1000 * cpu / done), "idle_mb": round(held[0][1]),
        "mb_after_an_hour_of": {str(n): round(mb) for n, mb in at.items()},
        "highest_mb": round(max(mb for _, mb in held)), **slope(held[len(held) // 2 :]),
    }  # fmt: skip


def slope(held: list[tuple[int, float]]) -> dict[str, Any]:
    """MB a thousand reruns and its interval, from blocks of neighbouring samples: single ones depend on each other."""
    size = max(1, len(held) // BLOCKS)
    blocks = [held[at : at + size] for at in range(0, len(held) - size + 1, size)]
    if len(blocks) < 4:
        return {}
    x, y = (np.array([statistics.mean(row[k] for row in block) for block in blocks]) for k in (0, 1))
    found = stats.linregress(x / 1000, y)
    half = stats.t.ppf(0.975, len(blocks) - 2) * found.stderr
    return {"mb_per_1000": round(found.slope, 2), "ci95": [round(found.slope - half, 2), round(found.slope + half, 2)]}


def quantile(values: list[float], percent: int) -> float | None:
    """A percentile in seconds; None of nothing."""
    return round(statistics.quantiles(values, n=100)[percent - 1], 3) if len(values) > 1 else None


if __name__ == "__main__":
    main()
