"""Erasure: a member who asks to be forgotten is gone, and stays gone."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from conftest import ROOT
from ingest.message import MESSAGES, check_messages
from nuanqun import catalogue as cat
from nuanqun import verdicts
from nuanqun.doctor import check_privacy
from nuanqun.erase import forget_before, forget_member, refuse_forgotten
from nuanqun.errors import WorkspaceError
from nuanqun.forgotten import KEY_FILE, Forgotten, bare_hash, member_hash, under_key
from nuanqun.intake import Intake
from nuanqun.store import Store
from nuanqun.traces import GONE
from nuanqun.verdicts import Decision

CHAT = {"name": "羽毛球群", "platform": "qq", "zone": "Asia/Shanghai"}


def row(number: int, sender: str | None, **more) -> dict:
    facts = {
        "chat_id": "c", "message_id": str(number), "sent_at": datetime(2024, number, 1, tzinfo=UTC), "zone": "Asia/Shanghai",
        "time_resolution": "s", "sender_id": sender, "sender_name": {"1": "阿强", "2": "小鹿"}.get(sender or ""),
        "kind": "text", "text": f"第{number}句", "mentions": [], "urls": [], "actor_ids": [], "target_ids": [],
        "source": "a", "source_line": number,
    }  # fmt: skip
    return facts | more


ROWS = [
    row(1, "1"),
    row(2, "2", reply_to="1", quoted_text="第1句", quoted_name="阿强"),
    row(3, None, kind="system", event="invite", actor_ids=["1"], target_ids=["9"]),
    row(4, "2"),
    row(5, "1"),
]


def filled(tmp_path) -> Store:
    store = Store(tmp_path)
    intake = Intake(store)
    with intake.source() as source:
        source.offer(pa.Table.from_pylist(ROWS, schema=MESSAGES))
    with store.write() as change:
        change.add, change.chats = intake.finish(), {"c": CHAT}
    return store


def test_a_forgotten_member_leaves_no_word_behind(tmp_path):
    store = filled(tmp_path)
    files = set(tmp_path.rglob("*.parquet"))
    assert forget_member(store, "1") == 3
    kept = check_messages(store.messages("c"))
    assert kept["text"].to_pylist() == ["第2句", "第4句"]
    assert kept["quoted_text"].to_pylist() == [None, None]
    assert kept["quoted_name"].to_pylist() == [None, None]
    gone = files - set(store.message_paths())
    assert len(gone) == 4
    assert not any(path.exists() for path in gone)


def test_a_forgotten_member_does_not_come_back(tmp_path):
    store = filled(tmp_path)
    forget_member(store, "1")
    again = refuse_forgotten(pa.Table.from_pylist(ROWS, schema=MESSAGES), "qq", Intake(store).forgotten)
    assert again["message_id"].to_pylist() == ["2", "4"]
    assert again["quoted_text"].to_pylist() == [None, None]


def test_another_platform_has_other_members():
    rows = pa.Table.from_pylist(ROWS, schema=MESSAGES)
    assert refuse_forgotten(
        rows, "telegram", Forgotten(frozenset({member_hash("qq", "1", b"k")}), b"k")
    ).num_rows == len(ROWS)


def test_what_is_older_than_a_day_is_erased_half_open(tmp_path):
    store = filled(tmp_path)
    assert forget_before(store, datetime(2024, 4, 1, tzinfo=UTC)) == 3
    assert store.messages("c")["message_id"].to_pylist() == ["4", "5"]
    assert forget_before(store, datetime(2024, 4, 1, tzinfo=UTC)) == 0


def test_erasing_a_stranger_changes_nothing(tmp_path):
    store = filled(tmp_path)
    before = store.message_paths()
    assert forget_member(store, "nobody") == 0
    assert store.message_paths() == before


def test_no_byte_of_a_forgotten_member_is_left_in_the_workspace(tmp_path):
    """Messages, quotes, mentions, events, excerpts of receipts, runs, verdicts: read byte by byte."""
    secret, number, words = "独一无二的阿强", "77665544", "只有我说过这句话"
    store = Store(tmp_path)
    rows = [
        row(1, number, sender_name=secret, text=words, sender_card=f"{secret}的名片"),
        row(2, "2", reply_to="1", quoted_text=words, quoted_name=secret, text=f"@{secret} 好", mentions=[secret]),
        row(3, None, kind="system", event="leave", actor_ids=[secret], text=f"{secret}退出了群聊"),
        row(4, "2"),
    ]
    intake = Intake(store)
    with intake.source() as source:
        source.offer(pa.Table.from_pylist(rows, schema=MESSAGES))
    skipped = [{"line": 9, "reason": "not_a_record", "excerpt": f"{words}……"}]
    with store.write() as change:
        change.add, change.chats = intake.finish(), {"c": CHAT}
        change.receipts = [{"chat_id": "c", "first": "2024-01-01T00:00:00+00:00", "skipped": skipped}]
    store.add_run(started_at=datetime.now(UTC), status="done", body={"inputs": [{"name": f"与{secret}的聊天.txt"}]})
    verdicts.decide(store.engine, [Decision("c", "1", "ad", note=f"{secret}又来了")], "小林")
    verdicts.decide(store.engine, [Decision("c", "4", "fine", note=f"不是{secret}")], "小林")
    verdicts.add_remark(store.engine, "c", "1", "appeal", "本人说明", "小林")
    verdicts.add_remark(store.engine, "c", "4", "appeal", f"{secret}说不是", "小林")
    assert forget_member(store, number) == 2
    assert store.messages("c")["text"].to_pylist() == ["@[forgotten] 好", "第4句"]
    assert store.verdicts()["message_id"].to_pylist() == ["4"]
    assert [row["text"] for row in verdicts.remarks(store.engine)] == [f"{GONE}说不是"]
    assert [run["inputs"][0]["name"] for run in store.runs()] == ["与[forgotten]的聊天.txt"]
    store.engine.dispose()
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    everything += str(store.messages("c").to_pylist()).encode()
    for trace in (secret, number, words):
        assert trace.encode() not in everything
        assert trace.encode("ascii", "backslashreplace") not in everything  # how JSON may spell it


def test_retention_empties_the_excerpts_and_verdicts_of_what_is_too_old(tmp_path):
    store = filled(tmp_path)
    places = [{"line": 9, "reason": "not_a_record", "excerpt": "旧话"}]
    with store.write() as change:
        change.receipts = [
            {"chat_id": "c", "first": f"2024-0{month}-01T00:00:00+00:00", "skipped": places} for month in (1, 4)
        ]
    for number in ("1", "5"):
        verdicts.decide(store.engine, [Decision("c", number, "fine")], "小林")
    forget_before(store, datetime(2024, 4, 1, tzinfo=UTC))
    assert [body["skipped"][0]["excerpt"] for body in store.receipts("c")] == ["旧话", ""]
    assert store.verdicts()["message_id"].to_pylist() == ["5"]


# --- what is kept of who was forgotten


def stored(store: Store) -> set[str]:
    with store.engine.connect() as connection:
        return set(connection.scalars(sa.select(cat.forgotten.c.member_hash)))


def test_trying_all_ids_finds_nobody_without_the_key(tmp_path):
    store = filled(tmp_path)
    forget_member(store, "1")
    (kept,) = stored(store)
    tried = {bare_hash("qq", str(number)) for number in range(1000)}
    assert kept not in tried and kept not in {under_key(bare, b"") for bare in tried}
    assert store.forgotten().holds("qq", "1") and not store.forgotten().holds("qq", "2")


def test_two_workspaces_keep_different_hashes_of_the_same_person(tmp_path):
    stores = [filled(tmp_path / name) for name in ("a", "b")]
    for store in stores:
        forget_member(store, "1")
    assert stored(stores[0]).isdisjoint(stored(stores[1]))


def test_hashes_of_an_older_version_keep_matching_and_are_put_under_the_key(tmp_path):
    store = filled(tmp_path)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "nuanqun" / "migrations"))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        connection.exec_driver_sql(
            "INSERT INTO forgotten (member_hash, at) VALUES (?, ?)", (bare_hash("qq", "1"), "2024-01-01 00:00:00")
        )
    store.engine.dispose()
    again = Store(tmp_path)
    assert stored(again).isdisjoint({bare_hash("qq", "1")})
    rows = refuse_forgotten(pa.Table.from_pylist(ROWS, schema=MESSAGES), "qq", again.forgotten())
    assert rows["message_id"].to_pylist() == ["2", "4"]
    assert bare_hash("qq", "1").encode() not in (tmp_path / "catalogue.sqlite").read_bytes()
    assert stored(Store(tmp_path)) == stored(again)  # once only


def test_without_its_key_nothing_is_imported(tmp_path):
    store = filled(tmp_path)
    forget_member(store, "1")
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(WorkspaceError, match="backup"):
        store.forgotten()


def test_what_lies_in_a_new_workspace_is_for_its_owner_only(tmp_path):
    store = filled(tmp_path / "w")
    forget_member(store, "1")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "w", *(tmp_path / "w").iterdir())}
    assert modes["w"] == 0o700
    assert [finding.level for finding in check_privacy(tmp_path / "w")] == ["ok"]
    assert modes[KEY_FILE] == modes["catalogue.sqlite"] == 0o600
    assert all(mode == 0o600 for name, mode in modes.items() if name.startswith("catalogue.sqlite-"))
    (tmp_path / "w").chmod(0o750)
    (finding,) = check_privacy(tmp_path / "w")
    assert finding.level == "notice" and "chmod 700" in finding.advice
