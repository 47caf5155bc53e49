"""What a Feishu / Lark message body says, by its type.

In: the decoded `body.content` and the mentions of a message. Out: `Body`, or `LarkEvent` for system rows.
Example: `read_body("text", {"text": "@_user_1 早"}, [{"key": "@_user_1", "name": "阿梅"}]).text == "@阿梅 早"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_KINDS = {
    "image": "image", "file": "file", "folder": "file", "audio": "voice", "media": "video", "video": "video",
    "sticker": "sticker", "interactive": "link", "hongbao": "red_packet", "share_chat": "card", "share_user": "card",
    "location": "location", "video_chat": "call", "todo": "card", "vote": "poll", "merge_forward": "forward",
    "calendar": "card", "share_calendar_event": "card", "general_calendar": "card",
}  # fmt: skip
_EVENTS = tuple(
    (event, re.compile(pattern, re.IGNORECASE))
    for event, pattern in (
        ("invite", "invited|added|邀请|添加"), ("kick", "removed|移出|移除"), ("leave", r"\bleft\b|quit|退出|离开"),
        ("join", "joined|加入"), ("rename", "changed the (?:group|chat) name|修改.{0,6}群名|群名称"),
        ("announce", "announcement|公告"), ("pin", r"\bpinned\b|置顶"), ("role_change", "owner|admin|群主|管理员"),
        ("recall", "recalled|撤回"), ("group_created", "created|创建"), ("call", "meeting|call|会议|通话"),
    )
)  # fmt: skip
_WORDS = ("text", "file_name", "topic", "title", "summary", "name", "content", "default_content")


@dataclass(slots=True)
class Body:
    """Words and kind of one message."""

    text: str = ""
    kind: str = "text"
    mentions: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LarkEvent:
    """A system row with its template filled in."""

    text: str
    event: str
    actors: list[str]
    targets: list[str]


def read_body(msg_type: str, content: Any, mentions: Iterable[Any]) -> Body:
    """The body of a member's message; unknown types keep whatever words they have."""
    body = Body(kind=_KINDS.get(msg_type, "unknown"))
    content = content if isinstance(content, Mapping) else {"text": str(content)}
    if msg_type == "text":
        body.text = str(content.get("text") or "")
        body.kind = "text"
    elif msg_type == "post":
        body.text = "\n".join(line for line in _post_lines(content, body) if line)
        body.kind = "text"
    else:
        body.text = next((str(content[key]) for key in _WORDS if isinstance(content.get(key), str)), "")
    if "@_all" in body.text:
        body.text = body.text.replace("@_all", "@所有人")
        body.mentions.append("@all")
    # @_user_1 is a prefix of @_user_10.
    named = [found for found in mentions if isinstance(found, Mapping) and found.get("key")]
    for found in sorted(named, key=lambda one: -len(str(one["key"]))):
        body.text = body.text.replace(str(found["key"]), f"@{found.get('name') or found.get('id')}")
    if body.kind == "text":
        chain = body.text.startswith(("#接龙", "#接龍"))
        body.kind = "chain" if chain else "text" if body.text.strip() else "unknown"
    return body


def _post_lines(content: Mapping[str, Any], body: Body) -> Iterator[str]:
    """Lines of a rich text, which may be wrapped in a language."""
    if "content" not in content:
        content = next((found for found in content.values() if isinstance(found, Mapping)), content)
    yield str(content.get("title") or "")
    for line in content.get("content") or ():
        yield "".join(_tag(tag, body) for tag in line if isinstance(tag, Mapping)) if isinstance(line, list) else ""


def _tag(tag: Mapping[str, Any], body: Body) -> str:
    kind = tag.get("tag")
    if kind == "at":
        everyone = tag.get("user_id") in ("all", "@_all")
        body.mentions.append("@all" if everyone else str(tag.get("user_id")))
        return "@所有人" if everyone else f"@{tag.get('user_name') or tag.get('user_id')}"
    if kind == "a" and tag.get("href"):
        body.urls.append(str(tag["href"]))
    if kind in ("img", "media", "emotion"):
        return {"img": "[图片]", "media": "[视频]"}.get(str(kind), "[表情]")
    return str(tag.get("text") or "")


def read_event(content: Any) -> LarkEvent:
    """Fill the template of a system row; its words tell the event, its lists who and whom."""
    content = content if isinstance(content, Mapping) else {}
    template = str(content.get("template") or content.get("text") or "")

    def people(*keys: str) -> list[str]:
        found = [name for key in keys for name in _list(content.get(key))]
        return [str(name) for name in found if name]

    text = re.sub(r"\{(\w+)\}", lambda slot: "、".join(map(str, _list(content.get(slot[1])))), template)
    event = next((event for event, words in _EVENTS if words.search(template)), "other")
    return LarkEvent(text, event, people("from_user", "old_owner"), people("to_chatters", "new_owner"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
