"""QQ's web archive: rows, days, chats, and pictures that are never read."""

from __future__ import annotations

import io
from datetime import datetime

from ingest.errors import ParseIssue
from ingest.formats.qq_mht import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Part, Source

HEAD = (
    "From: <Save by Tencent MsgMgr>\r\nSubject: Tencent IM Message\r\nMIME-Version: 1.0\r\n"
    'Content-Type:multipart/related;\r\n\tcharset="utf-8"\r\n\ttype="text/html";\r\n\tboundary="--=_Part_7"\r\n\r\n'
    "----=_Part_7\r\nContent-Type: text/html\r\nContent-Transfer-Encoding:7bit\r\n\r\n"
    "<html><head><title>QQ Message</title></head><body><table width=100% cellspacing=0>"
    "<tr><td><div style=padding-left:10px;><br><b>消息记录</b></div></td></tr>"
)
TAIL = "</table></body></html>\r\n\r\n----=_Part_7\r\nContent-Type:image/png\r\n\r\n<tr><td>日期: 1999-01-01</td></tr>"


def chat(name: str) -> str:
    return (
        "<tr><td><div style=padding-left:10px;>消息分组:我的QQ群</div></td></tr>"
        f"<tr><td><div style=padding-left:10px;>消息对象:{name}</div></td></tr>"
    )


def day(text: str) -> str:
    return f"<tr><td style=color:#3568BB;padding-left:10px;>日期: {text}</td></tr>\r\n"


def row(sender: str, clock: str, body: str) -> str:
    return (
        f"<tr><td><div style=color:#006EFE;padding-left:10px;><div style=float:left;margin-right:6px;>{sender}</div>"
        f"{clock}</div><div style=padding-left:20px;><font style=\"font-family:'宋体',sans-serif;\" color='000000'>"
        f"{body}</font></div></td></tr>\r\n"
    )


def read(body: str, tail: str = TAIL) -> list:
    source = Source.of_bytes((HEAD + body + tail).encode(), "花店.mht")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_rows_senders_and_days() -> None:
    start, *rows = read(
        chat("花店 &amp; 朋友")
        + day("2020-02-11")
        + row("【群主】阿梅(上海)(10001)", "4:36:46", "早<br>2020-02-10 10:00:00 老周(10002)<br>1 &lt;b&get; 2")
        + row("老周&lt;zhou@example.com&gt;", "16:00:00", '<IMG src="{A-1}.dat">')
        + row("匿名狐狸(80000000)", "16:00:01", "")
        + day("2020-02-12")
        + row("系统消息(1000000)", "0:00:01", "阿梅加入本群。")
    )
    assert isinstance(start, ChatStart)
    assert start.name == "花店 & 朋友"
    assert [r.sender_id for r in rows] == ["10001", "zhou@example.com", None, None]
    assert [r.sender_name for r in rows] == ["阿梅(上海)", "老周", "匿名狐狸", None]
    assert rows[0].sender_role == "owner"
    assert rows[0].text == "早\n2020-02-10 10:00:00 老周(10002)\n1 <b> 2"
    assert [r.kind for r in rows] == ["text", "image", "unknown", "text"]
    assert rows[3].event == "join"
    assert rows[3].actor_ids == ["阿梅"]
    assert rows[3].sent_at == datetime(2020, 2, 12, 0, 0, 1)


def test_one_file_holds_several_chats() -> None:
    rows = read(
        chat("花店")
        + day("2020-02-11")
        + row("a(10001)", "4:36:46", "1")
        + chat("书店")
        + day("2020-03-01")
        + row("b(10002)", "9:00:00 PM", "2")
    )
    assert [type(r) for r in rows] == [ChatStart, Message, ChatStart, Message]
    assert rows[3].sent_at == datetime(2020, 3, 1, 21)


def test_a_file_cut_inside_a_row_keeps_it() -> None:
    body = chat("花店") + day("2020-02-11") + row("a(10001)", "4:36:46", "1") + row("b(10002)", "4:36:47", "还没说完")
    _, first, last = read(body[: body.rindex("完") + 1], "")
    assert [first.text, last.text] == ["1", "还没说完"]


def test_a_row_without_a_day_is_an_issue() -> None:
    _, issue = read(chat("花店") + row("a(10001)", "4:36:46", "1"))
    assert isinstance(issue, ParseIssue)
    assert issue.reason == "bad_time"


def test_reading_stops_at_the_end_of_the_page() -> None:
    page = (HEAD + chat("花店") + day("2020-02-11") + row("a(10001)", "4:36:46", "1") + TAIL).encode()
    data = page + b"QUJD" * 500_000
    opened: list[io.BytesIO] = []

    def open_part() -> io.BytesIO:
        opened.append(io.BytesIO(data))
        return opened[-1]

    source = Source((Part("花店.mht", len(data), open_part),))
    assert source.encoding.label == "utf-8"
    records = list(FORMAT.parse(source))
    assert len(records) == 2
    assert opened[-1].closed
    assert "Tencent" not in FORMAT.title
