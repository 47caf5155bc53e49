"""IRC sentences, nicks and days, whichever client wrote them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ingest.irc import LogDay, LogLines, YearlessDates, date_of_name, read_irc_event, split_nick, strip_colours
from ingest.settings import IngestSettings
from ingest.source import Source


@pytest.mark.parametrize(
    ("sentence", "event", "actors", "targets"),
    [
        ("anna [~a@host] has joined #tea", "join", ["anna"], []),
        ("anna (~a@host) has joined #tea", "join", ["anna"], []),
        ("Joins: anna (~a@host)", "join", ["anna"], []),
        ("anna joined #tea", "join", ["anna"], []),
        ("anna [~a@host] has left #tea [bye]", "leave", ["anna"], []),
        ("Parts: anna (~a@host) (bye)", "leave", ["anna"], []),
        ("Quits: anna (~a@host) (Ping timeout)", "leave", ["anna"], []),
        ("anna (a@host) Quit (Leaving)", "leave", ["anna"], []),
        ("anna [~a@host] has quit [Read error]", "leave", ["anna"], []),
        ("anna was kicked from #tea by ben [spam]", "kick", ["ben"], ["anna"]),
        ("anna was kicked by ben (spam)", "kick", ["ben"], ["anna"]),
        ("ben has kicked anna (spam)", "kick", ["ben"], ["anna"]),
        ("anna is now known as anna_away", "rename", ["anna"], ["anna_away"]),
        ("mode/#tea [+o anna] by ben", "role_change", ["ben"], ["anna"]),
        ("Mode #tea [+v anna] by ben", "role_change", ["ben"], ["anna"]),
        ("ben sets mode: +oo anna carl", "role_change", ["ben"], ["anna", "carl"]),
        ("ben gives channel operator status to anna", "role_change", ["ben"], ["anna"]),
        ("ben sets mode: +n", "mode", ["ben"], []),
        ("ben changed the topic of #tea to: 茶", "topic", ["ben"], []),
        ('ben has changed topic for #tea to "茶"', "topic", ["ben"], []),
        ("ben changes topic to '茶'", "topic", ["ben"], []),
        ("You disconnected", "other", [], []),
    ],
)
def test_sentences_of_the_clients(sentence: str, event: str, actors: list[str], targets: list[str]) -> None:
    found = read_irc_event(sentence)
    assert (found.event, found.actors, found.targets) == (event, actors, targets)


def test_colours_and_mode_characters_are_no_part_of_words_and_nicks() -> None:
    assert strip_colours("\x0304,01红\x03 \x02粗\x0f 3,4") == "红 粗 3,4"
    assert split_nick("@anna") == ("anna", "admin")
    assert split_nick("+ben") == ("ben", "member")
    assert split_nick("`carl`") == ("`carl`", None)


def test_relay_bots_are_unwrapped_only_when_named() -> None:
    now = datetime(2024, 3, 1)
    plain = LogLines(Source.of_bytes(b"x"))
    assert plain.said(now, "relay", "<anna> hi", 1).sender_name == "relay"
    lines = LogLines(Source.of_bytes(b"x", settings=IngestSettings(bridge_nicks=("relay",))))
    for wrapped in ("<anna> hi", "[tg] anna: hi", "[tg] <anna> hi", "(anna) hi"):
        message = lines.said(now, "@relay", wrapped, 1)
        assert (message.sender_name, message.text) == ("anna", "hi")
    assert lines.said(now, "relay", "restarting", 1).sender_name == "relay"
    assert lines.said(now, "ben", "<anna> hi", 1).text == "<anna> hi"


def test_a_clock_that_jumps_back_starts_the_next_day_unless_the_day_is_stated() -> None:
    open_day = LogDay(date(2024, 2, 29))
    assert open_day.at(23, 59, 0) == datetime(2024, 2, 29, 23, 59)
    assert open_day.at(0, 1, 0) == datetime(2024, 3, 1, 0, 1)
    assert open_day.guessed
    stated = LogDay()
    assert stated.at(1, 0, 0) is None
    stated.start(date(2024, 3, 1))
    stated.at(23, 0, 0)
    assert stated.at(1, 0, 0) == datetime(2024, 3, 1, 1, 0)


def test_dates_of_file_names_and_without_a_year() -> None:
    assert date_of_name("2024-03-01.log") == date(2024, 3, 1)
    assert date_of_name("#tea_20240301.log") == date(2024, 3, 1)
    assert date_of_name("irc.log.01Mar2024") == date(2024, 3, 1)
    assert date_of_name("room 12345678901.log") is None
    dates = YearlessDates("2023-log.txt")
    assert dates.read("Dec", "31") == date(2023, 12, 31)
    assert dates.read("Jan", "1") == date(2024, 1, 1)
    assert dates.read("Feb", "30") is None
    assert not dates.guessed
    unknown = YearlessDates("room.txt")
    assert unknown.read("Jan", "1") is not None
    assert unknown.guessed
