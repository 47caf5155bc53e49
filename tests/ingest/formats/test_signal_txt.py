"""Signal's text: several lines, names with colons, pasted headers of other tools, attachments."""

from __future__ import annotations

from datetime import datetime

from ingest.formats.signal_txt import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source


def read(text: str, encoding: str = "utf-8") -> list:
    source = Source.of_bytes(text.encode(encoding), "书友.txt")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_lines_names_and_time() -> None:
    start, one, two, three = read(
        "[2024-03-01, 00:23] A: b: 早\n[2024/1/3 09:00:00] 王: 贴的\n\n第三行\n"
        "[2024-03-01, 12:23] A: b: 好\n[2024-03-02, 08:00] 小王: 注意: x\n"
    )
    assert start == ChatStart("", resolution="min")
    assert [m.sender_name for m in (one, two, three)] == ["A: b", "A: b", "小王"]
    assert one.text == "早\n[2024/1/3 09:00:00] 王: 贴的\n\n第三行"
    assert one.sent_at == datetime(2024, 3, 1, 0, 23)
    assert three.text == "注意: x"


def test_quotes_attachments_reactions_and_gbk() -> None:
    rows = read(
        "[2024-03-01, 10:00] 安娜: ![a](./media/a.jpg)\n[2024-03-01, 10:01] 安娜: [名单.xlsx](media/1.xlsx)\n"
        "[2024-03-01, 10:02] 安娜: \n> 旧话\n> 两行\n好的，收到\n(- 小王: 👍 -)\n",
        "utf-8",
    )
    image, file, reply = [row for row in rows if isinstance(row, Message)]
    assert (image.kind, image.text) == ("image", "")
    assert (file.kind, file.text) == ("file", "名单.xlsx")
    assert (reply.quoted_text, reply.text) == ("旧话\n两行", "好的，收到")
    old = read("[2024-03-01, 10:00] 安娜: 今天的茶不错，我们明天再来\n", "gb18030")
    assert old[1].text == "今天的茶不错，我们明天再来"
