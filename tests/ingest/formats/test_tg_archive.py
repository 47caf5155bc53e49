"""Pages of a tg-archive site."""

from __future__ import annotations

from datetime import datetime

from ingest.errors import ParseIssue
from ingest.formats.tg_archive import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source


def item(number: int, stamp: str, inner: str, user: str = "anna", kind: str = "message", reply: str = "") -> str:
    return (
        f'<li class="message type-{kind}" id="{number}"><div class="avatar"></div><div class="body"><div class="meta">'
        f'<a href="https://t.me/{user}" class="username">\n @{user}\n</a>{reply}'
        f'<a class="id" href="#{number}">#{number}</a><span class="date">{stamp}</span></div>{inner}</div></li>'
    )


def read(body: str) -> list:
    page = f'<html><body><nav class="nav"><a href="./">@bloemen</a></nav><ul><li class="day">x</li>{body}</ul>'
    source = Source.of_bytes(page.encode(), "2024-03.html")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_messages_joins_and_replies() -> None:
    start, *rows = read(
        item(1, "12:03 AM, 03 Jun 2023", '<div class="text">Joined.</div>', "777", "user_joined")
        + item(2, "12:30 PM, 03 Jun 2023", '<div class="text">第一行<br>10:00 王</div>')
        + item(3, "07:03 AM, 04 Jun 2023", "", "ben", reply='<a class="reply" href="2023-05.html#9">..</a>')
    )
    assert isinstance(start, ChatStart)
    assert (start.name, start.resolution) == ("bloemen", "min")
    assert [row.event for row in rows] == ["join", None, None]
    assert rows[0].actor_ids == ["777"]
    assert rows[0].sent_at == datetime(2023, 6, 3, 0, 3)
    assert rows[1].sent_at == datetime(2023, 6, 3, 12, 30)
    assert rows[1].text == "第一行\n10:00 王"
    assert (rows[2].reply_to, rows[2].text) == ("9", "")


def test_attachments_and_unreadable_times() -> None:
    def media(name: str, target: str = "media/1") -> str:
        return f'<div class="media"><a href="{target}"><span class="filename">{name}</span></a></div>'

    _, photo, paper, page, broken = read(
        item(1, "07:03 AM, 04 Jun 2023", media("a.JPG"))
        + item(2, "07:03 AM, 04 Jun 2023", media("名单.xlsx"))
        + item(3, "07:03 AM, 04 Jun 2023", media("", "https://example.org/a"))
        + item(4, "one day", '<div class="text">x</div>')
    )
    assert isinstance(photo, Message)
    assert [photo.kind, paper.kind, page.kind] == ["image", "file", "link"]
    assert (paper.text, page.urls) == ("名单.xlsx", ["https://example.org/a"])
    assert broken == ParseIssue(broken.line, "bad_time", "one day")
