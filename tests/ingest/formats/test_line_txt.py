"""LINE texts: languages, quoted bodies, dates in both orders, desktop rows without tabs."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.errors import ParseIssue
from ingest.formats.line_txt import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source


def read(text: str, name: str = "[LINE] 花店.txt", encoding: str = "utf-8") -> tuple[ChatStart, list[Message], list]:
    source = Source.of_bytes(text.encode(encoding), name)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.8
    start, *records = FORMAT.parse(source)
    assert isinstance(start, ChatStart)
    issues = [record for record in records if isinstance(record, ParseIssue)]
    return start, [record for record in records if isinstance(record, Message)], issues


@pytest.mark.parametrize(
    ("title", "saved", "day", "clock", "media"),
    [
        ("[LINE] 花店的聊天記錄", "儲存日期：2024/03/05 23:59", "2024/03/01（五）", "下午10:05", "[貼圖]"),
        ("[LINE] 与花店的聊天记录", "保存日期：2024/3/5 23:59", "2024/3/1周五", "下午10:05", "[贴图]"),
        ("[LINE] 花店のトーク履歴", "保存日時：2024/03/05 23:59", "2024/03/01(金)", "22:05", "[スタンプ]"),
        ("[LINE] Chat history in 花店", "Saved on: 3/5/2024, 23:59", "Fri, 3/1/2024", "10:05PM", "[Sticker]"),
        ("Chat history with 花店", "Saved on: 3/5/2024, 23:59", "Fri, 3/1/2024", "10:05 PM", "[Sticker]"),
    ],
)
def test_languages(title: str, saved: str, day: str, clock: str, media: str) -> None:
    text = f"{title}\r\n{saved}\r\n\r\n{day}\r\n{clock}\t阿: 梅\t早\r\n{clock}\t\t老周已收回訊息\r\n{clock}\t老周\t{media}\r\n"
    start, rows, issues = read(text, "a.txt", "utf-8-sig")
    assert (start.name, start.resolution) == ("花店", "min")
    assert [row.sent_at for row in rows] == [datetime(2024, 3, 1, 22, 5)] * 3
    assert (rows[0].sender_name, rows[0].text) == ("阿: 梅", "早")
    assert (rows[1].event, rows[1].actor_ids) == ("recall", ["老周"])
    assert rows[2].kind == "sticker"
    assert not issues


def test_weekdays_tell_the_date_order() -> None:
    _, rows, issues = read("[LINE] Chat history in a\nSaved on: x\n\nMon, 1/4/2024\n10:00\ta\tb\n", "a.txt")
    assert rows[0].sent_at == datetime(2024, 4, 1, 10)
    assert not issues


HEAD = "[LINE] 花店的聊天記錄\n儲存日期：2024/03/05 23:59\n\n"


def test_what_a_quotation_holds_is_body() -> None:
    _, rows, _ = read(
        HEAD
        + '2024/03/01（五）\n上午08:01\t阿梅\t"規則：\n2024/03/02（六）\n上午09:00\t老周\t這行是貼的\n他說""好""\n完"\n'
        + '上午08:02\t老周\t""\n\n2024/03/02（六）\n上午08:03\t阿梅\t早\n'
    )
    assert [row.sender_name for row in rows] == ["阿梅", "老周", "阿梅"]
    assert rows[0].text == '規則：\n2024/03/02（六）\n上午09:00\t老周\t這行是貼的\n他說"好"\n完'
    assert rows[2].sent_at == datetime(2024, 3, 2, 8, 3)


@pytest.mark.parametrize("words", ['"老周"說的對', '"他說', '他說"好', '"好"', '<b>"x"</b> & "y"'])
def test_a_mere_quotation_mark_wraps_nothing(words: str) -> None:
    rows_after = "".join(f"上午08:{minute}\t老周\t嗯{minute}\n" for minute in range(10, 50))
    _, rows, _ = read(HEAD + f"2024/03/01（五）\n上午08:01\t阿梅\t{words}\n{rows_after}")
    assert rows[0].text == words
    assert len(rows) == 41


def test_system_lines_may_start_with_a_quoted_name() -> None:
    _, rows, _ = read(HEAD + '2024/03/01（五）\n上午08:01\t\t"阿梅"退出了群聊\n上午08:02\t老周\t唉\n')
    assert (rows[0].event, rows[0].actor_ids) == ("leave", ["阿梅"])
    assert rows[1].text == "唉"


def test_desktop_rows_learn_names_from_the_file() -> None:
    _, rows, _ = read(
        "2024.03.01 Friday\n08:00 夜 貓 早\n08:01 夜 貓 午安 各位\n08:02 夜 貓 再見\n08:03 阿梅 Photos\n"
        '08:04 阿梅 "第一行\n09:00 老周 貼的\n第二行"\n08:05 阿梅 退出了群聊的人是誰\n08:06 阿梅 unsent a message.\n'
        '08:07 "老周"加入了群聊\n08:08 路人 大家好\n08:09 阿梅 \n'
    )
    assert [row.sender_name for row in rows] == ["夜 貓"] * 3 + ["阿梅"] * 3 + [None, None, "路人", "阿梅"]
    assert [row.text for row in rows[:2]] == ["早", "午安 各位"]
    assert rows[3].kind == "image"
    assert rows[4].text == "第一行\n09:00 老周 貼的\n第二行"
    assert [row.event for row in rows[6:8]] == ["recall", "join"]
    assert rows[9].kind == "unknown"


def test_lines_before_any_row_are_reported() -> None:
    _, rows, issues = read(HEAD + "2024/03/01（五）\n這行沒有時間\n上午08:01\t阿梅\t早\n")
    assert len(rows) == 1
    assert [issue.reason for issue in issues] == ["not_a_record"]


@pytest.mark.parametrize(
    "text", ["10:00 開會\n11:00 吃飯\n", "2024/03/01, 10:00 - 阿梅: 早\n", "與花店的 WhatsApp 對話\n", ""]
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert FORMAT.sniff(text, text, "a.txt") < 0.5
