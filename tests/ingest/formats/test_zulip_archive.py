"""zulip-archive topics: HTML bodies, escaped names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ingest.formats.zulip_archive import FORMAT
from ingest.message import ChatStart
from ingest.source import Source


def read(*contents: str, name: str = "zulip_json/113-new-members/12-.22tea.22.20time.json") -> list:
    rows = [
        {"content": html, "id": 10 + i, "sender_full_name": "A: b", "timestamp": 1550859565 + i}
        for i, html in enumerate(contents)
    ]
    source = Source.of_bytes(json.dumps(rows).encode(), name)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_names_texts_quotes_and_mentions() -> None:
    quote = (
        '<p><span class="user-mention silent" data-user-id="5">Ben</span> <a href="https://z.example/near/1">said</a>:</p>'
        "<blockquote>\n<p>旧</p>\n</blockquote>\n<p>新 &lt;b&gt;</p>"
    )
    start, plain, reply, code = read("<p>一<br>\n二</p>", quote, "<p>看</p><pre><code>x  = 1\n</code></pre>")
    assert start == ChatStart('new members › "tea" time')
    assert (plain.text, plain.sender_name, plain.platform_id) == ("一\n二", "A: b", "10")
    assert plain.sent_at == datetime(2019, 2, 22, 18, 19, 25, tzinfo=UTC)
    assert (reply.text, reply.quoted_text, reply.quoted_name) == ("新 <b>", "旧", "Ben")
    assert code.text.startswith("看\nx = 1")
