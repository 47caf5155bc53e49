"""A chat written as ChatLab and read again is the same chat, in JSON and in JSONL."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chat_rows import ChatRows
from ingest.chatlab_writer import TYPES, write_chatlab
from ingest.message import KINDS, ChatStart, Message
from ingest.reading import read_export
from ingest.settings import IngestSettings
from ingest.source import Source

NOW = datetime(2024, 3, 6, tzinfo=UTC)
KEPT = ("sender_id", "sender_name", "sender_card", "sender_role", "kind", "text", "event")


def at(second: int) -> datetime:
    return datetime(2024, 3, 1, 8, 0, second, tzinfo=UTC)


def table(*rows: Message) -> pa.Table:
    chat = ChatRows(ChatStart("茶室", "g1"), "茶室", "qq", IngestSettings())
    for row in rows:
        chat.add(row, "x")
    return chat.take_table()


def write(messages: pa.Table, *, lines: bool = False) -> str:
    out = io.StringIO()
    count = write_chatlab(
        lambda: [messages], out, name="茶室", platform="qq", exported_at=NOW, group_id="g1", lines=lines
    )
    assert count == messages.num_rows
    return out.getvalue()


def read(text: str, lines: bool) -> pa.Table:
    reading = read_export(Source.of_bytes(text.encode(), "chat.jsonl" if lines else "chat.json"))
    tables = list(reading)
    [receipt] = reading.receipts.values()
    assert (receipt.name, receipt.platform) == ("茶室", "qq")
    assert receipt.format == ("chatlab_jsonl" if lines else "chatlab_json")
    return pa.concat_tables(tables)


SAID = [
    Message(at(0), "早\n[2024/1/3 09:00:00] 王: 贴", "text", "1", "A: b", "群片", "owner", "m0"),
    Message(at(1), "好", "text", "2", "小王", None, "admin", "m1", reply_to="m0"),
    *(Message(at(2 + i), "", kind, "3", "小王", platform_id=f"k{i}") for i, kind in enumerate(("image", "voice", "video"))),
    Message(at(6), "名单.xlsx", "file", "3", "小王", platform_id="f"),
    Message(at(7), "#接龙\n1. 甲", "chain", "3", "小王", platform_id="c"),
    Message(at(8), "恭喜发财", "red_packet", "3", "小王", platform_id="r"),
    Message(at(9), '"A"邀请"B"加入了群聊', event="invite", actor_ids=["A"], target_ids=["B"], platform_id="e"),
]  # fmt: skip


@pytest.mark.parametrize("lines", [False, True])
def test_every_field_chatlab_has_comes_back(lines: bool) -> None:
    before = table(*SAID)
    after = read(write(before, lines=lines), lines)
    assert after.select([c for c in KEPT if c != "sender_id"]).to_pylist() == (
        before.select([c for c in KEPT if c != "sender_id"]).to_pylist()
    )
    assert after["sent_at"].to_pylist() == before["sent_at"].to_pylist()
    assert after["sender_id"].to_pylist()[:-1] == before["sender_id"].to_pylist()[:-1]
    assert after["actor_ids"].to_pylist() == before["actor_ids"].to_pylist()
    assert after["target_ids"].to_pylist() == before["target_ids"].to_pylist()
    ids = after["message_id"].to_pylist()
    assert after["reply_to"].to_pylist()[1] == ids[0]
    assert after["chat_id"].to_pylist()[0] == before["chat_id"].to_pylist()[0]


def test_the_document_is_chatlab_0_0_2() -> None:
    renamed = Message(at(20), "x", "text", "1", "新名", platform_id="n")
    found = json.loads(write(table(*SAID, renamed)))
    assert found["chatlab"] == {"version": "0.0.2", "exportedAt": int(NOW.timestamp()), "generator": "nuanqun"}
    assert found["meta"] == {"name": "茶室", "platform": "qq", "type": "group", "groupId": "g1", "ownerId": "1"}
    first = found["members"][0]
    assert first == {
        "platformId": "1", "accountName": "新名", "aliases": ["A: b"], "groupNickname": "群片", "roles": [{"id": "owner"}],
    }  # fmt: skip
    assert [m["type"] for m in found["messages"]] == [0, 25, 1, 2, 3, 4, 0, 20, 80, 0]
    assert found["messages"][2]["content"] is None
    assert found["messages"][8]["sender"] == "A"


def test_events_without_words_get_the_words_of_a_system_line() -> None:
    rows = [
        Message(at(0), "hi", "text", "a"),
        Message(at(1), event="join", actor_ids=["b"]),
        Message(at(2), event="kick", actor_ids=["a"], target_ids=["b", "c"]),
        Message(at(3), event="nudge", actor_ids=["a"], target_ids=["b"]),
        Message(at(4), event="recall", actor_ids=["a"]),
    ]
    before = table(*rows)
    after = read(write(before), lines=False)
    assert after["event"].to_pylist() == before["event"].to_pylist()
    assert after["actor_ids"].to_pylist() == before["actor_ids"].to_pylist()
    assert after["target_ids"].to_pylist() == before["target_ids"].to_pylist()


def test_every_kind_has_a_number() -> None:
    assert set(TYPES) == set(KINDS)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=20), st.booleans())
def test_any_text_survives(texts: list[str], lines: bool) -> None:
    before = table(*(Message(at(i), text, "file", "1", "n", platform_id=str(i)) for i, text in enumerate(texts)))
    after = read(write(before, lines=lines), lines)
    assert after["text"].to_pylist() == before["text"].to_pylist()
