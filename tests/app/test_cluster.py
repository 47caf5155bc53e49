"""A cluster of processes started by hand gives what one process gives: on a shared folder, over a storage, after kill -9."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from conftest import ROOT
from ingest.message import MESSAGES
from nuanqun import analysis
from nuanqun.engine import check_workers
from nuanqun.errors import NuanqunError
from nuanqun.exchange import exchanged, parts_of
from nuanqun.parts import Part, write_part
from nuanqun.pipeline import RunReport, bring_in, work_out
from nuanqun.settings import Settings, load_settings
from nuanqun.store import SCHEMAS, Store

pytest.importorskip("distributed")


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """The address of a scheduler with so many workers: processes of their own, without a nanny that revives them."""
    facts = folder / "scheduler.json"
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(facts)]
    join = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(facts), "--nthreads", "1"]
    local = ["--local-directory", str(folder / "dask"), "--no-nanny", "--no-dashboard"]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen([*start, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], **quiet)]
    try:
        for _ in range(600):
            if facts.exists() and facts.read_text().strip().endswith("}"):
                break
            time.sleep(0.1)
        running += [subprocess.Popen([*join, *local], **quiet) for _ in range(workers)]
        yield json.loads(facts.read_text())["address"]
    finally:
        for process in running:
            process.kill()
            process.wait(20)


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """A workspace with the demo chats, not yet analysed."""
    workspace = tmp_path_factory.mktemp("cluster") / "w"
    chats = sorted((ROOT / "data" / "demo" / "chats").iterdir(), key=lambda path: path.stat().st_size)[:3]
    bring_in(Store(workspace), RunReport(), chats, load_settings(workspace))
    return workspace


def analysed(imported: Path, workspace: Path, settings: Settings) -> Store:
    shutil.copytree(imported, workspace)
    store = Store(workspace)
    work_out(store, RunReport(), settings)
    return store


def everything(store: Store) -> dict[str, pa.Table]:
    found = {f"annotations of {chat}": store.annotations(chat) for chat in sorted(store.known_chats())}
    return found | {f"{name} of {chat}": store.table(name, chat) for name in SCHEMAS for chat in store.known_chats()}


@pytest.fixture(scope="module")
def expected(imported, tmp_path_factory, request) -> dict[str, pa.Table]:
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(analysis, "JOB_ROWS", (1, 1))  # a job a part, so that there is something left to do
    request.addfinalizer(monkeypatch.undo)
    local = load_settings(engine={"engine": "local", "workers": 1})
    return everything(analysed(imported, tmp_path_factory.mktemp("local") / "w", local))


def die_in_the_middle(job: analysis.AnnotateJob) -> list[Part]:
    """Annotate; the first worker that gets here is killed when its files are written and nobody knows of them."""
    written = REALLY(job)
    try:
        (job.workspace.parent / "died").touch(exist_ok=False)
    except FileExistsError:
        return written
    os.kill(os.getpid(), signal.SIGKILL)
    return written


REALLY = analysis.annotate_parts


def differing(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> list[str]:
    """Names of the tables that differ in any cell; NaN is NaN."""
    assert one.keys() == other.keys() and any(table.num_rows for table in one.values())
    return [name for name in one if repr(one[name].to_pylist()) != repr(other[name].to_pylist())]


def test_workers_started_by_hand_give_what_one_process_gives_also_when_one_is_killed(
    imported, expected, tmp_path, monkeypatch
):
    with cluster(tmp_path) as address:
        asked = {"engine": "dask", "scheduler": address}
        shared = analysed(imported, tmp_path / "shared" / "w", load_settings(engine=asked))
        assert differing(everything(shared), expected) == []
        storage = (tmp_path / "storage").as_uri()
        remote = analysed(imported, tmp_path / "remote" / "w", load_settings(engine={**asked, "storage": storage}))
        assert differing(everything(remote), expected) == []
        monkeypatch.setattr(analysis, "annotate_parts", die_in_the_middle)
        killed = analysed(imported, tmp_path / "killed" / "w", load_settings(engine=asked))
        assert (tmp_path / "killed" / "died").exists()
        assert differing(everything(killed), expected) == []


def test_a_cluster_on_this_machine_gives_what_one_process_gives(imported, expected, tmp_path):
    here = analysed(imported, tmp_path / "w", load_settings(engine={"engine": "dask", "workers": 1}))
    assert differing(everything(here), expected) == []


class Client:
    """Workers that see what `look` says."""

    def __init__(self, **change: str) -> None:
        self.change = change

    def run(self, look, probe: str) -> dict:
        return {"tcp://10.0.0.9:1": replace(look(probe), **self.change)}


@pytest.mark.parametrize(
    ("change", "said"),
    [({"nuanqun": "0.0.1"}, "0.0.1"), ({"models": "x"}, "models"), ({"probe": ""}, "engine.storage")],
)
def test_a_worker_that_would_give_other_results_is_refused(tmp_path, change, said):
    check_workers(Client(), tmp_path)
    with pytest.raises(NuanqunError, match=said):
        check_workers(Client(**change), tmp_path)
    assert not list(tmp_path.iterdir())


def test_parts_go_over_any_storage_and_damage_on_the_way_is_told(tmp_path):
    pytest.importorskip("fsspec")
    rows = pa.Table.from_pylist([], schema=MESSAGES)
    part = write_part(tmp_path / "w", rows, table_name="messages", chat_id="c", month="2024-01")
    job = analysis.AnnotateJob(tmp_path / "w", (part,), load_settings().nlp)
    assert list(parts_of(job)) == [part]

    def copy(given: analysis.AnnotateJob) -> list[Part]:
        assert given.workspace != tmp_path / "w" and (given.workspace / part.path).exists()
        return [write_part(given.workspace, rows, table_name="annotations", chat_id="c", month="2024-01")]

    send, call, fetch = exchanged("memory://exchange", copy)
    (home,) = fetch(call(send(job)))
    assert (tmp_path / "w" / home.path).exists()
    import fsspec

    with fsspec.open(f"memory://exchange/{part.path}", "wb") as file:
        file.write(b"PAR1 something else PAR1")  # pyright: ignore
    with pytest.raises(NuanqunError, match="not what was written"):
        call(job)
    with pytest.raises(NuanqunError, match="engine.storage"):
        exchanged("nosuch://x", copy)
