"""QQ text exports: the traps of names, clocks, encodings and pasted headers."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest import ParseIssue, Source, read_export
from ingest.formats.qq_txt import FORMAT
from ingest.message import ChatStart, Message

BANNER = "消息记录（此消息记录为文本格式，不支持重新导入）\n\n"
RULE = "=" * 64


def block(name: str, body: str) -> str:
    return f"{RULE}\n消息分组:我的QQ群\n{RULE}\n消息对象:{name}\n{RULE}\n\n{body}"


def read(text: str, encoding: str = "utf-8-sig") -> list:
    source = Source.of_bytes(text.encode(encoding), "消息.txt")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.7
    return list(FORMAT.parse(source))


def messages(text: str, encoding: str = "utf-8-sig") -> list[Message]:
    return [record for record in read(text, encoding) if isinstance(record, Message)]


def test_names_hold_brackets_titles_blanks_and_nothing():
    rows = messages(
        BANNER
        + block(
            "茶友",
            "2023-05-01 9:00:00 【管理员】阿(苏)(30010001)\n早\n\n"
            "2023-05-01 9:01:00 (30010002)\n没有昵称\n\n"
            "2023-05-01 9:02:00 老 王: 茶<wang@example.com>\n邮箱\n\n"
            "2023-05-01 9:03:00 <13800000000>\n手机\n\n"
            "2023-05-01 9:04:00 匿名(80000000)\n谁\n\n",
        )
    )
    assert [(m.sender_id, m.sender_name, m.sender_role) for m in rows] == [
        ("30010001", "阿(苏)", "admin"),
        ("30010002", None, None),
        ("wang@example.com", "老 王: 茶", None),
        ("13800000000", None, None),
        (None, "匿名", None),
    ]


def test_two_members_with_one_name_stay_two():
    reading = read_export(
        Source.of_bytes(
            (
                BANNER
                + block("茶友", "2023-05-01 9:00:00 小李(30010001)\na\n\n2023-05-01 9:00:01 小李(30010002)\nb\n\n")
            ).encode(),
            "x.txt",
        )
    )
    list(reading)
    assert next(iter(reading.receipts.values())).members == 2


def test_a_pasted_header_stays_text():
    rows = messages(
        BANNER
        + block(
            "茶友",
            "2023-05-01 9:00:00 甲(30010001)\n转一条\n2023-04-30 8:00:00 乙(30010002)\n别人的话\n\n"
            + "".join(f"2023-05-01 9:{i:02d}:00 甲(30010001)\n{i}\n\n" for i in range(1, 45))
            + "2023-05-01 10:00:00 甲(30010001)\n另一种\n\n2023-04-30 08:00:00 PM 乙(30010002)\n旧时钟\n\n",
        )
    )
    assert len(rows) == 46
    assert rows[0].text == "转一条\n2023-04-30 8:00:00 乙(30010002)\n别人的话"
    assert rows[-1].text.endswith("旧时钟")


@pytest.mark.parametrize(
    ("clock", "hour"), [("12:05:00 AM", 0), ("12:05:00 PM", 12), ("8:05:00 PM", 20), ("8:05:00 AM", 8)]
)
def test_twelve_hour_clocks(clock, hour):
    (row,) = messages(f"2023-05-01 {clock} 甲(30010001)\n在\n\n")
    assert row.sent_at == datetime(2023, 5, 1, hour, 5)


def test_bodies_keep_blank_lines_bare_returns_and_other_breaks():
    text = "2023-05-01 9:00:00 甲(30010001)\r\n一\r二\r\n\r\n三\u2028四\x0b五\r\n\r\n2023-05-01 9:01:00 甲(30010001)\r\n\r\n\r\n"
    rows = messages(text)
    assert [row.text for row in rows] == ["一\r二\n\n三\u2028四\x0b五", ""]
    assert rows[1].kind == "unknown"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_records(encoding):
    text = BANNER + block("茶友", "2023-05-01 9:00:00 甲(30010001)\n今天的茶是哪里的？😀\n\n")
    start, row = read(text, encoding)
    assert (start.name, row.text) == ("茶友", "今天的茶是哪里的？😀")


def test_many_chats_in_one_file_and_blocks_without_numbers():
    records = read(
        BANNER
        + block("茶友", "2023-05-01 9:00:00 甲(30010001)\n分隔线：\n" + RULE + "\n以上\n\n")
        + "\n"
        + block("讨论组", "2023-05-02 9:00:00 土豆 2\n没有号码\n\n")
    )
    assert [r.name for r in records if isinstance(r, ChatStart)] == ["茶友", "讨论组"]
    first, second = [r for r in records if isinstance(r, Message)]
    assert first.text == f"分隔线：\n{RULE}\n以上"
    assert (second.sender_id, second.sender_name) == (None, "土豆 2")


def test_system_numbers_become_events():
    rows = messages(
        "2023-05-01 9:00:00 系统消息(1000000)\n小明加入本群。\n\n2023-05-01 9:01:00 系统消息(10000)\n小明撤回了一条消息\n\n"
    )
    assert [(r.event, r.actor_ids) for r in rows] == [("join", ["小明"]), ("recall", ["小明"])]


def test_lines_before_the_first_record_are_reported():
    records = read("随手写的\n\n2023-05-01 9:00:00 甲(30010001)\n早\n\n2023-05-01 9:00:02 甲(30010001)\n早\n")
    assert [r for r in records if isinstance(r, ParseIssue)] == [ParseIssue(1, "not_a_record", "随手写的")]


def test_frames_that_somebody_wrote_are_text():
    rows = messages(BANNER + block("茶友", f"2023-05-01 9:00:00 甲(30010001)\n消息对象:你\n{RULE}\n\n{RULE}\n完\n\n"))
    assert [row.text for row in rows] == [f"消息对象:你\n{RULE}\n\n{RULE}\n完"]


def test_an_impossible_date_is_reported():
    records = read("2023-02-30 9:00:00 甲(30010001)\n早\n\n2023-03-01 9:00:00 甲(30010001)\n早\n\n")
    assert [(r.line, r.reason) for r in records if isinstance(r, ParseIssue)] == [(1, "bad_time")]
