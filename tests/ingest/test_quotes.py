"""A quote without an id finds the one message it answers, or none."""

from __future__ import annotations

from datetime import datetime

from ingest import Source, read_export
from ingest.message import Message
from ingest.quotes import RecentMessages


def recent(*said: tuple[str, str], window: int = 100) -> RecentMessages:
    found = RecentMessages(window)
    for number, (name, text) in enumerate(said):
        found.add("c", Message(datetime(2024, 3, 1), text, sender_name=name), str(number))
    return found


def test_the_one_message_with_these_words_by_this_name_is_found():
    said = recent(("老周", "几点集合？"), ("小鹿", "几点集合？"), ("老周", "七点"))
    assert said.find("c", "小鹿", " 几点集合？\n") == "1"
    assert said.find("c", None, "七点") == "2"
    assert said.find("c", "小鹿", "七点") is None
    assert said.find("d", "老周", "七点") is None


def test_two_messages_that_fit_are_none():
    assert recent(("老周", "+1"), ("老周", "+1")).find("c", "老周", "+1") is None


def test_a_quote_that_was_cut_is_found_by_its_beginning():
    long = "周六去爬香山的请带水和雨衣，七点半地铁口集合"
    assert recent(("老周", long)).find("c", "老周", long[:15] + "…") == "0"
    assert recent(("老周", long), ("老周", long + "！")).find("c", "老周", long[:15] + "...") is None
    assert recent(("老周", long)).find("c", "老周", "周六…") is None


def test_only_the_window_is_searched():
    said = recent(*(("老周", f"第{n}句") for n in range(10)), window=3)
    assert [said.find("c", "老周", f"第{n}句") for n in (6, 7, 9)] == [None, "7", "9"]


def test_an_export_without_ids_gets_its_replies():
    text = (
        "2023-05-06 07:30:00 苦瓜\n几点集合？\n\n2023-05-06 07:31:00 小鹿\n七点半\n引用:苦瓜:几点集合？\n\n"
        "2023-05-06 07:32:00 苦瓜\n好\n引用:小鹿:不知道\n\n"
    )
    (table,) = read_export(Source.of_bytes(text.encode(), "群.txt"), format_id="wechatmsg_txt")
    assert table["reply_to"].to_pylist() == [None, table["message_id"][0].as_py(), None]
