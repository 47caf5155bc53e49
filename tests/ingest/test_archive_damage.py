"""A damaged member of a zip ends in a named refusal, wherever the damage lies."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.find import Rejection, find_sources
from ingest.reading import read_export


def zip_of(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", text)
    return out.getvalue()


LINES = "".join(f"[2024/3/{1 + n // 60} 08:{n % 60:02}:00] 小鹿: 第{n}句，{n * n % 97}\n" for n in range(240))


def outcome(path: Path) -> int | str:
    for source in find_sources([path]):
        if isinstance(source, Rejection):
            return source.reason
        try:
            return sum(batch.num_rows for batch in read_export(source))
        except IngestError as error:
            return error.reason
    raise AssertionError("nothing was found and nothing was refused")


def test_a_whole_zip_is_read(tmp_path):
    path = tmp_path / "chat.zip"
    path.write_bytes(zip_of(LINES))
    assert outcome(path) == 240


@pytest.mark.parametrize("seed", range(40))
def test_a_wound_ends_in_records_or_a_reason(seed, tmp_path):
    dice, data = random.Random(seed), bytearray(zip_of(LINES))
    for _ in range(3):
        data[dice.randrange(4, len(data))] = dice.randrange(256)
    path = tmp_path / "chat.zip"
    path.write_bytes(data)
    assert outcome(path)


def test_a_member_that_claims_to_lie_before_the_archive_is_refused(tmp_path):
    data = bytearray(zip_of(LINES))
    directory = data.rindex(b"PK\x05\x06")
    data[directory + 16 : directory + 20] = (0xFFFFFF00).to_bytes(4, "little")  # where the list of members begins
    path = tmp_path / "chat.zip"
    path.write_bytes(data)
    assert outcome(path)


def test_a_member_whose_two_names_differ_is_refused(tmp_path):
    data = bytearray(zip_of(LINES))
    data[6:8] = (0x800).to_bytes(2, "little")  # "the name is UTF-8"
    data[30] = 0xDF
    path = tmp_path / "chat.zip"
    path.write_bytes(data)
    assert outcome(path)
