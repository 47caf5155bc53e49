"""What the outputs of chatlog have in common: senders as name(id), quotes as > lines, times of three layouts.

In: a body or a header field of sjzar/chatlog. Out: its parts.
Example: `split_sender("小王(wxid_a)") == ("wxid_a", "小王")`.
"""

from __future__ import annotations

import re
from datetime import datetime

from ingest.wechat_rows import WeChatRow

OWN = "我"
_SENDER = re.compile(r"(?P<name>.*)\((?P<id>[^()\s]+)\)", re.DOTALL)
_ID = re.compile(r"(?:[A-Za-z][\w-]{4,40}|\d+)(?:@\w+(?:\.\w+)?)?|我|系统消息")
_QUOTED_HEADER = re.compile(r"> (?P<who>.*) (?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d")
_NO_QUOTE = "> [引用]"


def split_sender(who: str) -> tuple[str | None, str | None]:
    """(id, name) of "name(id)" or of a bare id; the exporting account is 我 and has no id."""
    found = _SENDER.fullmatch(who)
    if not found:
        return (None, who) if who == OWN else (who, None)
    return None if found["id"] == OWN else found["id"], found["name"] or None


def is_sender(who: str) -> bool:
    """Whether a header field has the shape of a sender: name(id), an id, 我 or 系统消息."""
    found = _SENDER.fullmatch(who)
    return _ID.fullmatch(found["id"] if found else who) is not None


def read_quote(row: WeChatRow) -> None:
    """Move the > lines at the start of the body into the quote fields; a > that a member typed stays."""
    lines = [line.removesuffix("\r") for line in row.body.split("\n")]
    header = _QUOTED_HEADER.fullmatch(lines[0])
    if not header and lines[0] != _NO_QUOTE:
        return
    count = 1
    while count < len(lines) and lines[count].startswith("> "):
        count += 1
    if header:
        who = split_sender(header["who"])
        row.quoted_name = who[1] or who[0]
        row.quoted_text = "\n".join(line.removeprefix("> ") for line in lines[1:count]) or None
    row.body = "\n".join(lines[count:])
    row.type_name = "引用消息"


def file_dates(name: str) -> tuple[datetime | None, datetime | None]:
    """First and last day of a saved query: "…_2024-03-01_2024-03-05.txt"."""
    found = re.findall(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)", name)
    days = []
    for year, month, day in found:
        try:
            days.append(datetime(int(year), int(month), int(day)))
        except ValueError:
            continue
    return (days[0], days[-1]) if days else (None, None)


def talker_of(name: str) -> str | None:
    """The id of the chat in the name of a saved query, None where there is none."""
    found = re.match(r"(\d+@chatroom|wxid_[\w-]+?)(?=_|\.|$)", name)
    return found[1] if found else None
