"""Pasted text: the header is learned, and what only looks like one stays text."""

from __future__ import annotations

import pytest

from ingest import Source, read_export
from ingest.formats.generic_text import FORMAT

TALK = [
    ("2024-03-0{d} 0{h}:15:0{h}".format(d=1 + n // 4, h=5 + n % 4), ("老周", "小鹿🦌", "第二 排")[n % 3], f"第{n}句")
    for n in range(12)
]
LAYOUTS = {
    "bracket": "[{time}] {name}: {text}\n",
    "cjk bracket": "【{time}】{name}：{text}\n",
    "plain": "{time} {name}: {text}\n",
    "dash": "{time} - {name}: {text}\n",
    "after": "{name}({time}): {text}\n",
    "name first": "{name}  {time}\n{text}\n\n",
    "time first": "{time}  {name}\n{text}\n\n",
}


def read(data: bytes, name: str = "茶友.txt") -> list[dict]:
    return [row for table in read_export(Source.of_bytes(data, name), format_id=FORMAT.id) for row in table.to_pylist()]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_layout_is_learned_in_every_encoding(layout, encoding):
    text = "".join(layout.format(time=time, name=name, text=said) for time, name, said in TALK)
    rows = read(text.encode(encoding))
    assert [(row["sender_name"], row["text"]) for row in rows] == [(name, said) for _, name, said in TALK]
    assert [f"{row['sent_at']:%M:%S}" for row in rows] == [time[-5:] for time, _, _ in TALK]


@pytest.mark.parametrize(
    ("dates", "first"), [("13/03/2024", "2024-03-13"), ("03/13/2024", "2024-03-13"), ("2024年3月13日", "2024-03-13")]
)
def test_dates_of_every_order_and_twelve_hours(dates, first):
    text = "".join(f"[{dates} 下午{1 + n}:05] {'甲乙'[n % 2]}: {n}\n" for n in range(8))
    rows = read(text.encode())
    assert f"{rows[0]['sent_at']:%Y-%m-%d %H:%M}" == f"{first} 05:05"
    assert rows[0]["time_resolution"] == "min"


def test_lines_below_and_pasted_headers_of_another_shape_are_text():
    text = "".join(
        f"[2024-03-01 8:{n:02}] {'甲乙'[n % 2]}: 你看\n" + ("" if n % 3 else "老周(2023-01-01 9:00): 旧话\n\n完\n")
        for n in range(10)
    )
    rows = read(text.encode())
    assert len(rows) == 10
    assert rows[3]["text"] == "你看\n老周(2023-01-01 9:00): 旧话\n\n完"


def test_system_lines_are_events():
    text = (
        "".join(f"2024-03-01 8:{n:02} {'甲乙'[n % 2]}: 好\n" for n in range(9))
        + '2024-03-01 9:00 系统: "丙"退出了群聊\n'
    )
    assert (read(text.encode())[-1]["event"], read(text.encode())[-1]["sender_id"]) == ("leave", "丙")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"2024-03-01 08:00:{n:02} {'INFO' if n % 3 else 'WARN'}: started worker {n}\n" for n in range(40)),
        "会议纪要\n2024-03-01 9:00 开会: 讨论\n2024-03-02 9:00 再开会: 讨论\n参加的人很多\n结论见下\n"
        + "一行字\n" * 60,
        "".join(f"2024-03-{30 - n:02} 8:00 {'甲乙'[n % 2]}: 倒着写\n" for n in range(20)),
    ],
    ids=["log", "notes", "backwards"],
)
def test_what_is_no_chat_is_refused(text):
    assert FORMAT.sniff(text, text, "x.txt") == 0
