"""Sources read by worker processes: the store and the receipts are those of one process, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import zipfile
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from app.test_imports import export

from ingest.find import find_sources
from ingest.settings import IngestSettings
from nuanqun import read_ahead
from nuanqun.imports import import_sources
from nuanqun.parts import read_rows
from nuanqun.store import Store


@pytest.fixture
def exports(tmp_path, monkeypatch) -> Path:
    """Files of several chats, the same messages twice, an export without a message and an archive."""
    monkeypatch.setattr(read_ahead, "WORTH_IT", 0)
    folder = tmp_path / "exports"
    folder.mkdir()
    for number in range(5):
        notes = [(at, f"1000{at % 3 + 1}", f"第{at}句 加微信13812345678") for at in range(number, number + 40)]
        export(folder / f"群{number}.txt", notes, chat=f"群{number // 2}")
    export(folder / "空.txt", [], chat="空")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.write(export(tmp_path / "里.txt", [(1, "10009", "从压缩包来")], chat="压缩"), "里.txt")
    return folder


def outcome(workspace: Path, exports: Path, workers: int, progress=lambda *_: None):
    store = Store(workspace)
    done = import_sources(find_sources([exports]), store, IngestSettings(), workers=workers, progress=progress)
    rows = read_rows(store.workspace, store.parts("messages")).sort_by(
        [("chat_id", "ascending"), ("message_id", "ascending")]
    )
    receipts = [{k: v for k, v in receipt.to_json().items() if k != "at"} for receipt in done.receipts]
    assert not list(workspace.glob(read_ahead.PREFIX + "*"))
    return rows.drop_columns(["source"]).to_pylist(), receipts, done.rejected


def test_workers_give_what_one_process_gives(exports, tmp_path):
    alone, together = (outcome(tmp_path / f"w{workers}", exports, workers) for workers in (1, 2))
    assert together == alone
    assert len(alone[0]) == 40 + 1 + 40 + 1 + 40 + 1  # 群0 and 群1 come twice, one minute later
    assert [rejection.path.endswith("空.txt") for rejection in alone[2]] == [True]


def test_a_killed_worker_costs_time_only(exports, tmp_path):
    before = {child.pid for child in psutil.Process().children()}

    def kill(_stage: str, done: int, total: int) -> None:
        if done < total:
            for child in psutil.Process().children():
                with suppress(psutil.Error, ProcessLookupError):  # gone by itself meanwhile
                    if child.pid not in before and "spawn_main" in " ".join(child.cmdline()):
                        os.kill(child.pid, signal.SIGKILL)

    assert outcome(tmp_path / "killed", exports, 2, kill) == outcome(tmp_path / "whole", exports, 1)


def test_a_stopped_import_leaves_nothing_behind(exports, tmp_path):
    class Stopped(Exception):
        pass

    def stop(_stage: str, _done: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        outcome(tmp_path / "w", exports, 2, stop)
    assert not list((tmp_path / "w").glob(read_ahead.PREFIX + "*"))
    assert not Store(tmp_path / "w").parts("messages")
