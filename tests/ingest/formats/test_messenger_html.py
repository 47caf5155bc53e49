"""Messenger's HTML pages, whatever the class names of the build."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.formats.messenger_html import FORMAT
from ingest.message import ChatStart
from ingest.source import Source

NEW = ("pam _3-95 _2ph- _a6-g uiBoxWhite noborder", "_2ph_ _a6-h _a6-i", "_2ph_ _a6-p", "_3-94 _a6-o")
OLD = ("pam _3-95 _2pi0 _2lej uiBoxWhite noborder", "_3-96 _2pio _2lek _2lel", "_3-96 _2let", "_3-94 _2lem")


def box(classes: tuple[str, ...], sender: str, content: str, stamp: str) -> str:
    outer, first, second, third = classes
    return (
        f'<div class="{outer}"><div class="{first}">{sender}</div><div class="{second}"><div><div></div><div>{content}'
        f'</div><div></div></div></div><div class="{third}">{stamp}</div></div>'
    )


def read(*boxes: str) -> list:
    people = f'<div class="{NEW[0]}"><div>Participants: 张三 and Ben</div></div>'
    page = f"<html><head><title>花友会</title></head><body>{people}{''.join(boxes)}</body></html>"
    source = Source.of_bytes(page.encode(), "message_1.html")
    assert FORMAT.sniff(source.head, source.tail, source.name) >= 0.9
    return list(FORMAT.parse(source))


@pytest.mark.parametrize("classes", [NEW, OLD])
def test_sender_text_and_time_by_their_place(classes: tuple[str, ...]) -> None:
    reactions = '<ul class="_tqp"><li>👍Ben</li></ul>'
    start, one, two, three = read(
        box(classes, "张三", f"早<br>&lt;b&gt; 10:00 王: x{reactions}", "Mar 01, 2024 12:00:05 am"),
        box(classes, "Ben", '<img src="messages/inbox/a_1/photos/1.jpg">', "Mar 13, 2024 12:30:00 pm"),
        box(classes, "Ben", "Ben left the group.", "Mar 13, 2024 12:31:00 pm"),
    )
    assert start == ChatStart("花友会")
    assert (one.sender_name, one.text) == ("张三", "早\n<b> 10:00 王: x")
    assert one.sent_at == datetime(2024, 3, 1, 0, 0, 5)
    assert (two.kind, two.text, two.sent_at) == ("image", "", datetime(2024, 3, 13, 12, 30))
    assert (three.event, three.actor_ids) == ("leave", ["Ben"])


def test_numeric_dates_without_seconds() -> None:
    start, *rows = read(box(OLD, "a", "x", "01/03/2024, 10:00"), box(OLD, "a", "y", "25/03/2024, 10:00"))
    assert start.resolution == "min"
    assert [row.sent_at.day for row in rows] == [1, 25]
