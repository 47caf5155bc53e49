"""WeFlow HTML: data in the page or in chunk files beside it."""

from __future__ import annotations

import json
import re

from invented_wechat import CHAT, assert_conversation, read, weflow_html

from ingest import ParseIssue, Source
from ingest.formats.weflow_html import FORMAT


def chunked() -> tuple[bytes, dict[str, bytes]]:
    """The page without its data, and the data in two files."""
    page = weflow_html()
    items = json.loads(re.search(r"WEFLOW_DATA = (\[.*?\]);", page, re.DOTALL)[1])  # pyright: ignore
    chunks = [{"i": at, "u": f"./{'%E7%BE%A4'}_data/chunk-{at:06}.js"} for at in range(2)]
    shell = re.sub(r"WEFLOW_DATA = \[.*?\];", "WEFLOW_DATA = null;", page, flags=re.DOTALL)
    shell = shell.replace("WEFLOW_MANIFEST = {}", "WEFLOW_MANIFEST = " + json.dumps({"v": 2, "chunks": chunks}))
    files = {
        f"群_data/chunk-{at:06}.js": f"window.__WEFLOW_CHUNK_LOADED__({at},{json.dumps(part)});\n".encode()
        for at, part in enumerate((items[:4], items[4:]))
    }
    return shell.encode(), files


def test_the_conversation_is_read_whole():
    assert_conversation(read(weflow_html().encode(), "群.html"), ids=False)


def test_chunks_beside_the_page_are_read_in_order():
    page, files = chunked()
    assert_conversation(read(page, "群.html", files), ids=False)


def test_a_missing_chunk_is_reported():
    page, files = chunked()
    files.popitem()
    found = list(FORMAT.parse(Source.of_bytes(page, "群.html", siblings=files)))
    assert [item.reason for item in found if isinstance(item, ParseIssue)] == ["missing_part"]
    assert len(found) == 1 + 4 + 1


def test_media_cards_and_private_chats():
    bodies = [
        '<div class="message-content"><img class="message-media image previewable" src="a.jpg" /></div>',
        '<div class="message-content"><div class="message-text"><a class="message-link-card" href="https://a.example">好文</a></div></div>',
        '<div class="message-content"><div class="message-text">&lt;b&gt; 笑<img class="emoji" alt="[微笑]" /></div></div>',
    ]  # fmt: skip
    data = [{"i": 1, "t": 1683330000 + at, "s": at % 2, "b": body} for at, body in enumerate(bodies)]
    page = f"<title>{CHAT} - 聊天记录</title><script>window.WEFLOW_DATA = {json.dumps(data)};</script>"
    rows = read(page.encode(), "x.html")
    assert [(row["kind"], row["text"]) for row in rows] == [("image", ""), ("link", "好文"), ("text", "<b> 笑[微笑]")]
    assert [row["sender_name"] for row in rows] == [CHAT, "我", CHAT]
    assert rows[1]["urls"] == ["https://a.example"]
