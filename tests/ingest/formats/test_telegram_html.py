"""Telegram's HTML pages: joined blocks, events without a time, replies across pages, forwards."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ingest.formats.telegram_html import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source, bytes_part

EAST = timezone(timedelta(hours=8))
HEAD = (
    '<!DOCTYPE html><html><head><title>Exported Data</title></head><body><div class="page_wrap">'
    '<div class="page_header"><div class="content"><div class="text bold">\n花店 &amp; 朋友们 \n</div></div></div>'
    '<div class="page_body chat_page"><div class="history">'
)


def block(number: int, clock: str, inner: str, sender: str | None = None, zone: str = " UTC+08:00") -> str:
    name = f'<div class="from_name">\n{sender} \n</div>' if sender is not None else ""
    joined = "" if sender is not None else " joined"
    return (
        f'<div class="message default clearfix{joined}" id="message{number}"><div class="body">'
        f'<div class="pull_right date details" title="{clock}{zone}">x</div>{name}{inner}</div></div>'
    )


def service(number: int, text: str) -> str:
    return f'<div class="message service" id="message{number}"><div class="body details">\n{text}\n</div></div>'


def text(words: str) -> str:
    return f'<div class="text">\n{words}\n</div>'


def read(*pages: str) -> list[Message]:
    parts = tuple(bytes_part((HEAD + page).encode(), f"messages{i or ''}.html") for i, page in enumerate(pages))
    records = list(FORMAT.parse(Source(parts)))
    assert isinstance(records[0], ChatStart)
    assert records[0].name == "花店 & 朋友们"
    assert all(isinstance(record, Message) for record in records[1:])
    return [record for record in records[1:] if isinstance(record, Message)]


def test_joined_blocks_inherit_the_sender_across_pages() -> None:
    one = block(1, "01.03.2024 10:00:00", text("早<br>[2024/1/3 09:00:00] 王: 不是消息"), "李: 四")
    messages = read(one + block(2, "01.03.2024 10:00:05", text("在")), block(3, "01.03.2024 10:01:00", text("嗯")))
    assert [m.sender_name for m in messages] == ["李: 四"] * 3
    assert messages[0].text == "早\n[2024/1/3 09:00:00] 王: 不是消息"
    assert messages[0].sent_at == datetime(2024, 3, 1, 10, tzinfo=EAST)
    assert [m.platform_id for m in messages] == ["1", "2", "3"]


def test_old_exports_without_a_zone_are_wall_clock() -> None:
    [message] = read(block(1, "05.11.2019 10:00:00", text("旧"), "A", zone=""))
    assert message.sent_at == datetime(2019, 11, 5, 10)


def test_events_take_the_time_of_their_neighbours_and_date_rows_are_none() -> None:
    messages = read(
        service(-1, "1 March 2024")
        + service(1, "Anna created group «花店» with members Ben and Carl")
        + block(2, "01.03.2024 10:00:00", text("hi"), "Anna")
        + service(3, "Anna invited Dora, Eve and Finn")
        + service(-2, "2 March 2024")
        + service(4, "Ben removed Ben")
        + block(5, "02.03.2024 09:30:00", text("x"), "Anna")
        + service(6, "Anna removed Carl")
        + service(7, "Anna pinned <a href='#'>this message</a>")
        + service(-3, "3 March 2024")
        + service(8, "Gina joined group by link from Anna")
    )
    assert [m.event for m in messages] == [
        "group_created", None, "invite", "leave", None, "kick", "pin", "join",
    ]  # fmt: skip
    assert messages[0].target_ids == ["Ben", "Carl"]
    assert messages[2].target_ids == ["Dora", "Eve", "Finn"]
    assert (messages[5].actor_ids, messages[5].target_ids) == (["Anna"], ["Carl"])
    assert messages[0].sent_at == messages[1].sent_at == messages[2].sent_at
    assert messages[3].sent_at == messages[4].sent_at
    assert messages[7].sent_at == datetime(2024, 3, 3)


def test_replies_forwards_and_media_keep_their_kind() -> None:
    forwarded = (
        '<div class="forwarded body"><div class="from_name">News via @bot<span class="date details" '
        'title="29.02.2024 08:00:00">29.02.2024 08:00:00</span></div><div class="text">旧闻</div></div>'
    )
    reply = '<div class="reply_to details">In reply to <a href="messages.html#go_to_message7">this</a></div>'
    poll = (
        '<div class="media_wrap"><div class="media_poll"><div class="question bold">几点?</div>'
        '<div class="answer">- 八点</div><div class="answer">- 九点</div></div></div>'
    )
    contact = '<div class="media_wrap"><div class="media media_contact"><div class="title bold">王 五</div></div></div>'
    sticker = '<div class="media_wrap"><a class="sticker_wrap"><img class="sticker"></a></div>'
    messages = read(
        block(1, "01.03.2024 10:00:00", forwarded, "Anna")
        + block(2, "01.03.2024 10:00:01", reply + text("好"))
        + block(3, "01.03.2024 10:00:02", poll)
        + block(4, "01.03.2024 10:00:03", contact)
        + block(5, "01.03.2024 10:00:04", sticker)
    )
    assert [m.kind for m in messages] == ["forward", "text", "poll", "card", "sticker"]
    assert {m.sender_name for m in messages} == {"Anna"}
    assert (messages[0].quoted_name, messages[0].text) == ("News", "旧闻")
    assert messages[1].reply_to == "7"
    assert messages[2].text == "几点?\n- 八点\n- 九点"
    assert messages[3].text == "王 五"


def test_a_call_is_an_event_and_the_page_is_recognised() -> None:
    call = '<div class="media_wrap"><div class="media media_call"><div class="title bold">Ben</div></div></div>'
    page = block(1, "01.03.2024 10:00:00", call, "Anna")
    [message] = read(page)
    assert (message.event, message.actor_ids) == ("call", ["Anna"])
    assert FORMAT.sniff(HEAD + page, "", "messages.html") > 0.9
    assert FORMAT.sniff("<html><div class='history'>notes</div>", "", "messages.html") == 0.0
