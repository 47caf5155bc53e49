"""Element's HTML: continuations, days, replies."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.formats.matrix_html import FORMAT
from ingest.message import ChatStart
from ingest.source import Source


def tile(number: int, inner: str, who: str = "", stamp: str = '<span class="mx_MessageTimestamp">08:01</span>') -> str:
    profile = (
        f'<div class="mx_DisambiguatedProfile"><span class="mx_DisambiguatedProfile_displayName">{who}</span>'
        f'<span class="mx_DisambiguatedProfile_mxid">@{who}:example.org</span></div>'
        if who
        else ""
    )
    return (
        f'<div class="mx_Export_EventWrapper" id="${number}"><li class="mx_EventTile">{profile}{stamp}'
        f'<div class="mx_EventTile_line">{inner}</div></li></div>'
    )


def body(text: str) -> str:
    return f'<div class="mx_MTextBody"><span class="mx_EventTile_body">{text}</span></div>'


def read(content: str) -> list:
    page = f'<html><div class="mx_RoomHeader_nametext" title="t"> 茶室 </div><ol>{content}</ol></html>'
    source = Source.of_bytes(page.encode(), "messages.html")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_continuations_inherit_sender_and_day() -> None:
    day = '<li><div class="mx_DateSeparator"><h2>Fri, Mar 1 2024</h2></div></li>'
    start, one, two = read(day + tile(1, body("早<br>安"), "anna") + tile(2, body("x")))
    assert start == ChatStart("茶室", resolution="min")
    assert (one.sender_id, one.sender_name, one.text) == ("@anna:example.org", "anna", "早\n安")
    assert (two.sender_id, two.platform_id, two.sent_at) == ("@anna:example.org", "$2", datetime(2024, 3, 1, 8, 1))


def test_stamps_replies_events_and_files() -> None:
    titled = '<span class="mx_MessageTimestamp" title="Fri, Mar 1 2024 08:01:05">08:01</span>'
    absolute = '<time class="mx_MessageTimestamp" datetime="2024-03-01T00:02:00Z">08:02</time>'
    chain = (
        '<div class="mx_ReplyChain"><a href="https://matrix.to/#/!r/$9?via=x">In reply to</a>'
        f'<span class="mx_DisambiguatedProfile"><span class="mx_DisambiguatedProfile_displayName">ben</span></span>{body("旧")}</div>'
    )
    start, said, joined, file, gone = read(
        tile(1, chain + body("好"), "anna", titled)
        + tile(2, '<div class="mx_TextualEvent">ben joined the room</div>', "", absolute)
        + tile(3, '<a href="files/list.xlsx">list</a>', "anna", titled)
        + tile(4, '<span class="mx_RedactedBody">Message deleted</span>', "anna", titled)
    )
    assert start.resolution == "s"
    assert (said.sender_name, said.text, said.reply_to) == ("anna", "好", "$9")
    assert (said.quoted_text, said.quoted_name) == ("旧", "ben")
    assert said.sent_at == datetime(2024, 3, 1, 8, 1, 5)
    assert (joined.event, joined.actor_ids) == ("join", ["ben"])
    assert joined.sent_at == datetime(2024, 3, 1, 0, 2, tzinfo=UTC)
    assert (file.kind, file.text) == ("file", "list.xlsx")
    assert gone.kind == "unknown"
