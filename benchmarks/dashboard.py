"""Measure every page of the real dashboard on a workspace of simulated chats and print one JSON.

`python benchmarks/dashboard.py [--messages 1000000] [--chats 500] [--sessions 10] [--workspace FOLDER]`. The chats are
simulated and put in through the store's own writer; annotations and analyses are real. FOLDER keeps the workspace, so
that a second run does not make it again.

Clients speak Streamlit's own protocol over its websocket; nothing is drawn, so what a browser adds is not in it.
Per role and page: `cold_s` first page of a fresh server; `warm_s` the page in a new tab once others saw it, `page_kb`
what was sent for it; of a rerun of the same tab (median of RERUNS): `rerun_s`, `cpu_ms` of the server's processor time,
`rerun_kb` sent. Processor time is the number to compare: wall time depends on who else uses the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage

from nuanqun import __version__, accounts, sessions  # noqa: E402
from nuanqun.access import ACTIONS, ROLES  # noqa: E402
from nuanqun.pipeline import RunReport, work_out  # noqa: E402
from nuanqun.settings import load_settings  # noqa: E402
from nuanqun.simulate.crowd import crowd  # noqa: E402
from nuanqun.store import Store  # noqa: E402

AIMS = {"cpu_ms": 150, "rerun_kb": 300}
RERUNS = 7
SEES = {"admin": 1.0, "moderator": 0.5, "manager": 0.2}
"""Share of the chats that the account of each role may see."""


def main() -> None:
    """Make the workspace, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--chats", type=int, default=500)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--workspace", type=Path, help="kept, and used as it is when it is there already")
    parser.add_argument("--pages", default="", help="only these, by comma")
    parser.add_argument("--warm", action="store_true", help="no fresh server for every page")
    options = parser.parse_args()
    kept = options.workspace
    with tempfile.TemporaryDirectory() if kept is None else nullcontext(str(kept)) as folder:
        store = make(Path(folder), options.chats, options.messages)
        cookies = {role: enter(store, role) for role in ROLES}
        wanted = {role: pages_of(role, options.pages.split(",") if options.pages else []) for role in ROLES}
        pages = warm(store.workspace, cookies, wanted)
        if not options.warm:
            for role, name in ((role, name) for role, names in wanted.items() for name in names):
                pages[role][name] = {"cold_s": cold(store.workspace, cookies[role], name)} | pages[role][name]
        memory = crowded(store.workspace, cookies, wanted, options.sessions)
        print(json.dumps(facts(store) | {"pages": pages, "missed": missed(pages), "memory": memory}))


# --- the workspace


def make(workspace: Path, chats: int, messages: int) -> Store:
    """The workspace, simulated and analysed unless it is there already."""
    store = Store(workspace)
    if not store.parts("chats"):
        crowd(store, chats=chats, messages=messages)
        work_out(store, RunReport(), load_settings(workspace))
    return store


def enter(store: Store, role: str) -> str:
    """A session id of an account of this role, made here."""
    account = accounts.find(store.engine, role)
    if account is None:
        ids = sorted(store.known_chats())
        chats = None if role == "admin" else ids[: max(1, round(len(ids) * SEES[role]))]
        accounts.add(store.engine, role, "measured, not guessed", role, chats)
        account = accounts.find(store.engine, role)
    assert account is not None
    return sessions.start(store.engine, account.id)


def facts(store: Store) -> dict[str, object]:
    """What was measured and where."""
    return {
        "nuanqun": __version__,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "messages": sum(part.rows for part in store.parts("messages")),
        "chats": len(store.known_chats()),
        "files": {name: len(store.parts(name)) for name in ("messages", "annotations")},
        "synthetic": "chats, texts and members; annotations and analyses are made by the shipped models",
        "sees": SEES,
        "aims": AIMS,
    }


# --- the server and its clients


@contextmanager
def server(workspace: Path) -> Iterator[tuple[psutil.Process, int]]:
    """The dashboard as a process of its own: the process and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard.server", "--workspace", str(workspace), "--port", str(port), "--login"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        [*command, "--no-browser"], cwd=workspace, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(400):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield psutil.Process(started.pid), port
    finally:
        started.terminate()
        started.wait(20)


class Tab:
    """One browser tab without a browser: a session of the dashboard over its websocket."""

    def __init__(self, port: int, sid: str) -> None:
        """Connect with the cookie of a login."""
        self.held: dict[str, None] = {}  # what a browser keeps, so that the server need not send it again
        self.page = ""
        self._open = ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(
                f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
                additional_headers={"Cookie": f"nuanqun={sid}"}, open_timeout=60,
            )
        )  # fmt: skip

    def close(self) -> None:
        """Close the tab."""
        self._open.close()

    def run(self, page: str) -> tuple[float, float]:
        """Run the script of a page to its end: seconds and kB received. Raises RuntimeError when the page failed."""
        asked = BackMsg()
        asked.rerun_script.page_name = "" if page == "overview" else page
        asked.rerun_script.context_info.locale = "zh-CN"
        asked.rerun_script.context_info.timezone = "Asia/Shanghai"
        asked.rerun_script.cached_message_hashes.extend(self.held)
        start, received = time.perf_counter(), 0
        self.socket.send(asked.SerializeToString())
        while True:
            data = self.socket.recv(timeout=300)
            received += len(data)
            said = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            if said.metadata.cacheable and said.hash:
                self.held[said.hash] = None
            if said.delta.new_element.HasField("exception") or said.delta.new_element.alert.format == 1:
                raise RuntimeError(f"{page}: {said.delta.new_element}")
            if said.WhichOneof("type") == "script_finished" and said.script_finished == 0:
                return time.perf_counter() - start, received / 1000


# --- measuring


def pages_of(role: str, only: list[str]) -> list[str]:
    """The pages that a role may open, in the order of the menu."""
    from dashboard.menu import PAGES

    mine = [name for action, names in PAGES.items() if role in ACTIONS[action] for name in names]
    return [name for name in mine if not only or name in only]


def cold(workspace: Path, sid: str, name: str) -> float:
    """Seconds of the first page of a fresh server."""
    with server(workspace) as (_, port):
        tab = Tab(port, sid)
        seconds, _ = tab.run(name)
        tab.close()
    return round(seconds, 2)


def warm(workspace: Path, cookies: dict[str, str], wanted: dict[str, list[str]]) -> dict[str, dict[str, dict]]:
    """Every page of every role once somebody saw it, in a new tab, and again in the same tab."""
    found: dict[str, dict[str, dict]] = {}
    with server(workspace) as (process, port):
        for role, names in wanted.items():
            found[role] = {}
            for name in names:
                for attempt in range(2):  # the first fills the caches
                    tab = Tab(port, cookies[role])
                    seconds, size = tab.run(name)
                    if attempt == 0:
                        tab.close()
                runs = [rerun(process, tab, name) for _ in range(RERUNS)]
                tab.close()
                wall, cpu, again = (statistics.median(column) for column in zip(*runs, strict=True))
                found[role][name] = {
                    "warm_s": round(seconds, 2), "page_kb": round(size), "rerun_s": round(wall, 2),
                    "cpu_ms": round(cpu * 1000), "rerun_kb": round(again),
                }  # fmt: skip
    return found


def rerun(process: psutil.Process, tab: Tab, name: str) -> tuple[float, float, float]:
    """Seconds, processor seconds of the server and kB of one more run of the same page."""
    before = process.cpu_times()
    seconds, size = tab.run(name)
    after = process.cpu_times()
    return seconds, after.user + after.system - before.user - before.system, size


def missed(pages: dict[str, dict[str, dict]]) -> list[str]:
    """What lies above the aims."""
    return [
        f"{role} {name}: {what} {measured[what]} > {most}"
        for role, names in pages.items()
        for name, measured in names.items()
        for what, most in AIMS.items()
        if measured[what] > most
    ]


def crowded(workspace: Path, cookies: dict[str, str], wanted: dict[str, list[str]], count: int) -> dict[str, int]:
    """MB of the server: idle, after the first tab saw all its pages, and with `count` tabs that did so, all open."""
    with server(workspace) as (process, port), ExitStack() as open_tabs:
        idle = process.memory_info().rss
        held = []
        for number in range(count):
            role = ROLES[number % len(ROLES)]
            tab = Tab(port, cookies[role])
            open_tabs.callback(tab.close)
            for name in wanted[role]:
                tab.run(name)
            held.append(process.memory_info().rss)
    mb = [round(rss / 2**20) for rss in (idle, held[0], held[-1])]
    return {"idle_mb": mb[0], "first_session_mb": mb[1], f"at_{count}_sessions_mb": mb[2]}


if __name__ == "__main__":
    main()
