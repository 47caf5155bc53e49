"""DiscordChatExporter HTML: groups, both layouts, minified pages."""

from __future__ import annotations

from datetime import datetime

from ingest.formats.discord_html import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

NAME = "Guild - Text - 闲聊 [1100000000029360128].html"


def author(name: str, number: str, stamp: str, title: str) -> str:
    return (
        f'<div class="chatlog__header"><span class="chatlog__author" title="{name}#1" data-user-id="{number}">{name}'
        f'</span><span class="chatlog__timestamp" title="{title}"><a href="#x">{stamp}</a></span></div>'
    )


def container(number: int, inner: str) -> str:
    return (
        f'<div id="chatlog__message-container-{number}" class="chatlog__message-container " data-message-id="{number}">'
        f'<div class="chatlog__message"><div class="chatlog__message-primary">{inner}</div></div></div>'
    )


def text(words: str) -> str:
    return (
        f'<div class="chatlog__content chatlog__markdown"><span class="chatlog__markdown-preserve">{words}</span></div>'
    )


def group(*containers: str) -> str:
    return f'<div class="chatlog__message-group">{"".join(containers)}</div>'


def read(*groups: str, name: str = NAME) -> list:
    entries = '<div class="preamble__entry">Guild</div><div class="preamble__entry">Text / 闲聊</div>'
    page = f"<!DOCTYPE html><html><body><div>{entries}</div><div class='chatlog'>{''.join(groups)}</div></body></html>"
    source = Source.of_bytes(page.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, name) > 0.9
    return list(FORMAT.parse(source))


def test_later_messages_of_a_group_keep_sender_and_date() -> None:
    title = "Friday, March 1, 2024 11:59 PM"
    short = '<div class="chatlog__short-timestamp" title="{}">{}</div>'
    start, one, two, three = read(
        group(
            container(11, author("anna", "7", "3/1/2024 11:59 PM", title) + text("早\n\n 行 <img class=e alt='🙂'>")),
            container(12, short.format("Saturday, March 2, 2024 12:01 AM", "12:01 AM") + text("x &lt;b&gt;")),
            container(13, short.format("", "12:02 AM") + text("y")),
        )
    )
    assert start == ChatStart("闲聊", "1100000000029360128", resolution="min")
    assert [m.sender_id for m in (one, two, three)] == ["7"] * 3
    assert (one.sender_name, one.sender_card, one.text) == ("anna#1", "anna", "早\n\n 行 🙂")
    assert (two.sent_at, two.text) == (datetime(2024, 3, 2, 0, 1), "x <b>")
    assert three.sent_at == datetime(2024, 3, 2, 0, 2)
    assert [m.platform_id for m in (one, two, three)] == ["11", "12", "13"]


def test_dates_without_titles_are_ordered_by_the_whole_file() -> None:
    def said(stamp: str) -> str:
        return group(container(1, author("a", "7", stamp, "") + text("x")))

    records = read(said("01/03/2024 08:00"), said("02/03/2024 08:00"), said("25/03/2024 08:00"))
    assert [r.sent_at.day for r in records if isinstance(r, Message)] == [1, 2, 25]


def test_titles_in_another_language_give_way_to_the_visible_date() -> None:
    [_, message] = read(
        group(container(1, author("a", "7", "2024/3/1 20:05", "vendredi 1 mars 2024 20:05") + text("x")))
    )
    assert message.sent_at == datetime(2024, 3, 1, 20, 5)


def test_events_replies_and_media() -> None:
    notice = (
        '<span class="chatlog__system-notification-author" title="ben" data-user-id="8">Ben</span>'
        '<span class="chatlog__system-notification-content"><span>removed </span><a>王</a><span> from the group.</span>'
        '</span><span class="chatlog__system-notification-timestamp"><a>3/1/2024 8:00 AM</a></span>'
    )
    reply = (
        '<div class="chatlog__reply"><div class="chatlog__reply-author">Ben</div><span class="chatlog__reply-link" '
        "onclick=\"scrollToMessage(event, '1100000000029360999')\">旧话</span></div>"
    )
    photo = '<div class="chatlog__attachment"><a href="https://x.example/p.png"><img src="t.png"></a></div>'
    head = author("anna", "7", "3/1/2024 8:01 AM", "")
    _, _, kick, said, image = read(
        group(container(1, notice)), group(container(2, reply + head + text("好"))), group(container(3, head + photo))
    )
    assert (kick.event, kick.actor_ids, kick.target_ids) == ("kick", ["8"], ["王"])
    assert (said.reply_to, said.quoted_text, said.quoted_name) == ("1100000000029360999", "旧话", "Ben")
    assert (image.kind, image.urls) == ("image", ["https://x.example/p.png"])


def test_the_old_layout_has_one_time_a_group() -> None:
    old = (
        '<div class="chatlog__message-group"><div class="chatlog__messages"><span class="chatlog__author-name" '
        'title="anna#0007" data-user-id="7">anna</span><span class="chatlog__timestamp">12-May-20 08:30 PM</span>'
        '<div class="chatlog__message" data-message-id="21" id="message-21"><div class="chatlog__content"><div '
        'class="markdown">一</div></div></div><div class="chatlog__message" data-message-id="22"><div '
        'class="chatlog__content"><div class="markdown">二</div></div></div></div></div>'
    )
    _, one, two = read(old)
    assert [one.text, two.text, two.sender_id] == ["一", "二", "7"]
    assert one.sent_at == two.sent_at == datetime(2020, 5, 12, 20, 30)
    assert [one.platform_id, two.platform_id] == ["21", "22"]


def test_minified_pages_without_quotes() -> None:
    page = read(
        "<div class=chatlog__message-group><div class=chatlog__message-container data-message-id=5>"
        "<span class=chatlog__author title=anna data-user-id=7>anna</span><span class=chatlog__timestamp><a href=#x>3/1/2024 "
        "8:00 AM</a></span><span class=chatlog__content><span class=chatlog__markdown-preserve>x</span></span></div></div>"
    )
    message = page[-1]
    assert (message.text, message.sender_id, message.platform_id) == ("x", "7", "5")
