"""WeChatMsg HTML: JavaScript literals with bare quotes in names, dividers, cards."""

from __future__ import annotations

from invented_wechat import ROWS, assert_conversation, read, wechatmsg_html

from ingest import ParseIssue, Source
from ingest.formats.wechatmsg_html import FORMAT

KEPT = [row for row in ROWS if row.is_system or row.quoted or row.type in (1, 3)]


def page(*items: str) -> bytes:
    return f"<html><script>const chatMessages = [\n{','.join(items)},\n]</script></html>".encode()


def test_the_conversation_is_read_whole_and_dividers_are_no_records():
    assert_conversation(read(wechatmsg_html().encode(), "群.html"), ids=False, kept=KEPT)


def test_a_large_page_is_read_in_pieces():
    item = "{{ type:1, text: '第{}条{}',is_send:0,avatar_path:'x',timestamp:{},is_chatroom:1,displayname:'苦瓜'}}"
    data = page(*(item.format(at, "字" * 500, 1683330000 + at) for at in range(600)))
    rows = read(data, "群.html")
    assert [row["text"][:5].rstrip("字") for row in rows][-1] == "第599条"
    assert len(rows) == 600


def test_files_links_voices_and_stickers():
    end = "is_send:0,avatar_path:'x',timestamp:1683330000,is_chatroom:1,displayname:'苦瓜'"
    rows = read(
        page(
            f"{{ type:49, text: './file/a.pdf',{end}\n ,icon_path: 'x'\n ,sub_type:6,file_name: '清单.pdf',file_size: '1'}}",
            f"{{ type:49,sub_type:5, text:'',{end},url:'https://a.example?x=1',title:'好文',description:'长'}}",
            f"{{ type:34, text:'./voice/1.mp3',{end},voice_to_text:'听得见吗'}}",
            f"{{ type:3, text: 'https://emoji.example/1.gif',{end}}}",
            "{ type:1, text: '我说',is_send:1,avatar_path:'x',timestamp:1683330000,is_chatroom:0,displayname:''}",
        ),
        "群.html",
    )
    assert [(row["kind"], row["text"]) for row in rows] == [
        ("file", "清单.pdf"), ("link", "好文\n长"), ("voice", "听得见吗"), ("sticker", ""), ("text", "我说"),
    ]  # fmt: skip
    assert rows[1]["urls"] == ["https://a.example?x=1"]
    assert rows[4]["sender_name"] == "我"


def test_a_cut_page_ends_with_an_issue():
    data = wechatmsg_html()
    source = Source.of_bytes(data[: data.index("谢谢")].encode(), "群.html")
    *rows, last = FORMAT.parse(source)
    assert isinstance(last, ParseIssue)
    assert last.reason == "truncated_tail"
    assert len(rows) == 1 + 5
