"""Telegram JSON: one chat, a whole account, exports before 2021, cut files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ingest import IngestSettings, ParseIssue, Source, read_export
from ingest.formats.telegram_json import FORMAT
from ingest.message import ChatStart, Message


def chat(*messages: dict[str, Any], name: str = "Беседа 茶", number: int = 5) -> dict[str, Any]:
    return {"name": name, "type": "private_group", "id": number, "messages": list(messages)}


def said(number: int, text: Any = "hi", **more: Any) -> dict[str, Any]:
    base = {"id": number, "type": "message", "date": "2024-03-01T08:00:00", "date_unixtime": "1709251200"}
    return {**base, "from": "Ana", "from_id": "user7", "text": text, **more}


def read(data: Any, zone: str = "Asia/Shanghai") -> list:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    source = Source.of_bytes(raw, "result.json", settings=IngestSettings(zone=zone))
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.7
    return list(FORMAT.parse(source))


def rows_of(records: list) -> list[Message]:
    return [record for record in records if isinstance(record, Message)]


def test_text_arrays_links_mentions_and_replies():
    pieces = [
        "看 ",
        {"type": "text_link", "text": "这里", "href": "https://x.example/a"},
        {"type": "mention_name", "text": "王 五", "user_id": 9},
    ]
    (row,) = rows_of(read(chat(said(3, pieces, reply_to_message_id=2))))
    assert (row.text, row.urls, row.mentions, row.reply_to) == ("看 这里王 五", ["https://x.example/a"], ["user9"], "2")


def test_old_exports_have_bare_ids_and_local_times():
    item = {"id": 1, "type": "message", "date": "2019-03-01T08:00:00", "from": None, "from_id": 7, "text": "x"}
    (row,) = rows_of(read(chat(item)))
    assert (row.sent_at, row.sender_id, row.sender_name) == (datetime(2019, 3, 1, 8), "user7", None)


def test_the_exporters_zone_is_learned_where_it_differs():
    assert read(chat(said(1)))[0].zone is None
    assert read(chat(said(1)), zone="UTC")[0].zone == "+08:00"
    assert rows_of(read(chat(said(1))))[0].sent_at == datetime(2024, 3, 1, tzinfo=UTC)


def test_services_become_events():
    def service(action: str, **more: Any) -> dict[str, Any]:
        return {**said(1), "type": "service", "actor": "Ana", "actor_id": "user7", "action": action, **more}

    rows = rows_of(
        read(
            chat(
                service("invite_members", members=["Bob", None]),
                service("invite_members", members=["Ana"]),
                service("remove_members", members=["Ana"]),
                service("join_group_by_link", inviter="Bob"),
                service("edit_group_title", title="新"),
                service("something_new"),
            )
        )
    )
    assert [row.event for row in rows] == ["invite", "join", "leave", "join", "rename", "other"]
    assert (rows[0].actor_ids, rows[0].target_ids) == (["user7"], ["Bob"])


def test_media_kinds():
    rows = rows_of(
        read(
            chat(
                said(1, "", photo="(File not included.)"),
                said(2, "", media_type="voice_message", file="a.ogg"),
                said(3, "", file="a.zip"),
                said(4, "", poll={"question": "?", "answers": []}),
            )
        )
    )
    assert [row.kind for row in rows] == ["image", "voice", "file", "poll"]


def test_an_account_holds_many_chats():
    account = {
        "personal_information": {"user_id": 1},
        "chats": {"list": [chat(said(1), number=1, name="a"), chat(said(1), said(2), number=2, name="b")]},
        "left_chats": {"list": [chat(said(1), number=3, name="c")]},
    }
    records = read(account)
    assert [(r.name, r.platform_chat_id) for r in records if isinstance(r, ChatStart)] == [
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
    ]
    assert len(rows_of(records)) == 4


def test_a_cut_file_gives_every_whole_message_and_says_so():
    whole = json.dumps(chat(*(said(i) for i in range(50)))).encode()
    records = read(whole[: len(whole) // 2])
    assert 20 <= len(rows_of(records)) <= 26
    assert isinstance(records[-1], ParseIssue)
    assert records[-1].reason.startswith("truncated_tail")


def test_keys_may_be_missing():
    start, row = read({"messages": [{"type": "message", "date_unixtime": "1709251200", "from": "Ana", "text": "x"}]})
    assert (start.name, row.platform_id, row.sender_name) == ("", None, "Ana")


def test_a_record_without_time_is_reported():
    reading = read_export(
        Source.of_bytes(json.dumps(chat(said(1), {"id": 2, "date": None, "text": "?"})).encode(), "r.json")
    )
    list(reading)
    (receipt,) = reading.receipts.values()
    assert [issue.reason for issue in receipt.skipped] == ["bad_time"]
