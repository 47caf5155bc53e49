"""A workspace: what is committed is seen whole, what is not committed is not seen at all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from community.tables import CHATS
from conftest import ROOT
from ingest.errors import ShrinkingMerge
from ingest.merge import unseen
from ingest.message import MESSAGES
from nuanqun import catalogue
from nuanqun.database import migrate, open_catalogue, revision_of
from nuanqun.errors import WorkspaceError
from nuanqun.intake import Intake
from nuanqun.parts import write_part
from nuanqun.settings import StoreSettings
from nuanqun.store import Store


def messages(ids: list[str], chat_id: str = "c", month: int = 3) -> pa.Table:
    at = datetime(2024, month, 1, 8, tzinfo=UTC)
    row = {
        "chat_id": chat_id, "sent_at": at, "zone": "Asia/Shanghai", "time_resolution": "s", "sender_id": "u",
        "kind": "text", "text": "早", "mentions": [], "urls": [], "actor_ids": [], "target_ids": [],
        "source": "a.txt", "source_line": 1,
    }  # fmt: skip
    return pa.Table.from_pylist([row | {"message_id": i} for i in ids], schema=MESSAGES)


def put(store: Store, *tables: pa.Table) -> int:
    intake = Intake(store)
    with intake.source() as source:
        added = sum(source.offer(table) for table in tables)
    with store.write() as change:
        change.add = intake.finish()
    return added


def test_a_write_that_fails_leaves_the_old_state(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1"]))
    before = store.version()
    with pytest.raises(KeyboardInterrupt), store.write() as change:
        change.add.append(write_part(tmp_path, messages(["2"]), table_name="messages", chat_id="c"))
        raise KeyboardInterrupt
    assert store.messages("c")["message_id"].to_pylist() == ["1"]
    assert store.version() == before


def test_orphans_of_a_crash_are_swept_and_live_parts_stay(tmp_path):
    store = Store(tmp_path, StoreSettings(sweep_minutes=-1))
    put(store, messages(["1"]))
    orphan = write_part(tmp_path, messages(["2"]), table_name="messages", chat_id="c", month="2024-03")
    store.sweep()
    assert not (tmp_path / orphan.path).exists()
    assert store.messages("c").num_rows == 1


def test_the_same_messages_again_add_nothing(tmp_path):
    store = Store(tmp_path)
    assert put(store, messages(["1", "2"])) == 2
    assert put(store, messages(["1", "2"])) == 0
    assert put(store, messages(["2", "3"])) == 1
    assert sorted(store.messages("c")["message_id"].to_pylist()) == ["1", "2", "3"]


def test_small_part_limit_spills_and_keeps_every_row(tmp_path):
    store = Store(tmp_path, StoreSettings(part_rows=3))
    tables = [messages([f"{m}-{k}" for k in range(5)], month=m) for m in (1, 2, 3)]
    assert put(store, *tables, *tables) == 15
    assert store.messages("c").num_rows == 15


def test_a_source_that_breaks_off_leaves_nothing(tmp_path):
    store = Store(tmp_path, StoreSettings(part_rows=2))
    intake = Intake(store)
    with pytest.raises(RuntimeError), intake.source() as source:
        source.offer(messages(["1", "2", "3"]))
        raise RuntimeError
    with intake.source() as source:
        assert source.offer(messages(["1"])) == 1
    assert sum(part.rows for part in intake.finish()) == 1


def test_unseen_keeps_the_first_of_repeated_ids():
    rows = unseen(messages(["1", "2", "1", "3"]), [pa.array(["3"])])
    assert rows["message_id"].to_pylist() == ["1", "2"]


def test_a_merge_that_would_lower_the_count_is_refused(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1", "2"]))
    with pytest.raises(ShrinkingMerge), store.write() as change:
        change.replace.append(write_part(tmp_path, messages(["1"]), table_name="messages", chat_id="c"))
    assert store.messages("c").num_rows == 2


def test_migrations_lead_to_the_schema_in_the_code(tmp_path):
    engine = open_catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, catalogue.metadata) == []


def test_a_newer_catalogue_is_refused_with_advice(tmp_path):
    store = Store(tmp_path)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="Upgrade nuanqun"):
        Store(tmp_path)


def test_a_damaged_catalogue_is_named_with_advice(tmp_path):
    (tmp_path / "catalogue.sqlite").write_bytes(b"this is no database, only forty bytes....")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Store(tmp_path)


def test_two_imports_at_once_do_not_double_a_message(tmp_path):
    code = (
        "import sys; sys.path[:0] = ['.', 'tests', 'tests/app']\n"
        "from pathlib import Path\nfrom nuanqun.store import Store\nfrom test_store import messages\n"
        "from nuanqun.intake import Intake\n"
        "store = Store(Path(sys.argv[1]))\n"
        "with store.import_lock(), store.write() as change:\n"
        "    intake = Intake(store)\n"
        "    with intake.source() as source: source.offer(messages([str(k) for k in range(500)]))\n"
        "    change.add = intake.finish()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert Store(tmp_path).messages("c").num_rows == 500


def test_annotations_come_back_with_the_columns_of_every_head(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1", "2"]))
    (part,) = store.parts("messages")
    rows = pa.table({"message_id": ["1", "2"], "ads_label": ["ad", None]})
    with store.write() as change:
        change.add.append(
            write_part(tmp_path, rows, table_name="annotations", chat_id="c", month=part.month, stem=part.stem)
        )
    assert store.annotations("c")["ads_label"].to_pylist() == ["ad", None]
    assert store.annotations("c", ["ads_label"]).column_names == ["ads_label"]


def test_a_part_that_was_deleted_meanwhile_is_read_from_the_new_state(tmp_path, monkeypatch):
    store = Store(tmp_path)
    put(store, messages(["1", "2"]))
    listed = store.parts("messages", "c")
    with store.import_lock(), store.write() as change:
        change.erases, change.drop = True, [("messages", "c")]
        change.add.append(write_part(tmp_path, messages(["2"]), table_name="messages", chat_id="c", month="2024-03"))
    assert not (tmp_path / listed[0].path).exists()
    real, asked = store.parts, []

    def stale_once(*names):
        asked.append(names)
        if len(asked) > 1:
            return real(*names)
        monkeypatch.setattr(store, "version", iter(["old", "new", "new"]).__next__)
        return listed

    monkeypatch.setattr(store, "parts", stale_once)
    assert store.messages("c")["message_id"].to_pylist() == ["2"]


def test_a_missing_part_is_named_with_advice(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1"]))
    (tmp_path / store.parts("messages")[0].path).unlink()
    with pytest.raises(WorkspaceError, match="doctor --verify"):
        store.messages("c")


def test_nothing_is_swept_from_under_a_running_import(tmp_path):
    store = Store(tmp_path, StoreSettings(sweep_minutes=-1))
    put(store, messages(["1"]))
    with store.import_lock(), store.write() as change:
        part = write_part(tmp_path, messages(["2"]), table_name="messages", chat_id="c", month="2024-03")
        Store(tmp_path, StoreSettings(sweep_minutes=-1)).sweep()
        change.add.append(part)
    assert store.messages("c").num_rows == 2


def test_a_replaced_part_stays_for_open_readers_however_old_it_is(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1"]))
    (old,) = store.parts("messages")
    os.utime(tmp_path / old.path, (0, 0))
    with store.write() as change:
        rows = messages(["1", "2"])
        change.replace.append(write_part(tmp_path, rows, table_name="messages", chat_id="c", month="2024-03"))
    store.sweep()
    assert (tmp_path / old.path).exists()


def test_an_analysis_of_messages_that_were_erased_meanwhile_is_not_stored(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1"]))
    (old,) = store.parts("messages")
    result = write_part(tmp_path, CHATS.empty_table(), table_name="chats", chat_id="c")
    with store.import_lock(), store.write() as change:
        change.erases, change.drop = True, [("messages", "c")]
    with store.write() as change:
        change.replace, change.made_from = [result], {"c": {old.path}}
        beside = {"table_name": "annotations", "chat_id": "c", "month": "2024-03", "stem": old.stem}
        change.add.append(write_part(tmp_path, pa.table({"message_id": ["1"]}), **beside))
    assert store.parts("chats") == store.parts("annotations") == []


def test_parts_without_their_catalogue_are_no_new_workspace(tmp_path):
    store = Store(tmp_path)
    put(store, messages(["1"]))
    store.engine.dispose()
    for path in tmp_path.glob("catalogue.sqlite*"):
        path.unlink()
    with pytest.raises(WorkspaceError, match="is missing"):
        Store(tmp_path)
    assert list(tmp_path.rglob("*.parquet"))


def test_a_migration_that_is_interrupted_leaves_the_old_schema(tmp_path, monkeypatch):
    engine = open_catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")
    migrate(engine, "0003")
    real, made = Operations.create_table, []

    def stop_at_the_third(self, name, *columns, **options):
        made.append(name)
        if len(made) == 3:
            raise KeyboardInterrupt
        return real(self, name, *columns, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("alembic.op.create_table", lambda *a, **o: stop_at_the_third(op._proxy, *a, **o))
        migrate(engine)
    assert revision_of(engine) == "0003"
    assert "account" not in sa.inspect(engine).get_table_names()
    migrate(engine)
