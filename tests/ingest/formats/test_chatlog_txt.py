"""chatlog text: three layouts of time, several rooms, quotes, pasted headers."""

from __future__ import annotations

import pytest
from invented_wechat import ROWS, assert_conversation, chatlog_txt, read

from ingest import BrokenExport, Source, read_export

NAME = "55000000001@chatroom_2023-05-06_2023-05-07.txt"
FULL, DAY, CLOCK = "%Y-%m-%d %H:%M:%S", "%m-%d %H:%M:%S", "%H:%M:%S"


@pytest.mark.parametrize("layout", [FULL, DAY])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(layout, newline):
    text = chatlog_txt(layout).replace("\n", newline)
    assert_conversation(read(text.encode(), NAME), ids=True)


def test_with_only_a_clock_days_are_counted_from_the_file_name():
    first_day = [row for row in ROWS if row.after < 10_000]
    night = "小雨(wxid_xiaoyu1) 23:59:59\n晚\n\n小雨(wxid_xiaoyu1) 00:00:01\n早\n\n"
    *rows, late, early = read((chatlog_txt(CLOCK, first_day) + night).encode(), NAME)
    assert [row["text"] for row in rows if not row["event"]][0] == first_day[1].text
    assert [f"{row['sent_at']:%d %H:%M:%S}" for row in (late, early)] == ["06 15:59:59", "06 16:00:01"]


def test_one_day_stays_one_day_even_when_the_clock_runs_back():
    text = "小雨(wxid_xiaoyu1) 10:00:00\n早\n\n小雨(wxid_xiaoyu1) 09:00:00\n乱序\n\n"
    rows = read(text.encode(), "wxid_xiaoyu1_2023-05-06_2023-05-06.txt")
    assert [f"{row['sent_at']:%d %H}" for row in rows] == ["06 02", "06 01"]


def test_times_without_any_day_are_refused_with_advice():
    text = chatlog_txt(CLOCK, ROWS[1:3])
    with pytest.raises(BrokenExport, match="times of day") as caught:
        read(text.encode(), "保存.txt")
    assert "2024-03-01" in caught.value.hint


def test_a_guessed_year_is_reported():
    reading = read_export(Source.of_bytes(chatlog_txt(DAY, ROWS[1:3]).encode(), "保存.txt"))
    assert sum(table.num_rows for table in reading) == 2
    (receipt,) = reading.receipts.values()
    assert any(warning.startswith("date_inferred") for warning in receipt.warnings)


def test_rooms_of_one_query_are_chats_of_their_own_and_i_am_named():
    text = (
        "小雨(wxid_xiaoyu1) [种菜群(1@chatroom)] 05-06 08:00:00\n早\n\n"
        "我 [2@chatroom] 05-06 08:00:01\n在\n\n"
        "管家(我) [种菜群(1@chatroom)] 05-06 08:00:02\n\n\n"
    )
    reading = read_export(Source.of_bytes(text.encode(), "x_2023-05-06_2023-05-07.txt"))
    tables = list(reading)
    assert sorted((receipt.name, receipt.records) for receipt in reading.receipts.values()) == [
        ("2@chatroom", 1),
        ("种菜群", 2),
    ]
    assert {row["sender_id"] for table in tables for row in table.to_pylist()} == {"wxid_xiaoyu1", "我", "管家"}


def test_system_lines_name_members_by_id():
    text = '系统消息 2023-05-06 08:00:00\n"小雨(wxid_xiaoyu1)"邀请"苦瓜(wxid_kugua00)"加入了群聊\n\n'
    (row,) = read(text.encode(), NAME)
    assert (row["event"], row["actor_ids"], row["target_ids"]) == ("invite", ["wxid_xiaoyu1"], ["wxid_kugua00"])


def test_a_sentence_that_ends_in_a_time_is_no_header():
    text = "小雨(wxid_xiaoyu1) 08:00:00\n集合\n\n明天见 10:00:00\n别迟到\n\n"
    (row,) = read(text.encode(), "x_2023-05-06_2023-05-06.txt")
    assert row["text"] == "集合\n\n明天见 10:00:00\n别迟到"


def test_what_a_member_types_behind_an_arrow_is_no_quote():
    text = "小雨(wxid_xiaoyu1) 2023-05-06 08:00:00\n> 重点\n听我说\n\n"
    (row,) = read(text.encode(), NAME)
    assert (row["text"], row["quoted_text"]) == ("> 重点\n听我说", None)
