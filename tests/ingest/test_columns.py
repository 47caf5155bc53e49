"""A table that nobody knows is read as a person chose, and every table with the same header after it."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from ingest import IngestError, IngestSettings, Source, UnknownFormat, detect_format, read_export
from ingest.columns import check_choice, header_hash, preview

HEADER = ["Wann", "Wer", "Was", "Ort"]
ROWS = [
    ["2024-03-01 08:00:05", "老周", '早，"大家"', "A"],
    ["2024-03-01 08:01:00", "小鹿", "早\n呀", "B"],
    ["2024-03-01 08:02:00", "老周", "在", "A"],
]
CHOICE = {"time": "Wann", "sender": "wer ", "text": "Was"}
CHOSEN = IngestSettings(columns={header_hash(HEADER): CHOICE})


def csv_of(delimiter: str) -> str:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [HEADER, *ROWS]]
    return "\n".join(delimiter.join(row) for row in quoted)


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in [["Bericht"], *[HEADER], *ROWS]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


def json_lines() -> str:
    import json

    return "\n".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS)


TABLES = {
    "a.csv": csv_of(",").encode("gb18030"),
    "b.csv": csv_of(";").encode("utf-8-sig"),
    "c.txt": csv_of("\t").encode("utf-16"),
    "d.xlsx": workbook(),
    "e.jsonl": json_lines().encode(),
    "f.json": ("[" + json_lines().replace("\n", ",") + "]").encode(),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_kind_of_table_is_read_as_chosen_and_refused_before(name):
    assert detect_format(Source.of_bytes(TABLES[name], name)).best is None
    with pytest.raises(IngestError):
        list(read_export(Source.of_bytes(TABLES[name], name)))
    found = preview(Source.of_bytes(TABLES[name], name))
    assert found.header == HEADER
    assert found.suggested == {"time": "Wann", "sender": "Wer", "text": "Was"}
    (table,) = read_export(Source.of_bytes(TABLES[name], name), settings=CHOSEN)
    assert table["sender_name"].to_pylist() == ["老周", "小鹿", "老周"]
    assert table["text"].to_pylist() == [row[2] for row in ROWS]


def test_the_hash_does_not_mind_case_and_spaces():
    assert header_hash(["\ufeffwann", " WER", '"Was"', "ort"]) == header_hash(HEADER) != header_hash(HEADER[::-1])


@pytest.mark.parametrize(
    "choice", [{"time": "Wann", "sender": "Wer"}, CHOICE | {"text": "Wie"}, CHOICE | {"mood": "Ort"}]
)
def test_a_choice_that_does_not_fit_is_refused_with_the_header(choice):
    with pytest.raises(UnknownFormat) as refusal:
        check_choice(HEADER, choice)
    assert "Ort" in refusal.value.hint


@pytest.mark.parametrize("data", [b"", b"one\ntwo\nthree", "一段普通的话。".encode(), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_table_has_no_preview(data):
    with pytest.raises(UnknownFormat):
        preview(Source.of_bytes(data, "x.csv"))
