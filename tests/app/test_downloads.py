"""Files for other programs: whole, and never a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from community.reasons import reason
from nuanqun.downloads import FORMATS, guarded, write_table

ATTACKS = ["=HYPERLINK(\"http://evil.example\",\"点我\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\ufeff=1", "＝1+1",
           "\r\n=1", "|calc", "=cmd|' /C calc'!A0"]  # fmt: skip


def table(names: list[str]) -> pa.Table:
    return pa.table(
        {
            "name": names,
            "aliases": [[name, "别名"] for name in names],
            "why": [[reason("role.joiner", weeks=3)] for _ in names],
            "share": [-0.5 for _ in names],
            "day": [date(2026, 3, 1) for _ in names],
            "at": pa.array([datetime(2026, 3, 1, tzinfo=UTC) for _ in names], pa.timestamp("ms", "UTC")),
        }
    )


def cells(form: str, body: bytes) -> list[list]:
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1:]
    if form == "xlsx":
        return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(body))["nuanqun"].iter_rows(min_row=2)]
    return [list(row.values()) for row in pq.read_table(io.BytesIO(body)).to_pylist()]


@pytest.mark.parametrize("form", FORMATS)
def test_no_cell_is_a_formula_in_any_format(form):
    rows = cells(form, write_table(table(ATTACKS), form))
    assert len(rows) == len(ATTACKS)
    for row in rows:
        for value in row[:2]:
            assert str(value).startswith("'"), value
    assert all(float(row[3]) == -0.5 for row in rows), "numbers stay numbers, a minus is no danger there"


def test_a_workbook_holds_no_formula_and_no_link():
    body = write_table(table(ATTACKS), "xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "<hyperlink" not in sheet


@pytest.mark.parametrize("form", FORMATS)
def test_reasons_are_sentences_and_phone_numbers_are_hidden(form):
    ((name, _, why, *_),) = cells(form, write_table(table(["小王13800001111"]), form))
    assert "13800001111" not in str(name) and "小王" in str(name)
    assert "4 周" in str(why)


@given(st.text(max_size=50))
def test_what_is_guarded_never_starts_like_a_formula(text):
    safe = guarded(text)
    assert not safe.lstrip(" \u00a0\u200b\ufeff").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_control_characters_and_long_texts_do_not_break_a_workbook():
    body = write_table(table(["a\x00b\x1f" + "长" * 50_000]), "xlsx")
    ((name, *_),) = cells("xlsx", body)
    assert str(name).startswith("ab长") and len(str(name)) < 32_767
