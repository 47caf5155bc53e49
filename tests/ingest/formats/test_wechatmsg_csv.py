"""WeChatMsg CSV: types, raw XML, multi-line cells, older builds."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest import ParseIssue, Source
from ingest.formats.wechatmsg_csv import FORMAT
from ingest.message import ChatStart, Message

HEADER = "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender"


def read(*rows: str, header: str = HEADER, name: str = "茶友_utf8.csv") -> list:
    source = Source.of_bytes("\r\n".join([header, *rows, ""]).encode("utf-8-sig"), name)
    assert FORMAT.sniff(source.head, source.tail, name) == 1
    return list(FORMAT.parse(source))


def row(kind: int, sub: int, text: str = "", sender: str = "wxid_a", remark: str = "老: 张", second: int = 0) -> str:
    cell = '"' + text.replace('"', '""') + '"'
    return f"1,2,{kind},{sub},0,{1709251200 + second},,{cell},2024-03-01 08:00:00,{remark},昵称,{sender}"


def test_types_give_kinds_and_xml_is_no_text():
    start, *rows = read(
        row(1, 0, "两行\r\n2024-03-01 10:00:00 别人(12345)\r\n尾"),
        row(3, 0, "<msg><img length='1'/></msg>"),
        row(48, 0, '<msg><location x="1" label="南门" poiname="花市" /></msg>'),
        row(49, 2001),
        row(49, 19),
        row(49, 57),
        row(47, 0, "<msg><emoji/></msg>"),
        row(1, 0, "#接龙\n1. 甲"),
    )
    assert start == ChatStart("茶友")
    assert [r.kind for r in rows] == ["text", "image", "location", "red_packet", "forward", "text", "sticker", "chain"]
    assert rows[0].text == "两行\r\n2024-03-01 10:00:00 别人(12345)\r\n尾"
    assert [r.text for r in rows[1:4]] == ["", "南门 花市", ""]
    assert (rows[0].sender_id, rows[0].sender_name) == ("wxid_a", "老: 张")
    assert rows[0].sent_at == datetime(2024, 3, 1, tzinfo=UTC)


def test_system_rows_become_events():
    _, joined, nudged, recalled = read(
        row(10000, 0, '"阿竹"邀请"小: 棠"、"柚子"加入了群聊', "1@chatroom", ""),
        row(10000, 4, '"小: 棠" 拍了拍 "阿竹"'),
        row(10002, 0, '<sysmsg type="revokemsg"><revokemsg><replacemsg><![CDATA["阿竹" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>'),
    )  # fmt: skip
    assert (joined.event, joined.actor_ids, joined.target_ids) == ("invite", ["阿竹"], ["小: 棠", "柚子"])
    assert (nudged.event, nudged.actor_ids, nudged.target_ids) == ("nudge", ["wxid_a"], ["阿竹"])
    assert (recalled.event, recalled.actor_ids) == ("recall", ["wxid_a"])


def test_older_builds_lack_the_sender():
    _, own, other = read(
        "1,2,1,0,1,1709251200,,我说,2024-03-01 08:00:00",
        "2,2,1,0,0,1709251201,,他说,2024-03-01 08:00:01",
        header=HEADER.rsplit(",", 3)[0],
    )
    assert [own.sender_name, other.sender_name] == ["我", "茶友"]


def test_the_global_file_is_split_by_talker():
    records = read(row(1, 0, "a"), row(1, 0, "b").replace("1,2,", "1,3,", 1), name="messages.csv")
    assert len([r for r in records if isinstance(r, ChatStart)]) == 2


def test_a_broken_row_is_reported_and_the_rest_is_read():
    _, bad, good = read("7,2,1,0", row(1, 0, "好"))
    assert isinstance(bad, ParseIssue)
    assert (bad.line, bad.reason) == (2, "bad_row")
    assert isinstance(good, Message)
