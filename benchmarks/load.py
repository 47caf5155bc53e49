"""Many people at the dashboard at once: 10, 25, 50 tabs that read while moderators decide, then a search for leaks.

`python benchmarks/load.py [--users 10,25,50] [--seconds 20] [--cycles 6] [--messages 6000] [--chats 6]`. Tabs speak
Streamlit's own protocol (see benchmarks/dashboard.py) and read a random page of their role after a pause of 1 to 3
seconds; one in five users decides instead: a verdict and its undoing through the same functions and the same catalogue
as the page, in this process. `cpu_ms` is the server's processor time a rerun, `p50_s` and `p95_s` what a reader waited.
Memory: `cycles` times the smallest number of tabs opens, reads every page and closes; `mb_a_cycle` is the slope over
the second half of the cycles, so a leak shows as a number that stays above 0 with more cycles. One JSON.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

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


def main() -> None:
    """Make the workspace, load it, look for leaks, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", default="10,25,50")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cycles", type=int, default=6)
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
        result["memory"] = repeated(store, cookies, wanted, min(users), chosen.cycles)
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
    """Store a verdict and take it back, with pauses, until the time is over."""
    chat_id = dice.choice(sorted(store.known_chats()))
    ids = store.messages(chat_id, ["message_id"])["message_id"].to_pylist()
    while time.monotonic() < end:
        start = time.perf_counter()
        try:
            made = verdicts.decide(
                store.engine, [Decision(chat_id, dice.choice(ids), "ad")], f"reader {threading.get_ident()}"
            )
            verdicts.undo(store.engine, made)
        except StaleRow:  # somebody else was at this message: on the page that is a sentence
            continue
        took.append(time.perf_counter() - start)
        time.sleep(dice.uniform(1, 3))


def repeated(
    store: Store, cookies: dict[str, str], wanted: dict[str, list[str]], users: int, cycles: int
) -> dict[str, Any]:
    """MB of one server after each of several identical cycles of tabs that open, read everything and close."""
    held: list[float] = []
    with pages.server(store.workspace) as (process, port):
        for _ in range(cycles):
            for number in range(users):
                role = ROLES[number % len(ROLES)]
                tab = pages.Tab(port, cookies[role])
                for name in wanted[role]:
                    tab.run(name)
                tab.close()
            time.sleep(2)  # the server notices that tabs are gone
            held.append(process.memory_info().rss / 2**20)
    late = held[len(held) // 2 :]
    slope = statistics.linear_regression(range(len(late)), late).slope if len(late) > 1 else 0.0
    return {"tabs_a_cycle": users, "mb_after": [round(mb) for mb in held], "mb_a_cycle": round(slope, 2)}


def quantile(values: list[float], percent: int) -> float | None:
    """A percentile in seconds; None of nothing."""
    return round(statistics.quantiles(values, n=100)[percent - 1], 3) if len(values) > 1 else None


if __name__ == "__main__":
    main()
