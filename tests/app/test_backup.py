"""A backup is one moment of a workspace, restoring one is all or nothing, and doctor --verify mends what faults leave."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from chaos_work import export

from ingest.find import find_sources
from nuanqun import audit, verdicts
from nuanqun.backup import backup, check
from nuanqun.errors import WorkspaceError
from nuanqun.imports import import_sources
from nuanqun.parts import write_part
from nuanqun.pipeline import run
from nuanqun.restore import restore
from nuanqun.settings import load_settings
from nuanqun.store import Store
from nuanqun.verify import verify


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace of two chats, analysed, with a verdict."""
    folder = tmp_path_factory.mktemp("made")
    paths = [export(folder, "周末爬山群", range(60)), export(folder, "读书群", range(40))]
    run(paths, workspace=folder / "w", settings=load_settings(folder / "w"))
    store = Store(folder / "w")
    chat_id = next(iter(store.known_chats()))
    verdicts.decide(store.engine, [verdicts.Decision(chat_id, "m1", "ad")], "li")
    store.engine.dispose()
    return folder / "w"


@pytest.fixture
def workspace(made, tmp_path):
    shutil.copytree(made, tmp_path / "w")
    return tmp_path / "w"


def everything(workspace: Path) -> dict:
    """All that a person would miss."""
    store = Store(workspace)
    found: dict = {"chats": store.known_chats(), "verdicts": store.verdicts().to_pylist()}
    for chat_id in store.known_chats():
        found[chat_id] = (store.messages(chat_id).to_pylist(), store.annotations(chat_id).to_pylist())
        found[chat_id] += (store.table("days", chat_id).to_pylist(),)
    store.engine.dispose()
    return found


def levels(workspace: Path, **options) -> dict[str, str]:
    return {finding.what: finding.level for finding in verify(workspace, **options)}


def test_a_backup_brings_back_every_row_into_an_empty_folder(workspace, tmp_path):
    (workspace / "nuanqun.toml").write_text('[ingest]\nzone = "Asia/Taipei"\n', encoding="utf-8")
    made_of = backup(Store(workspace), tmp_path / "b.zip")
    assert (made_of.chats, made_of.messages) == (2, 400)
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    restore(tmp_path / "b.zip", tmp_path / "other")
    assert everything(tmp_path / "other") == everything(workspace)
    assert load_settings(tmp_path / "other").ingest.zone == "Asia/Taipei"
    assert not list(workspace.glob(".room-*"))


def lines(workspace: Path) -> list[tuple]:
    """The audit, oldest first."""
    return [(row["actor"], row["action"], row["chat_id"]) for row in audit.page(Store(workspace).engine, 1)][::-1]


def test_restoring_keeps_what_was_audited_since_exactly_once(workspace, tmp_path):
    for name in ("before", "twin"):
        audit.write(Store(workspace).engine, "li", name, "c1", {"rows": 1})
    backup(Store(workspace), tmp_path / "b.zip")
    for name in ("twin", "after", "after"):
        audit.write(Store(workspace).engine, "li", name, "c2")
    whole = [("li", "before", "c1"), ("li", "twin", "c1"), ("li", "twin", "c2"), ("li", "after", "c2")]
    whole += whole[-1:]
    for _ in range(2):
        restore(tmp_path / "b.zip", workspace)
        assert lines(workspace) == whole
    with Store(workspace).engine.begin() as connection:  # an erasure that blots a name out of a detail
        connection.execute(sa.text("UPDATE audit SET detail = '{}'"))
    restore(tmp_path / "b.zip", workspace)
    assert lines(workspace) == whole
    restore(tmp_path / "b.zip", tmp_path / "other")
    assert lines(tmp_path / "other") == whole[:2]
    audit.write(Store(workspace).engine, "li", "next")
    assert lines(workspace) == [*whole, ("li", "next", None)]


def test_restoring_takes_back_what_came_later_and_readers_notice(workspace, tmp_path):
    before = everything(workspace)
    backup(Store(workspace), tmp_path / "b.zip")
    run([export(tmp_path, "新群", range(20))], workspace=workspace, settings=load_settings(workspace))
    open_reader = Store(workspace)
    version = open_reader.version()
    restore(tmp_path / "b.zip", workspace)
    assert everything(workspace) == before
    assert open_reader.version() != version
    assert open_reader.known_chats() == before["chats"]


@pytest.mark.parametrize("wound", ["cut", "flipped", "stranger", "escape"])
def test_a_backup_that_is_not_whole_changes_nothing(wound, workspace, tmp_path):
    path = tmp_path / "b.zip"
    backup(Store(workspace), path)
    data = path.read_bytes()
    if wound == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif wound == "flipped":
        at = data.index(b"PAR1") + 9
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    else:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("x.txt" if wound == "stranger" else "../x.txt", "x")
    before = everything(workspace)
    with pytest.raises(WorkspaceError):
        restore(path, workspace)
    assert everything(workspace) == before
    assert not (tmp_path / "x.txt").exists()


def test_a_backup_beside_an_import_is_one_moment(workspace, tmp_path):
    path, done = export(tmp_path, "热闹群", range(56)), threading.Event()

    def write() -> None:
        for _ in range(3):
            store = Store(workspace)
            import_sources(find_sources([path]), store, load_settings(workspace).ingest)
            store.engine.dispose()
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    counts = set()
    while not done.is_set() or len(counts) < 1:
        counts.add(backup(Store(workspace), tmp_path / "b.zip").messages)
    writer.join()
    assert counts <= {400, 624}
    assert check(tmp_path / "b.zip").messages in counts
    restore(tmp_path / "b.zip", tmp_path / "other")
    assert "error" not in levels(tmp_path / "other").values()


def test_a_damaged_live_part_makes_no_backup(workspace, tmp_path):
    (workspace / Store(workspace).parts("messages")[0].path).write_bytes(b"torn")
    with pytest.raises(WorkspaceError, match="doctor --verify"):
        backup(Store(workspace), tmp_path / "b.zip")
    assert not list(tmp_path.glob("b.zip*"))


def test_verify_finds_nothing_wrong_with_a_healthy_workspace(workspace):
    before = everything(workspace)
    assert set(levels(workspace).values()) == {"ok"}
    assert everything(workspace) == before


@pytest.mark.parametrize("table", ["annotations", "edges", "chats"])
def test_verify_makes_damaged_results_again(table, workspace):
    before = everything(workspace)
    for part in Store(workspace).parts(table):
        data = (workspace / part.path).read_bytes()
        (workspace / part.path).write_bytes(data[:20] + b"!" + data[21:])  # still as long, perhaps even readable
    found = levels(workspace)
    assert (found["parts"], found["analysis"]) == ("repaired", "repaired")
    assert everything(workspace) == before
    assert set(levels(workspace).values()) == {"ok"}


@pytest.mark.parametrize("fault", ["missing", "torn"])
def test_verify_takes_lost_messages_from_a_backup_or_says_which_are_lost(fault, workspace, tmp_path):
    before = everything(workspace)
    backup(Store(workspace), tmp_path / "b.zip")
    for round_with_backup in (True, False):
        part = Store(workspace).parts("messages")[0]
        (workspace / part.path).unlink() if fault == "missing" else (workspace / part.path).write_bytes(b"torn")
        if round_with_backup:
            assert levels(workspace, backup=tmp_path / "b.zip")["parts"] == "repaired"
            assert everything(workspace) == before
            continue
        (error,) = [f for f in verify(workspace) if f.level == "error"]
        assert (str(part.rows) in error.found, part.month in error.found) == (True, True)
        assert sum(len(v[0]) for k, v in everything(workspace).items() if isinstance(v, tuple)) == 400 - part.rows
        assert (workspace / "damaged" / part.path).exists() == (fault == "torn")


def test_verify_brings_a_broken_catalogue_back_with_what_came_after_the_copy(workspace, tmp_path):
    store = Store(workspace)
    verdicts.decide(store.engine, [verdicts.Decision("c", "m2", "fine")], "wang")
    store.engine.dispose()
    before = everything(workspace)
    with sqlite3.connect(workspace / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((workspace / "catalogue.sqlite").read_bytes())
    page = data.index(b"generation") // 4096 * 4096
    data[page : page + 4096] = b"\xff" * 4096  # one page in the middle
    (workspace / "catalogue.sqlite").write_bytes(data)
    found = {f.what: f for f in verify(workspace)}
    assert found["catalogue"].level == "repaired"
    assert everything(workspace) == before
    assert list(workspace.glob("catalogue.broken-*"))


@pytest.mark.parametrize("fault", ["gone", "rubbish", "empty"])
def test_verify_brings_a_lost_catalogue_back_and_takes_in_newer_parts(fault, workspace, tmp_path):
    before = everything(workspace)
    chat_id = next(iter(before["chats"]))
    newer = Store(workspace).messages(chat_id).slice(0, 3)
    ids = newer["message_id"].to_pylist()
    write_part(workspace, newer, table_name="messages", chat_id=chat_id, month="2024-01")  # known: must not double
    for path in workspace.glob("catalogue.sqlite*"):
        path.unlink()
    if fault != "gone":
        (workspace / "catalogue.sqlite").write_bytes(b"rubbish" * 900 if fault == "rubbish" else b"")
    assert levels(workspace)["catalogue"] == "repaired"
    after = everything(workspace)
    assert after["chats"] == before["chats"]
    assert after[chat_id][0] == before[chat_id][0]
    assert ids


def test_verify_clears_away_what_killed_processes_left(workspace):
    from nuanqun import jobs

    engine = Store(workspace).engine
    jobs.submit(engine, "analyse", {}, "li")
    jobs.take_next(engine)
    (workspace / ".room-dead").mkdir()
    orphan = write_part(workspace, Store(workspace).messages(next(iter(Store(workspace).known_chats()))),
                        table_name="messages", chat_id="x")  # fmt: skip
    os.utime(workspace / orphan.path, (1, 1))
    found = levels(workspace)
    assert (found["jobs"], found["leftovers"], found["unnamed files"]) == ("repaired",) * 3
    assert jobs.open_jobs(engine)[0].status == "waiting"
    assert not (workspace / orphan.path).exists()
    assert not (workspace / ".room-dead").exists()


def test_a_catalogue_that_lost_its_log_is_refused_and_brought_back(workspace):
    before = everything(workspace)
    with sqlite3.connect(workspace / "catalogue.sqlite") as connection:
        connection.execute("UPDATE state SET value = value - 1 WHERE key = 'generation'")
        connection.execute("DELETE FROM part WHERE table_name = 'messages'")
    with pytest.raises(WorkspaceError, match="older than its own copy"):
        Store(workspace)
    assert levels(workspace)["catalogue"] == "repaired"
    assert everything(workspace) == before


def test_verify_goes_back_to_the_model_before_a_damaged_one(workspace):
    from nuanqun import own_models

    store = Store(workspace)
    (workspace / "models" / "9.tmp").mkdir(parents=True)
    for number in (1, 2):
        assert own_models.save(store, "base", {}, {}).number == number
        own_models.use(store, number, "li")
    (workspace / "models" / "2" / "correction.json").write_text("{", "utf-8")
    assert levels(workspace)["model"] == "repaired"
    assert own_models.active(store).number == 1
    assert not (workspace / "models" / "9.tmp").exists()


def test_a_full_disk_and_missing_rights_are_said_in_words():
    import errno

    from nuanqun.errors import disk_trouble

    assert "make room" in (disk_trouble(OSError(errno.ENOSPC, "No space left on device", "x.parquet")) or "")
    assert "owner" in (disk_trouble(PermissionError(errno.EACCES, "Permission denied", "w")) or "")
    assert "make room" in (disk_trouble(RuntimeError("(sqlite3.OperationalError) database or disk is full")) or "")
    assert disk_trouble(ValueError("something else")) is None
