"""MESSAGES of one chat as a ChatLab interchange file (v0.0.2), JSON or JSONL, streamed.

In: a function that gives the chat's tables anew on every call (members are gathered before messages are written).
Out: text on a stream. Example: `write_chatlab(lambda: [table], stream, name="读书会", platform="qq", exported_at=now)`.
Source: hellodigua/ChatLab, chatlab-format v0.0.2; what it has no field for (quotes, links, milliseconds) stays behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc

VERSION = "0.0.2"
ROWS = 10_000
"""Rows that are turned into objects at a time."""
TYPES = {
    "text": 0, "image": 1, "voice": 2, "video": 3, "file": 4, "sticker": 5, "link": 7, "location": 8,
    "red_packet": 20, "transfer": 21, "call": 23, "mini_program": 24, "forward": 26, "card": 27, "chain": 0,
    "action": 0, "poll": 99, "unknown": 99, "system": 80,
}  # fmt: skip
"""Kind -> ChatLab type number."""
REPLY, SYSTEM = 25, 80
EVENT_TYPES = {"nudge": 22, "recall": 81}
SENTENCES = {
    "join": "{a}加入了群聊", "leave": "{a}退出了群聊", "kick": "{a}将{t}移出了群聊", "invite": "{a}邀请{t}加入了群聊",
    "scan_qr": "{a}通过扫描{t}分享的二维码加入群聊", "recall": "{a}撤回了一条消息", "nudge": "{a} 拍了拍 {t}",
}  # fmt: skip
"""Events that some tools store without words, in the words WeChat would use."""
COLUMNS = (
    "message_id sent_at sender_id sender_name sender_card kind text reply_to quoted_text event actor_ids target_ids"
).split()
Tables = Callable[[], Iterable[pa.Table]]


def write_chatlab(
    tables: Tables,
    out: TextIO,
    *,
    name: str,
    platform: str,
    exported_at: datetime,
    group_id: str | None = None,
    lines: bool = False,
) -> int:
    """Write one chat and return how many messages; `lines` gives JSONL, `group_id` is the platform's own chat id."""
    members = _members(tables())
    owner = next((key for key, one in members.items() if {"id": "owner"} in one.get("roles", [])), None)
    about = {"version": VERSION, "exportedAt": int(exported_at.timestamp()), "generator": "nuanqun"}
    meta = {"name": name, "platform": platform, "type": "group", "groupId": group_id, "ownerId": owner}
    meta = {key: value for key, value in meta.items() if value is not None}
    if lines:
        out.write(f"{_json({'_type': 'header', 'chatlab': about, 'meta': meta})}\n")
        out.writelines(f"{_json({'_type': 'member', **member})}\n" for member in members.values())
    else:
        head = {"chatlab": about, "meta": meta, "members": list(members.values())}
        out.write(f'{_json(head)[:-1]}, "messages": [')
    count = 0
    for count, row in enumerate(_rows(tables(), COLUMNS), 1):
        message = _message(row)
        if lines:
            out.write(f"{_json({'_type': 'message', **message})}\n")
        else:
            out.write(f"{',' if count > 1 else ''}\n{_json(message)}")
    if not lines:
        out.write("\n]}\n")
    return count


def _rows(tables: Iterable[pa.Table], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for table in tables:
        for batch in table.select(list(columns)).to_batches(max_chunksize=ROWS):
            yield from batch.to_pylist()


def _members(tables: Iterable[pa.Table]) -> dict[str, dict[str, Any]]:
    """Senders of messages by id, in order of appearance: last name and card, earlier names as aliases, role."""
    members: dict[str, dict[str, Any]] = {}
    said = (table.filter(pc.is_null(table["event"])) for table in tables)
    for row in _rows(said, ["sender_id", "sender_name", "sender_card", "sender_role"]):
        key, name = row["sender_id"], row["sender_name"] or row["sender_id"]
        member = members.setdefault(key, {"platformId": key, "accountName": name})
        if name != member["accountName"]:
            aliases = member.setdefault("aliases", [])
            if member["accountName"] not in aliases:
                aliases.append(member["accountName"])
            member["accountName"] = name
        if row["sender_card"]:
            member["groupNickname"] = row["sender_card"]
        if row["sender_role"] in ("owner", "admin"):
            member["roles"] = [{"id": row["sender_role"]}]
    return members


def _message(row: dict[str, Any]) -> dict[str, Any]:
    event, actors = row["event"], row["actor_ids"]
    sender = row["sender_id"] if event is None else next(iter(actors), None)
    number = TYPES[row["kind"]]
    if event is not None:
        number = EVENT_TYPES.get(event, SYSTEM)
    elif row["kind"] == "text" and (row["reply_to"] or row["quoted_text"]):
        number = REPLY
    found = {
        "sender": sender or "system",
        "accountName": row["sender_name"] or sender or "system",
        "groupNickname": row["sender_card"],
        "timestamp": int(row["sent_at"].timestamp()),
        "type": number,
        "content": row["text"] or _sentence(row),
        "platformMessageId": row["message_id"],
        "replyToMessageId": row["reply_to"],
    }
    return {key: value for key, value in found.items() if value is not None or key == "content"}


def _sentence(row: dict[str, Any]) -> str | None:
    """Words for an event that has none; null for media, as ChatLab does."""
    pattern = SENTENCES.get(row["event"] or "")
    if pattern is None or not row["actor_ids"] or "{t}" in pattern and not row["target_ids"]:
        return None
    who, whom = ("、".join(f'"{name}"' for name in row[key]) for key in ("actor_ids", "target_ids"))
    return pattern.format(a=who, t=whom)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
