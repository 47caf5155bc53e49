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


class _Pipe(io.RawIOBase):
    """Bytes that can only be written on: zips made for it state sizes behind the members."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block) -> int:  # noqa: ANN001 - the signature of RawIOBase
        self.data += block
        return len(block)


def _cut_zip(path, packing, out):
    """The first seven tenths of a zip of two chats."""
    target = out()
    with zipfile.ZipFile(target, "w", packing) as archive:
        archive.writestr("1/_chat.txt", "".join(LINES.splitlines(True)[:60]))
        archive.writestr("2/_chat.txt", LINES)
    data = bytes(target.data) if isinstance(target, _Pipe) else target.getvalue()
    path.write_bytes(data[: len(data) * 7 // 10])
    return path


def test_a_cut_zip_of_stored_members_that_was_streamed_is_refused(tmp_path):
    """Nothing tells where such a member ends."""
    (found,) = find_sources([_cut_zip(tmp_path / "chat.zip", zipfile.ZIP_STORED, _Pipe)])
    assert isinstance(found, Rejection)
    assert "cannot be read" in found.reason and "copy or download it again" in found.hint


@pytest.mark.parametrize(
    ("packing", "out"),
    [(zipfile.ZIP_DEFLATED, io.BytesIO), (zipfile.ZIP_STORED, io.BytesIO), (zipfile.ZIP_DEFLATED, _Pipe)],
)
def test_a_cut_zip_gives_its_whole_members_and_the_whole_records_of_the_last(packing, out, tmp_path):
    found = list(find_sources([_cut_zip(tmp_path / "chat.zip", packing, out)]))
    first, last = (source for source in found if not isinstance(source, Rejection))
    assert [r.reason for r in found if isinstance(r, Rejection)] == [
        "the end of the archive is missing, and what stood there"
    ]
    readings = [read_export(source) for source in (first, last)]
    rows = [sum(batch.num_rows for batch in reading) for reading in readings]
    assert rows[0] == 60
    assert 20 < rows[1] < 240
    warnings = [next(iter(reading.receipts.values())).warnings for reading in readings]
    assert ["truncated_tail" in said for said in warnings] == [False, True]
