"""WeFlow SQL: literals over several lines, doubled quotes, ids that repeat the local one."""

from __future__ import annotations

import pytest
from invented_wechat import ROWS, assert_conversation, read, weflow_sql

from ingest import ParseIssue, Source
from ingest.formats.weflow_sql import FORMAT


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(newline):
    assert_conversation(read(weflow_sql().replace("\n", newline).encode(), "群.sql"), ids=True)


def test_a_cut_dump_ends_with_an_issue():
    data = weflow_sql()
    source = Source.of_bytes(data[: data.rindex("周末换土")].encode(), "群.sql")
    *rows, last = FORMAT.parse(source)
    assert isinstance(last, ParseIssue)
    assert last.reason == "truncated_tail"
    assert len(rows) == len(ROWS)  # one less, but the chat comes first


def test_local_ids_are_no_ids_of_wechat():
    line = (
        "INSERT INTO weflow_messages (session_id, local_id, message_id, create_time, sender, is_send, local_type, "
        "media_type, content, media_path) VALUES ('1@chatroom', '7', '7', 1683330000, NULL, TRUE, 1, NULL, 'x', NULL);\n"
    )
    _, first, second = FORMAT.parse(Source.of_bytes((line * 2).encode(), "群.sql"))
    assert [first.platform_id, second.platform_id, first.sender_name] == [None, None, "我"]
