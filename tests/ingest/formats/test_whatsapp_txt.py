"""WhatsApp exports: locales, date orders, names with colons, iOS marks."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest

from ingest import ParseIssue, Source, find_sources, read_export
from ingest.formats.whatsapp_txt import FORMAT
from ingest.message import ChatStart, Message

LRM = "\u200e"


def read(text: str, name: str = "WhatsApp Chat with Garten.txt") -> list:
    source = Source.of_bytes(text.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, name) > 0.5
    return list(FORMAT.parse(source))


def messages(text: str) -> list[Message]:
    return [record for record in read(text) if isinstance(record, Message)]


@pytest.mark.parametrize(
    "header",
    [
        "13/3/24, 15:07 - ",
        "3/13/24, 3:07 PM - ",
        "3/13/24, 3:07\u202fPM - ",
        "13/03/2024, 15:07 - ",
        "2024/3/13 15:07 - ",
        "2024/3/13 下午3:07 - ",
        "13.03.24, 15:07 - ",
        "13.3.2024 klo 15.07.00 - ",
        "13/3/24, 3:07\u00a0p.\u00a0m. - ",
        "[3/13/24, 3:07:00 PM] ",
        "[2024/3/13 下午3:07:00] ",
        "[13/03/24 15:07:00] ",
        "[2024-03-13, 15:07:00] ",
        "‎[13.03.24, 15:07:00] ",
        "13. 3. 2024. 15:07 - ",
        "١٣/٣/٢٠٢٤, ١٥:٠٧ - ",
    ],
)
def test_every_header_is_read(header):
    (row,) = messages(f"{header}Ana: hola\n")
    assert (row.sent_at, row.sender_name, row.text) == (datetime(2024, 3, 13, 15, 7), "Ana", "hola")


@pytest.mark.parametrize(
    ("dates", "months"),
    [(["1/3/24", "2/3/24", "4/3/24"], {3}), (["3/1/24", "3/2/24", "3/4/24"], {3}), (["5/1/24", "13/1/24"], {1})],
)
def test_day_and_month_are_told_by_all_dates(dates, months):
    rows = messages("".join(f"{day}, 10:00 - Ana: x\n" for day in dates))
    assert {row.sent_at.month for row in rows} == months


def test_an_order_that_was_only_inferred_is_said():
    records = read("1/3/24, 10:00 - Ana: x\n2/3/24, 10:00 - Ana: x\n")
    assert ParseIssue(1, "date_order_inferred: DMY", lost=False) in records


@pytest.mark.parametrize(("clock", "hour"), [("12:08 AM", 0), ("12:08 PM", 12), ("0:08 a. m.", 0), ("11:08 p. m.", 23)])
def test_midnight_and_noon(clock, hour):
    (row,) = messages(f"13/3/24, {clock} - Ana: x\n")
    assert row.sent_at.hour == hour


def test_names_with_colons_are_learned_from_the_whole_file():
    rows = messages(
        "".join(f"13/3/24, 10:0{i} - Li: Gruppe: Nachricht {i}\n" for i in range(4))
        + "13/3/24, 10:09 - Ana: PS: eins\n"
    )
    assert {(row.sender_name, row.text) for row in rows[:4]} == {("Li: Gruppe", f"Nachricht {i}") for i in range(4)}
    assert (rows[4].sender_name, rows[4].text) == ("Ana", "PS: eins")


def test_pasted_headers_of_another_shape_and_more_lines_are_text():
    (row,) = messages("13/3/24, 10:00 - Ana: schau\n\n[2024/1/3 09:00:00] Bob: alt\n2024-01-01 10:00:00 x(12345)\n")
    assert row.text == "schau\n\n[2024/1/3 09:00:00] Bob: alt\n2024-01-01 10:00:00 x(12345)"


def test_system_lines_with_and_without_colons():
    rows = messages(
        "13/3/24, 10:00 - Messages and calls are end-to-end encrypted.\n"
        '13/3/24, 10:01 - Ana created group "Plan: B"\n'
        '13/3/24, 10:02 - Ana changed the subject from "Plan: B" to "Plan: C"\n'
        "13/3/24, 10:03 - Ana added Bob\n"
        "13/3/24, 10:04 - Bob left\n"
        "13/3/24, 10:05 - Ana: \n"
        "13/3/24, 10:06 - Ana:.\n"
    )
    assert [row.event for row in rows] == ["other", "group_created", "rename", "invite", "leave", None, None]
    assert [row.text for row in rows[5:]] == ["", "."]
    assert (rows[3].actor_ids, rows[3].target_ids) == (["Ana"], ["Bob"])


def test_ios_writes_system_lines_under_the_groups_name():
    start, *rows = read(
        f"[2024/3/13 上午9:00:00] 花友: {LRM}消息和通话已进行端到端加密。\n"
        f"{LRM}[2024/3/13 上午9:00:05] 花友: {LRM}阿竹邀请小棠加入了群聊\n"
        f"{LRM}[2024/3/13 上午9:01:00] 小棠: {LRM}忽略图像\n"
        "[2024/3/13 上午9:02:00] 小棠: 花友: 好看吗\n",
        "_chat.txt",
    )
    assert isinstance(start, ChatStart)
    assert start.name == "花友"
    assert [row.event for row in rows] == ["other", "invite", None, None]
    assert rows[2].kind == "image"
    assert rows[3].sender_name == "小棠"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<Media omitted>", "unknown"),
        ("<省略影音内容>", "unknown"),
        ("IMG-20240313-WA0001.jpg (file attached)\nSchau", "image"),
        ("<attached: 00000012-AUDIO-2024-03-13.opus>", "voice"),
        ("location: https://maps.example/?q=1,2", "location"),
        ("POLL:\nWann?", "poll"),
        ("I said image omitted because the line is long and tells of many things that happened to us in the garden on that day, again and again", "text"),
        ("hi", "text"),
    ],
)  # fmt: skip
def test_kinds(text, kind):
    assert messages(f"13/3/24, 10:00 - Ana: {text}\n")[0].kind == kind


def test_zip_with_media_and_windows_names(tmp_path):
    path, stream = tmp_path / "WhatsApp Chat - 花友.zip", io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("_chat.txt", f"[2024/3/13 上午9:00:00] 阿竹: {LRM}早\r\n")
        archive.writestr("00000001-PHOTO.jpg", b"\xff\xd8\xff")
    path.write_bytes(stream.getvalue())
    (source,) = find_sources([path])
    assert isinstance(source, Source)
    reading = read_export(source)
    list(reading)
    (receipt,) = reading.receipts.values()
    assert (receipt.name, receipt.records) == ("花友", 1)
