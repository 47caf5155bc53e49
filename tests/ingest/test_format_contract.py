"""What every format promises, whoever wrote it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_exports import EXPORTS

from ingest import IngestError, Source, check_messages, detect_format, formats, read_export
from ingest.message import KINDS, RESOLUTIONS

ELSEWHERE = {
    "ciphertalk_sql", "ciphertalk_xlsx", "qce_chunked", "qce_html", "qce_xlsx", "wechat_timeless", "weflow_xlsx",
}  # fmt: skip
"""Workbooks, dumps, groups of files, and what is always refused: their own tests hold them."""


def is_text(data: bytes) -> bool:
    """Whether an export is UTF-8 text: not a workbook, an archive, or text in another encoding."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def code_of(encoding: str, text: str) -> str:
    """The codec; "legacy" is what the systems of that language wrote before UTF-8."""
    if encoding != "legacy":
        return encoding
    if re.search("[가-힣]", text):
        return "cp949"
    return "cp932" if re.search("[ぁ-ヿ]", text) else "gb18030"


def rows_of(data: bytes, name: str) -> list[dict]:
    """Who said what when, line ends apart."""
    columns = ["message_id", "sent_at", "sender_id", "sender_name", "kind", "event", "text"]
    tables = read_export(Source.of_bytes(data, name))
    rows = [row for table in tables for row in table.select(columns).to_pylist()]
    return [row | {"text": row["text"].replace("\r\n", "\n"), "message_id": None} for row in rows]


IDS = [f"{fmt}-{name}-{i}" for i, (fmt, name, _, _) in enumerate(EXPORTS)]


@pytest.mark.parametrize(("format_id", "name", "data", "records"), EXPORTS, ids=IDS)
def test_an_export_is_read_whole_by_its_own_format(format_id, name, data, records):
    reading = read_export(Source.of_bytes(data, name))
    tables = [check_messages(table) for table in reading]
    (receipt,) = reading.receipts.values()
    assert receipt.format == format_id
    assert receipt.records == records == sum(table.num_rows for table in tables)
    assert not receipt.skipped
    for table in tables:
        assert set(table["chat_id"].to_pylist()) == {receipt.chat_id}
        assert set(table["time_resolution"].to_pylist()) <= set(RESOLUTIONS)
        assert set(table["kind"].to_pylist()) <= set(KINDS)
        said = table.filter(table["event"].is_null())
        assert said["sender_id"].null_count == 0


@pytest.mark.parametrize(("format_id", "name", "data", "records"), EXPORTS, ids=IDS)
def test_no_other_format_is_as_sure(format_id, name, data, records):
    ranked = detect_format(Source.of_bytes(data, name)).ranked
    assert ranked[0][0].id == format_id
    assert all(sure < ranked[0][1] for _, sure in ranked[1:])
    assert all(0 < sure <= 1 for _, sure in ranked)


@pytest.mark.parametrize(("format_id", "name", "data", "records"), EXPORTS, ids=IDS)
def test_reading_twice_gives_the_same_rows(format_id, name, data, records):
    first, second = (list(read_export(Source.of_bytes(data, name))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("format_id", "name", "data", "records"), EXPORTS, ids=IDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_export_gives_fewer_records_or_a_clear_refusal(format_id, name, data, records, share):
    try:
        reading = read_export(Source.of_bytes(data[: int(len(data) * share)], name))
        rows = sum(table.num_rows for table in reading)
    except IngestError as error:
        assert error.reason
        assert error.hint
    else:
        assert 0 < rows <= records


TEXTS = [(fmt, name, data.decode("utf-8-sig"), n) for fmt, name, data, n in EXPORTS if is_text(data)]
TEXT_IDS = [f"{fmt}-{i}" for i, (fmt, *_) in enumerate(TEXTS)]


@pytest.mark.parametrize(("format_id", "name", "text", "records"), TEXTS, ids=TEXT_IDS)
@pytest.mark.parametrize("encoding", ["legacy", "utf-16", "utf-8-sig"])
def test_the_same_text_in_another_encoding_is_the_same_chat(format_id, name, text, records, encoding):
    wanted, found = (rows_of(text.encode(code), name) for code in ("utf-8", code_of(encoding, text)))
    assert found == wanted
    assert len(found) == records


@pytest.mark.parametrize(("format_id", "name", "text", "records"), TEXTS, ids=TEXT_IDS)
def test_line_ends_of_windows_make_no_difference(format_id, name, text, records):
    plain = text.replace("\r\n", "\n")
    assert rows_of(plain.replace("\n", "\r\n").encode(), name) == rows_of(plain.encode(), name)


def test_every_format_has_an_invented_export():
    assert {format_id for format_id, *_ in EXPORTS} | ELSEWHERE == set(formats())


@pytest.mark.parametrize("fmt", formats().values(), ids=lambda fmt: fmt.id)
@given(head=st.text(max_size=300), name=st.text(max_size=20))
def test_any_text_is_sniffed_without_error(fmt, head, name):
    assert 0 <= fmt.sniff(head, head, name) <= 1


@pytest.mark.parametrize("fmt", formats().values(), ids=lambda fmt: fmt.id)
def test_a_format_says_what_it_is(fmt):
    assert fmt.title
    assert fmt.platform
    assert all(extension.startswith(".") for extension in fmt.extensions)
    assert fmt.id.isidentifier()
