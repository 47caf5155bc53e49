"""A plain table as people make it in a spreadsheet: 时间,发送人,发送人ID,消息类型,内容.

Example row: `2024-03-01 08:01:00,张三,wxid_nq0001,文本,早`.
"""

from __future__ import annotations

import csv
import io

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.sentences import sentence
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name, wxid

HEADER = ("时间", "发送人", "发送人ID", "消息类型", "内容")
KINDS = {
    "text": "文本", "image": "图片", "voice": "语音", "video": "视频", "sticker": "表情", "file": "文件",
    "link": "链接", "location": "位置", "forward": "聊天记录", "chain": "接龙", "red_packet": "红包", "system": "系统",
}  # fmt: skip
PLACEHOLDERS = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "sticker": "[表情]"}


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """All words, placeholders for pictures, sentences for system lines."""
    if message.kind == "system":
        return sentence(message, _name, owner_is_you=False)
    return PLACEHOLDERS.get(message.kind) or addressed(message, _name)


def render(chat: SimulatedChat) -> str:
    """The whole table."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEADER)
    for message in chat.messages:
        body = text(chat, message)
        if body is not None:
            who = [message.sender.name, wxid(message.sender)] if message.sender else ["系统", ""]
            table.writerow([f"{message.sent_at:%Y-%m-%d %H:%M:%S}", *who, KINDS[message.kind], body])
    return out.getvalue()


def _name(member: SimulatedMember) -> str:
    return member.name


WRITER = Writer(
    id="generic_table",
    file_name=lambda chat: f"{plain_name(chat.name)}.csv",
    render=render,
    text=text,
    sender=lambda chat, member: wxid(member),
    encoding="utf-8-sig",
)
