"""A large export by path and a smaller one through the browser, in a real Chromium: time, work, memory. One JSON.

`python benchmarks/uploads.py [--path-mb 2048] [--browser-mb 200] [--whole]`. Both go through the page for imports and
the worker behind it, as an admin would do it; the files are invented (large_exports.py) and deleted afterwards.
`look_s` is the time until the preview stands, `import_s` from the press of the button until every message is stored;
with `--whole` the analysis of the file by path is waited for as well, that of the other always is. `server_mb` and
`worker_mb` are the highest memory seen ten times a second. Fails unless every message written arrived once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage
sys.path[1:1] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from browsing import chromium, new_page, open_page, server  # noqa: E402
from large_exports import write_telegram_json  # noqa: E402

from dashboard.words import t  # noqa: E402
from nuanqun import __version__, jobs  # noqa: E402
from nuanqun.store import Store  # noqa: E402

PATIENCE_MS = 1_800_000


class Watch:
    """Highest memory and last known processor time of the processes of a workspace, ten times a second."""

    def __init__(self, workspace: Path) -> None:
        """Start to look."""
        self.workspace, self.mb, self.cpu = str(workspace), {"server": 0, "worker": 0}, {"server": 0.0, "worker": 0.0}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.1):
            for kind, process in self.found():
                try:
                    spent = process.cpu_times()
                    self.mb[kind] = max(self.mb[kind], process.memory_info().rss >> 20)
                    self.cpu[kind] = spent.user + spent.system + spent.children_user + spent.children_system
                except psutil.Error:
                    continue

    def found(self) -> Iterator[tuple[str, psutil.Process]]:
        """Server, worker, and processes that the worker started."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if self.workspace not in line:
                continue
            kind = "server" if "dashboard.server" in line else "worker"
            yield kind, process


@contextmanager
def watching(workspace: Path) -> Iterator[Watch]:
    """Look at the processes of a workspace while something happens."""
    watch = Watch(workspace)
    try:
        yield watch
    finally:
        watch.over.set()
        watch.thread.join()


def by_path(page: Any, path: Path) -> None:
    """Name the file."""
    page.get_by_text(t("upload.way_path"), exact=True).click()
    field = page.get_by_label(t("upload.path"), exact=True)
    field.fill(str(path))
    page.get_by_role("button", name=t("upload.look"), exact=True).click()


def by_browser(page: Any, path: Path) -> None:
    """Send the file through the browser."""
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text(path.name, exact=True).wait_for(timeout=PATIENCE_MS)
    page.get_by_test_id("stFileUploaderProgressBar").wait_for(state="detached", timeout=PATIENCE_MS)
    page.get_by_role("button", name=t("upload.look"), exact=True).click()


def uploaded(
    browser: Any, workspace: Path, path: Path, send: Callable[[Any, Path], None], whole: bool
) -> dict[str, Any]:
    """One export from the page of imports to the store."""
    with server(workspace) as url, watching(workspace) as watch:
        page = new_page(browser)
        open_page(page, url, "upload")
        before = dict(watch.mb)
        start = time.perf_counter()
        send(page, path)
        button = page.get_by_role("button", name=t("upload.start"), exact=True)
        button.wait_for(timeout=PATIENCE_MS)
        looked = time.perf_counter()
        button.click()
        done = {"look_s": round(looked - start, 1)} | waited(Store(workspace), looked, whole)
        done |= {"server_mb_before": before["server"], **{f"{kind}_mb": mb for kind, mb in watch.mb.items()}}
        done |= {f"{kind}_cpu_s": round(cpu, 1) for kind, cpu in watch.cpu.items()}
        page.context.close()
        for kind, process in watch.found():  # what is still analysed is not waited for
            if kind == "worker":
                process.kill()
    return done


def waited(store: Store, start: float, whole: bool) -> dict[str, Any]:
    """Seconds until everything is stored, and with `whole` analysed. Raises RuntimeError when the job failed."""
    found: dict[str, Any] = {}
    while True:
        rows = jobs.latest(store.engine, 1)
        job = rows[0] if rows else None
        if job is not None and job.status == "failed":
            raise RuntimeError(job.error)
        stored = 0 if found else sum(part.rows for part in store.parts("messages"))  # of one file: all or nothing
        if stored:
            found = {"import_s": round(time.perf_counter() - start, 1), "messages": stored}
        if "import_s" in found and (not whole or (job is not None and not job.is_open)):
            return found | ({"ready_s": round(time.perf_counter() - start, 1)} if whole else {})
        time.sleep(0.2)


def main() -> None:
    """Write the files, send them, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path-mb", type=int, default=2048)
    parser.add_argument("--browser-mb", type=int, default=200)
    parser.add_argument("--whole", action="store_true", help="wait for the analysis of the file by path, too")
    chosen = parser.parse_args()
    ways = {"path": (by_path, chosen.path_mb, chosen.whole), "browser": (by_browser, chosen.browser_mb, True)}
    result: dict[str, Any] = {"nuanqun": __version__}
    result["machine"] = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the server says is not the document
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        for way, (send, mb, whole) in ways.items():
            path, workspace = Path(name, f"{way}.json"), Path(name, way, "w")
            workspace.mkdir(parents=True)
            written = write_telegram_json(path, mb << 20)
            row = {"file_mb": path.stat().st_size >> 20, "written": written}
            row |= uploaded(browser, workspace, path, send, whole)
            path.unlink()
            result[way] = row
            print(way, json.dumps(row), file=sys.stderr, flush=True)
    result["load_average"] = round(os.getloadavg()[0], 1)
    print(json.dumps(result), file=out, flush=True)
    if any(result[way]["messages"] != result[way]["written"] for way in ways):
        raise SystemExit("not every message arrived exactly once")


if __name__ == "__main__":
    main()
