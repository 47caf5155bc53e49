"""WeFlow's CSV for WeClone: names, UTC, bodies that tell the kind."""

from __future__ import annotations

from invented_wechat import assert_conversation, read, table, weclone_csv

from ingest import Source, detect_format

HEADER = ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"]


def test_the_conversation_is_read_whole():
    assert_conversation(read(weclone_csv().encode(), "群.csv"), ids=False)


def test_room_name_makes_it_another_tools_file():
    data = table(
        [
            [*HEADER[:5], "room_name", *HEADER[5:]],
            [1, 2, "文本", 0, "wxid_a", "1@chatroom", "x", "", "2023-05-06 07:30:00"],
        ]
    )
    assert detect_format(Source.of_bytes(data.encode(), "群.csv")).ranked[0][0].id == "pywxdump"


def test_repeated_zero_ids_lose_nothing():
    rows = [[at, 0, "text", 0, "苦瓜", f"第{at}条", "", "2023-05-06T00:00:00.000Z"] for at in range(3)]
    assert len(read(table([HEADER, *rows]).encode(), "群.csv")) == 3
