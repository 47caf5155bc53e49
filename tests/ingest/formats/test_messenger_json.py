"""Messenger and Instagram JSON: repaired text, pages, newest first, events in words, the encrypted variant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.formats.messenger_json import FORMAT
from ingest.message import ChatStart
from ingest.messenger import read_notice, repair
from ingest.source import Source, bytes_part

START = 1709251205000


def broken(value: Any) -> Any:
    """The value with its strings as Meta writes them."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [broken(one) for one in value]
    return {key: broken(one) for key, one in value.items()} if isinstance(value, dict) else value


def page(rows: list[dict], first: int = 0, **more) -> bytes:
    rows = [{"timestamp_ms": START + 1000 * (first + i), **row} for i, row in enumerate(rows)][::-1]
    about = {"participants": [{"name": "张三"}, {"name": "Ben"}], "messages": rows, "title": "花友会"}
    return json.dumps(broken(about | {"thread_path": "inbox/huayou_7", **more})).encode()


def read(*pages: bytes, bom: bytes = b"") -> list:
    parts = tuple(bytes_part(bom + body, f"message_{i}.json") for i, body in enumerate(pages, 1))
    source = Source(parts)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def said(content: str = "", sender: str = "张三", **more) -> dict:
    return {"sender_name": sender, **({"content": content} if content else {}), **more}


@pytest.mark.parametrize("text", ["张三🌙", "plain", "naïve é"])
def test_repair_round_trips_and_leaves_good_text_alone(text: str) -> None:
    assert repair(broken(text)) == text
    assert repair(text) == text


def test_pages_are_one_chat_oldest_first_and_a_bom_does_not_matter() -> None:
    start, *rows = read(page([said("三"), said("四")], 10), page([said("一"), said("二")]), bom=b"\xef\xbb\xbf")
    assert start == ChatStart("花友会", "huayou_7")
    assert [row.text for row in rows] == ["一", "二", "三", "四"]
    assert rows[0].sender_name == "张三"
    assert rows[0].sent_at == datetime(2024, 3, 1, 0, 0, 5, tzinfo=UTC)


def test_media_shares_and_unsent_messages_keep_their_kind() -> None:
    file = [{"uri": "x"}]
    _, *rows = read(
        page(
            [
                said(photos=file),
                said(videos=file),
                said(audio_files=file),
                said(files=file),
                said(sticker={"uri": "s.png"}),
                said("看", share={"link": "https://x.example/a", "share_text": "标题"}),
                said(is_unsent=True),
                said("#接龙\n1. 甲"),
                said("[图片]"),
            ]
        )
    )
    assert [row.kind for row in rows] == [
        "image", "video", "voice", "file", "sticker", "link", "unknown", "chain", "text",
    ]  # fmt: skip
    assert rows[5].urls == ["https://x.example/a"]
    assert all(row.event is None for row in rows)


def test_events_by_type_and_by_sentence() -> None:
    _, *rows = read(
        page(
            [
                said("张三 added Ben to the group.", type="Subscribe", users=[{"name": "Ben"}]),
                said("x", type="Unsubscribe", users=[{"name": "张三"}]),
                said("张三 called you.", call_duration=12),
                said("张三 named the group 花友: 会."),
                said("Ben removed 王 五 from the group.", sender="Ben"),
                said("Ben left the group.", sender="Ben"),
                said('"张三"邀请"王五"加入了群聊'),
                said("Reacted 🙂 to your message ", sender="Ben"),
                said("我看见 Ben left the group."),
                said("Ben, 张三 left the group yesterday?", sender="Ben"),
            ]
        )
    )
    assert [row.event for row in rows] == [
        "invite", "leave", "call", "rename", "kick", "leave", "invite", "other", None, None,
    ]  # fmt: skip
    assert rows[0].target_ids == ["Ben"]
    assert (rows[4].actor_ids, rows[4].target_ids) == (["Ben"], ["王 五"])
    assert (rows[6].actor_ids, rows[6].target_ids) == (["张三"], ["王五"])


def test_the_encrypted_variant() -> None:
    rows = [
        {"isUnsent": False, "media": [], "senderName": "张三", "text": "早", "timestamp": START, "type": "text"},
        {"isUnsent": False, "media": [{"uri": "./m/a.mp4"}], "senderName": "Ben", "text": "", "timestamp": START + 1},
        {"isUnsent": True, "media": [], "senderName": "Ben", "text": "", "timestamp": START + 2, "type": "text"},
    ]
    body = {"participants": ["张三", "Ben"], "threadName": "Ben_12", "messages": rows}
    start, *found = read(json.dumps(body).encode())
    assert isinstance(start, ChatStart)
    assert start.name == "Ben_12"
    assert [(row.sender_name, row.kind) for row in found] == [("张三", "text"), ("Ben", "video"), ("Ben", "unknown")]


def test_instagram_is_told_by_its_folder() -> None:
    part = bytes_part(page([said("hi")]), "your_instagram_activity/messages/inbox/a/message_1.json")
    start = next(iter(FORMAT.parse(Source((part,)))))
    assert isinstance(start, ChatStart)
    assert start.platform == "instagram"


def test_a_sentence_without_a_member_in_front_is_what_somebody_wrote() -> None:
    assert read_notice("left the group.", {"Ben"}, "Ben") is None
    assert read_notice("You left the group.", {"Ben"}, "Ben") is not None
    assert read_notice("群主已恢复默认进群方式", {"Ben"}, "Ben") is not None
    assert read_notice("Ben left the group.\nreally", {"Ben"}, "Ben") is None
