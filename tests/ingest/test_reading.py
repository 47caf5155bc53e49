"""Reading: batches, receipts, zones, refusals."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from invented_exports import EXPORTS, IRSSI, QQ, TABLE, TELEGRAM

from ingest import BrokenExport, IngestSettings, Source, UnknownFormat, check_messages, combine, read_export

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def read(data: bytes, name: str = "x.txt", **settings):
    reading = read_export(Source.of_bytes(data, name), settings=IngestSettings(**settings))
    return pa.concat_tables(list(reading)), reading.receipts


def test_wall_clocks_are_placed_by_the_zone_setting():
    table, receipts = read(QQ.encode(), zone="Europe/Berlin")
    (receipt,) = receipts.values()
    assert table["sent_at"][0].as_py() == datetime(2023, 11, 4, 8, 5, tzinfo=UTC)
    assert receipt.to_json()["first"] == "2023-11-04T09:05:00+01:00"
    assert receipt.zone_source == "setting"


def test_absolute_times_do_not_move_with_the_setting():
    here, receipts = read(TELEGRAM.encode(), "result.json", zone="Asia/Shanghai")
    there, others = read(TELEGRAM.encode(), "result.json", zone="America/New_York")
    assert here["sent_at"] == there["sent_at"]
    assert [r.zone_source for r in receipts.values()] == ["epoch"]
    assert [(r.zone, r.zone_source) for r in others.values()] == [("+08:00", "export")]


def test_a_change_of_clocks_is_followed():
    text = "2023-10-28 12:00:00 n(1001)\na\n\n2023-10-29 12:00:00 n(1001)\nb\n"
    table, _ = read(text.encode(), zone="Europe/Berlin")
    assert [moment.as_py().hour for moment in table["sent_at"]] == [10, 11]


def test_small_batches_give_the_same_rows_as_one():
    whole, _ = read(QQ.encode())
    reading = read_export(Source.of_bytes(QQ.encode(), "x.txt"), settings=IngestSettings(batch_rows=1))
    pieces = list(reading)
    assert len(pieces) == 3
    assert pa.concat_tables(pieces).equals(whole)


def test_minutes_are_the_resolution_of_logs_without_seconds():
    table, _ = read(IRSSI.encode())
    assert set(table["time_resolution"].to_pylist()) == {"min"}


def test_links_and_mentions_are_found():
    text = "2023-10-28 12:00:00 n(1001)\n@小 王\u2005@所有人 看 https://x.example/a?b=1，a@b.example\n"
    table, _ = read(text.encode())
    assert table["urls"][0].as_py() == ["https://x.example/a?b=1"]
    assert table["mentions"][0].as_py() == ["小 王", "@all"]


def test_the_receipt_has_exactly_the_promised_fields():
    _, receipts = read(QQ.encode("gb18030"))
    (receipt,) = receipts.values()
    found = receipt.to_json()
    assert (
        list(found)
        == (
            "chat_id name platform format confidence encoding zone zone_source records messages system members placeholders"
            " new duplicates known_members first last runners_up new_members stored clock_backwards same_as shares"
            " skipped gaps warnings sources"
        ).split()
    )
    assert json.loads(json.dumps(found)) == found
    assert (found["records"], found["messages"], found["system"], found["members"]) == (3, 2, 1, 2)
    assert (found["encoding"], found["name"], found["format"]) == ("gb18030", "花店夜读", "qq_txt")


def test_the_receipt_counts_what_is_doubtful():
    text = "2024-01-02 10:00:00 n(1001)\n[图片]\n\n2024-01-01 09:00:00 n(1002)\n好\n\n2024-01-02 11:00:00 n(1001)\nc\n"
    _, receipts = read(text.encode())
    (found,) = (receipt.to_json() for receipt in receipts.values())
    assert (found["clock_backwards"], found["placeholders"]) == (1, 1)
    assert found["shares"] == {"system": 0.0, "placeholders": 0.3333, "duplicates": 0.0}
    assert all(0 < other["confidence"] <= found["confidence"] for other in found["runners_up"])


def test_gaps_of_a_week_are_reported():
    text = "2024-01-01 10:00:00 n(1001)\na\n\n2024-01-20 10:00:00 n(1001)\nb\n\n2024-01-24 10:00:00 n(1001)\nc\n"
    _, receipts = read(text.encode())
    (receipt,) = receipts.values()
    assert receipt.gaps == [{"start": "2024-01-02", "end": "2024-01-19", "days": 18}]


def test_skipped_places_are_masked():
    text = "我的电话 13812345678\n\n" + QQ.split("\n\n", 3)[3]
    _, receipts = read(text.encode())
    (receipt,) = receipts.values()
    assert receipt.skipped[0].excerpt == "我的电话 [phone 11]"


def test_files_of_one_chat_combine_to_one_receipt():
    receipts = []
    for day in (1, 20):
        text = f"2024-01-{day:02d} 10:00:00 n(1001)\na\n\n2024-01-{day:02d} 10:00:01 m({1002 + day})\nb\n"
        receipts += read(text.encode(), "茶友.txt")[1].values()
    whole = combine(receipts)
    assert (whole.records, whole.members) == (4, 3)
    assert whole.gaps[0]["days"] == 18
    assert whole.first == min(receipt.first for receipt in receipts if receipt.first)


def test_receipts_of_two_chats_do_not_combine():
    receipts = [*read(QQ.encode())[1].values(), *read(IRSSI.encode())[1].values()]
    with pytest.raises(ValueError, match="one and the same chat"):
        combine(receipts)


def test_a_chat_name_can_be_given_to_one_chat_only():
    reading = read_export(Source.of_bytes(TABLE.encode(), "x.csv"), chat_name="夜读")
    list(reading)
    assert [receipt.name for receipt in reading.receipts.values()] == ["夜读"]
    several = "time,sender,text,group\n2024-01-01 10:00,a,x,一\n2024-01-01 10:01,b,y,二\n"
    with pytest.raises(BrokenExport, match="several chats"):
        list(read_export(Source.of_bytes(several.encode(), "x.csv"), chat_name="夜读"))


def test_platform_ids_that_repeat_count_once():
    doubled = json.loads(TELEGRAM)
    doubled["messages"] *= 2
    table, receipts = read(json.dumps(doubled).encode(), "result.json")
    (receipt,) = receipts.values()
    check_messages(table)
    assert table.num_rows == 3
    assert (receipt.records, receipt.duplicates) == (6, 3)
    assert "repeated_id: 3" in receipt.warnings


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.txt", "empty"),
        (b"\xef\xbb\xbf", "a.csv", "no text"),
        (PNG, "a.csv", "png"),
        (b"name,age\na,3\n", "a.csv", "none of the"),
        ("会议纪要\n2024-03-01 10:00 开始\n".encode(), "notes.txt", "none of the"),
        (b"PK\x03\x04broken", "a.xlsx", "damaged"),
    ],
)
def test_what_is_no_export_is_refused_with_one_clear_message(data, name, says):
    with pytest.raises((UnknownFormat, BrokenExport)) as caught:
        list(read_export(Source.of_bytes(data, name)))
    assert says in caught.value.reason
    assert name in str(caught.value)
    assert caught.value.hint


def test_a_cut_document_without_one_whole_record_is_refused():
    cut = TELEGRAM[: TELEGRAM.index('"action"')].encode()
    with pytest.raises(BrokenExport, match="not one whole record"):
        list(read_export(Source.of_bytes(cut, "result.json")))


def test_a_file_that_is_mostly_unreadable_is_refused():
    rows = "".join(f"never,a,{i}\n" for i in range(20)) + "2024-01-01 10:00,a,x\n"
    with pytest.raises(BrokenExport, match="20 of 21"):
        list(read_export(Source.of_bytes(f"time,sender,text\n{rows}".encode(), "x.csv")))


def test_an_unknown_format_id_lists_the_known_ones():
    with pytest.raises(UnknownFormat, match="qq_text") as caught:
        read_export(Source.of_bytes(QQ.encode()), format_id="qq_text")
    assert "qq_txt" in caught.value.hint


def test_the_chat_is_the_same_in_every_encoding():
    ids = {
        tuple(read(data, name)[0]["message_id"].to_pylist()) for fmt, name, data, _ in EXPORTS if fmt == "qq_txt"
    }  # fmt: skip
    assert len(ids) == 1
