"""WeChatMsg (留痕) CSV: one row a record, types of WeChat's database, bodies of type 49 empty.

Example row: `101,217,1,0,0,1709251260,,早,2024-03-01 08:01:00,,张三,wxid_nq0001`.
"""

from __future__ import annotations

import csv
import io

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.sentences import sentence
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name, wxid

HEADER = "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender".split(",")
ROOM = "59000000001@chatroom"
TYPES = {
    "text": (1, 0), "image": (3, 0), "voice": (34, 0), "video": (43, 0), "sticker": (47, 0), "location": (48, 0),
    "link": (49, 5), "file": (49, 6), "forward": (49, 19), "chain": (49, 53), "red_packet": (49, 2001),
    "system": (10000, 0),
}  # fmt: skip
XML = {
    "image": '<?xml version="1.0"?>\n<msg>\n\t<img aeskey="00" md5="{key}" length="2048" />\n</msg>\n',
    "voice": '<msg><voicemsg voicelength="7000" fromusername="{sender}" /></msg>',
    "video": '<?xml version="1.0"?>\n<msg>\n\t<videomsg playlength="15" length="1024" md5="{key}" />\n</msg>\n',
    "sticker": '<msg><emoji fromusername="{sender}" tousername="' + ROOM + '" type="2" md5="{key}" /></msg>',
    "location": '<msg><location x="31.0" y="121.0" scale="15" label="" poiname="{text}" /></msg>',
}
NUDGE, QUOTE = (10000, 4), (49, 57)


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """The words that survive: none of cards, quotes, 接龙 and red packets."""
    if message.kind == "system":
        return sentence(message, _name)
    if message.kind == "text" and not message.quotes:
        return addressed(message, _name, "\u2005")
    return message.text if message.kind == "location" else ""


def render(chat: SimulatedChat) -> str:
    """The whole file."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEADER)
    for number, message in enumerate(chat.messages, 100):
        body = text(chat, message)
        if body is not None:
            table.writerow(_row(chat, message, body, number))
    return out.getvalue()


def _row(chat: SimulatedChat, message: SimulatedMessage, body: str, number: int) -> list[object]:
    who = message.sender or (message.actors[0] if message.event == "nudge" else None)
    kind = QUOTE if message.quotes else NUDGE if message.event == "nudge" else TYPES[message.kind]
    if message.kind in XML:
        body = XML[message.kind].format(
            key=f"{number:032x}", sender=wxid(message.sender or chat.owner), text=message.text
        )
    own = int(message.sender is chat.owner)
    stamp = message.sent_at.strftime("%Y-%m-%d %H:%M:%S")
    names = ["", who.name, wxid(who)] if who else ["", "", ROOM]
    return [number, 217, *kind, own, int(message.sent_at.timestamp()), "", body, stamp, *names]


def _name(member: SimulatedMember) -> str:
    return member.name


WRITER = Writer(
    id="wechatmsg_csv",
    file_name=lambda chat: f"{plain_name(chat.name)}_utf8.csv",
    render=render,
    text=text,
    sender=lambda chat, member: wxid(member),
    encoding="utf-8-sig",
)
