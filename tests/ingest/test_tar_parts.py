"""Tar archives: read in place, dangerous members refused, what was cut is read up to its last whole record."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest
from invented_exports import QQ, TELEGRAM

from ingest import IngestError, Rejection, Source, find_sources, read_export

PACKINGS = ("w", "w:gz", "w:bz2", "w:xz")


def tar_of(members: dict[str, Any], path: Path, mode: Any = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            raw = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return path


def long_log(records: int) -> str:
    """A QQ export of `records` messages that packing hardly shrinks."""
    dice = random.Random(3)
    head = f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{'=' * 64}\n消息分组:群\n{'=' * 64}\n消息对象:茶友\n{'=' * 64}\n\n"
    said = (
        f"2024-03-01 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} 阿青(10001)\n{dice.random()}\n\n"
        for n in range(records)
    )
    return head + "".join(said)


@pytest.mark.parametrize("mode", PACKINGS)
def test_members_are_read_in_place(mode, tmp_path):
    path = tar_of({"x/result.json": TELEGRAM, "x/photo.jpg": b"x", "y/qq.txt": QQ}, tmp_path / "chats.tar", mode)
    sources = [found for found in find_sources([path]) if isinstance(found, Source)]
    assert [source.name for source in sources] == ["result.json", "qq.txt"]
    for source in sources:
        assert sum(batch.num_rows for batch in read_export(source)) > 0


def test_dangerous_members_are_refused_and_the_others_read(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("../evil.txt", "/abs.txt", "C:/win.txt", "good.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(QQ.encode())
            archive.addfile(info, io.BytesIO(QQ.encode()))
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("tty", tarfile.CHRTYPE),
                           ("disk", tarfile.BLKTYPE), ("pipe", tarfile.FIFOTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    found = list(find_sources([path]))
    assert [f.name for f in found if isinstance(f, Source)] == ["good.txt"]
    refused = {f.path.rsplit("!/", 1)[-1].rsplit("!", 1)[-1]: f.reason for f in found if isinstance(f, Rejection)}
    assert len(refused) == 8
    assert refused["soft"] == refused["hard"] == "it is a link"
    assert "leads out" in refused["../evil.txt"]
    assert "ordinary" in refused["tty"]


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path):
    path = tmp_path / "bomb.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("zero.txt")
        info.size = 60 << 20
        archive.addfile(info, io.BytesIO(bytes(60 << 20)))
    (found,) = find_sources([path])
    assert isinstance(found, Rejection)
    assert "times its size" in found.reason


def test_an_archive_inside_an_archive_is_not_opened(tmp_path):
    inner = tar_of({"qq.txt": QQ}, tmp_path / "inner.tar").read_bytes()
    (source,) = find_sources([tar_of({"inner.tar": inner}, tmp_path / "outer.tar")])
    assert isinstance(source, Source)
    with pytest.raises(IngestError):
        list(read_export(source))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_cut_tar_gives_the_whole_records_of_its_last_member_and_says_so(mode, tmp_path):
    text = long_log(4000)
    whole = tar_of({"a.txt": QQ, "茶友.txt": text}, tmp_path / "all.tar", mode).read_bytes()
    path = tmp_path / "cut.tar"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    *_, last = find_sources([path])
    assert isinstance(last, Source)
    reading = read_export(last)
    rows = sum(batch.num_rows for batch in reading)
    (receipt,) = reading.receipts.values()
    assert 1000 < rows < 4000
    assert "truncated_tail" in receipt.warnings


def test_several_members_may_be_read_at_once(tmp_path):
    path = tar_of({"a.txt": QQ, "b.txt": QQ * 2}, tmp_path / "two.tar.gz", "w:gz")
    one, two = (source.open() for source in find_sources([path]) if isinstance(source, Source))
    with one, two:
        assert one.read(10) + two.read(20) + one.read() + two.read() == (
            QQ.encode()[:10] + (QQ * 2).encode()[:20] + QQ.encode()[10:] + (QQ * 2).encode()[20:]
        )


def test_a_packed_file_that_is_no_tar_is_refused_with_a_reason(tmp_path):
    path = tmp_path / "chat.json.gz"
    path.write_bytes(gzip.compress(TELEGRAM.encode()))
    (source,) = find_sources([path])
    assert isinstance(source, Source)
    with pytest.raises(IngestError, match="gzip"):
        list(read_export(source))


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_wound_ends_in_records_or_a_reason(mode, seed, tmp_path):
    dice = random.Random(seed)
    path = tar_of({"a.txt": long_log(60), "b.json": TELEGRAM}, tmp_path / "w.tar", mode)
    data = bytearray(path.read_bytes())
    for _ in range(4):
        data[dice.randrange(len(data))] = dice.randrange(256)
    path.write_bytes(data)
    for found in find_sources([path]):
        try:
            assert found.reason if isinstance(found, Rejection) else [batch.num_rows for batch in read_export(found)]
        except IngestError as error:
            assert error.reason
