"""Every planted message is found again where its truth says, after the export was written and read."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conftest import ROOT
from ingest import IngestSettings, Source, find_sources, read_export
from nuanqun.simulate import FATES, MIXED, simulate, write
from nuanqun.simulate.writers import WRITERS


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    chats = simulate(3)
    folders = {}
    for format_id in WRITERS:
        folders[format_id] = tmp_path_factory.mktemp(format_id)
        write(chats, folders[format_id], format_id)
    return folders


@cache
def read(path: Path) -> tuple[str, list[dict[str, Any]]]:
    (source,) = find_sources([path])
    assert isinstance(source, Source)
    reading = read_export(source, settings=IngestSettings())
    rows = pa.concat_tables(list(reading)).to_pylist()
    (receipt,) = reading.receipts.values()
    assert not [i for i in receipt.skipped if i.lost]
    return receipt.format, rows


def truth(folder: Path, fate: str) -> dict[str, Any]:
    document = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return next(chat for chat in document["chats"] if chat["id"] == fate)


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("format_id", WRITERS)
def test_truth_is_found_in_the_export(exports: dict[str, Path], format_id: str, fate: str) -> None:
    folder = exports[format_id]
    expected = truth(folder, fate)
    found_format, rows = read(folder / expected["file"])
    assert found_format == format_id
    assert len(rows) == expected["records"]
    assert sum(row["event"] is None for row in rows) == expected["messages"]
    planted = [*expected["ads"], *expected["offers"], *expected["hard_negatives"], *expected["events"]]
    assert len(expected["ads"]) > 0 or fate in ("alumni", "flash_sale")
    for item in planted:
        row = rows[item["index"]]
        assert row["sent_at"] == datetime.fromisoformat(item["sent_at"])
        assert item["sender"] in (row["sender_name"], row["sender_id"].rpartition(":")[2] or row["sender_id"])
        if row["kind"] == "text":
            assert row["text"] == item["text"]


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("format_id", ["chatlab_json", "telegram_json"])
def test_explicit_replies_survive_where_the_dialect_has_them(
    exports: dict[str, Path], format_id: str, fate: str
) -> None:
    folder = exports[format_id]
    expected = truth(folder, fate)
    _, rows = read(folder / expected["file"])
    links = {rows[child]["message_id"]: rows[parent]["message_id"] for child, parent in expected["replies"]}
    explicit = {row["message_id"]: row["reply_to"] for row in rows if row["reply_to"]}
    assert explicit
    assert all(links[child] == parent for child, parent in explicit.items())


@pytest.mark.parametrize("format_id", ["chatlab_json", "wechatmsg_csv", "generic_table"])
def test_invitations_survive_where_the_dialect_has_them(exports: dict[str, Path], format_id: str) -> None:
    folder = exports[format_id]
    expected = truth(folder, "reading_club")
    _, rows = read(folder / expected["file"])
    joins = [row for row in rows if row["event"] in ("join", "invite", "scan_qr")]
    assert len(joins) > 20
    assert len(joins) <= sum(m["joined"] is not None for m in expected["members"])


def test_mixed_gives_six_dialects_and_one_truth(tmp_path: Path) -> None:
    paths = write(simulate(2, scale=0.4), tmp_path, MIXED)
    chats = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["chats"]
    assert len({chat["format"] for chat in chats}) == len(FATES) == len(paths)
    assert (
        [tmp_path / chat["file"] for chat in chats]
        == paths
        == sorted((tmp_path / "chats").rglob("*.*"), key=paths.index)
    )
    for chat in chats:
        ids = {member["id"] for member in chat["members"]}
        assert set(chat["kols"]) <= ids
        assert all(item["sender"] in ids and item["text"] for item in chat["ads"])


def test_writing_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown format 'docx'"):
        write([], tmp_path, "docx")
    twins = simulate(1, fates=["alumni"]) + simulate(1, fates=["alumni"])
    with pytest.raises(ValueError, match="two chats"):
        write(twins, tmp_path, "irssi")


def test_bundled_demo_is_what_its_readme_says(tmp_path: Path) -> None:
    demo = ROOT / "data" / "demo"
    write(simulate(128, scale=0.7), tmp_path)
    ours = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    bundled = {path.relative_to(demo): path.read_bytes() for path in demo.rglob("*") if path.is_file()}
    assert "--seed 128 --scale 0.7" in bundled.pop(Path("README.md")).decode()
    assert ours == bundled
