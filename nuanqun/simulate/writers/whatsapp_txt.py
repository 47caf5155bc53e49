"""WhatsApp text export of an Android phone in simplified Chinese: minutes, names, no ids, no replies.

Example: `2024/3/1 08:01 - 张三: 早`.
"""

from __future__ import annotations

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name

NOTICE = "消息和通话已进行端到端加密。只有此对话中的成员可以读取、收听或分享。"
OMITTED = "<省略影音内容>"
MEDIA = ("image", "voice", "video", "sticker")
DROPPED = ("red_packet",)
DELETED = "这条消息已删除"


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """All words; pictures become a placeholder, nudges and packets do not exist."""
    if message.kind == "system":
        return _system(chat, message)
    if message.kind in DROPPED:
        return None
    if message.kind in MEDIA:
        return OMITTED
    if message.kind == "file":
        return f"{message.text} (文件附件)"
    if message.kind == "location":
        return f"位置：{message.text} https://maps.google.com/?q=31.0,121.0"
    return addressed(message, contact)


def _system(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    actors = "、".join(contact(m) for m in message.actors)
    targets = "、".join(contact(m) for m in message.targets)
    return {
        "group_created": f"{actors}创建了群组“{chat.name}”",
        "invite": f"{actors}添加了{targets}",
        "scan_qr": f"{targets}使用此群组的邀请链接加入了",
        "leave": f"{actors}已退出",
        "kick": f"{actors}移除了{targets}",
        "recall": DELETED,
    }.get(message.event or "")


def render(chat: SimulatedChat) -> str:
    """The whole file; a recalled message stays as its sender's deleted one."""
    lines = [f"{_stamp(chat.messages[0])} - {NOTICE}"]
    for message in chat.messages:
        body = text(chat, message)
        if body is not None:
            who = message.actors[0] if message.event == "recall" else message.sender
            lines.append(f"{_stamp(message)} - {contact(who) + ': ' if who else ''}{body}")
    return "\n".join(lines) + "\n"


def _stamp(message: SimulatedMessage) -> str:
    at = message.sent_at
    return f"{at.year}/{at.month}/{at.day} {at:%H:%M}"


def contact(member: SimulatedMember) -> str:
    """The name in the exporting phone's address book: trimmed, without a colon."""
    return member.name.replace(":", "").strip()


WRITER = Writer(
    id="whatsapp_txt",
    file_name=lambda chat: f"与{plain_name(chat.name)}的 WhatsApp 聊天.txt",
    render=render,
    text=text,
    sender=lambda chat, member: contact(member),
    resolution="min",
    preamble=1,
    speaks=lambda message: message.sender is not None or message.event == "recall",
)
