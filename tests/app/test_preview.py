"""A look before the import: what it says is what the import then does, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest import source as sources
from nuanqun.pipeline import RunReport, bring_in
from nuanqun.preview import BEGINNING_BYTES, SHOWN, WHOLE_BYTES, preview
from nuanqun.settings import load_settings
from nuanqun.store import Store

LINES = [f"2024-03-0{1 + n // 9} 0{n % 9}:15:00 张三({20000 + n % 3})\n第 {n} 句闲话\n" for n in range(40)]


def test_the_preview_says_what_the_import_will_do(tmp_path):
    store, settings = Store(tmp_path / "w"), load_settings()
    path = tmp_path / "读书会.txt"
    path.write_text("\n".join(LINES[:30]), encoding="utf-8")
    (fresh,) = preview(store, path, settings.ingest)
    assert (fresh.rows, fresh.known, fresh.whole, fresh.stored) == (30, 0, True, 0)
    assert fresh.chat == "读书会" and fresh.format == "qq_txt"
    assert [m["text"] for m in fresh.first] == [f"第 {n} 句闲话" for n in range(SHOWN)]
    assert store.known_chats() == {} and store.parts("messages") == []

    bring_in(store, RunReport(), [path], settings)
    path.write_text("\n".join(LINES), encoding="utf-8")
    (again,) = preview(store, path, settings.ingest)
    assert (again.rows, again.known, again.stored) == (40, 30, 30)
    report = RunReport()
    bring_in(store, report, [path], settings)
    assert report.receipts[0].new == again.rows - again.known


def test_choices_overrule_what_was_detected(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    settings = load_settings(ingest={"zone": "Asia/Tokyo"}).ingest
    (found,) = preview(Store(tmp_path / "w"), path, settings, chat_name="夜读")
    assert (found.chat, found.zone) == ("夜读", "Asia/Tokyo")
    (wrong,) = preview(Store(tmp_path / "w"), path, settings, format_id="telegram-json")
    assert wrong.reason and wrong.hint and not wrong.first


class Counted:
    """A binary file that adds what is read from it to a list."""

    def __init__(self, path: Path, seen: list[int]) -> None:
        self.file, self.seen = path.open("rb"), seen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.seen.append(len(data))
        return data


@contextmanager
def counting(monkeypatch) -> Iterator[list[int]]:
    """Bytes read from every file on disk."""
    seen: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(
            sources,
            "path_part",
            lambda path: sources.Part(path.name, path.stat().st_size, lambda: Counted(path, seen), path=str(path)),  # pyright: ignore[reportArgumentType]
        )
        patched.setattr("ingest.find.path_part", sources.path_part)
        yield seen


def qq_txt(path: Path, size: int) -> Path:
    """An export of so many bytes."""
    text = "\n".join(LINES).encode() + b"\n"
    path.write_bytes(text * (size // len(text) + 1))
    return path


def telegram_json(path: Path, size: int) -> Path:
    head = {"name": "读书会", "type": "private_supergroup", "id": 7}
    rows = [
        {"id": n, "type": "message", "date": f"2024-03-01T08:{n // 60:02}:{n % 60:02}", "from": f"成员{n % 3}",
         "from_id": f"user{n % 3}", "text": f"第 {n} 句闲话"} for n in range(1000)
    ]  # fmt: skip
    body = json.dumps(rows, ensure_ascii=False)[1:-1]
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "messages": [')
        for n in range(size // len(body.encode()) + 1):
            file.write((", " if n else "") + body)
        file.write("]}")
    return path


@pytest.mark.parametrize(("write", "name"), [(qq_txt, "读书会.txt"), (telegram_json, "result.json")])
def test_of_a_large_file_no_more_is_read_however_large_it_is(write, name, tmp_path, monkeypatch):
    store, read = Store(tmp_path / "w"), []
    for size in (3 * BEGINNING_BYTES, 9 * BEGINNING_BYTES):
        path = write(tmp_path / name, size)
        with counting(monkeypatch) as seen:
            (found,) = preview(store, path, load_settings().ingest)
        assert (found.chat, found.zone, found.encoding) == ("读书会", "Asia/Shanghai", "utf-8")
        assert not found.reason and not found.whole and 500 <= found.rows <= 1_000
        assert found.size == path.stat().st_size and len(found.first) == SHOWN
        read.append(sum(seen))
    assert BEGINNING_BYTES <= read[1] <= 2 * BEGINNING_BYTES and abs(read[1] - read[0]) < 8  # the tail is read in fours


def test_a_file_whose_records_come_late_is_read_until_they_come(tmp_path):
    path = tmp_path / "读书会.txt"
    assert WHOLE_BYTES < BEGINNING_BYTES
    lines = "".join(f"{n:07} 这里还没有人说话，这只是前言\n" for n in range(BEGINNING_BYTES // 30))
    path.write_text(f"{LINES[0]}\n{lines}\n" + "\n".join(LINES * 20), encoding="utf-8")
    (found,) = preview(Store(tmp_path / "w"), path, load_settings().ingest)
    assert not found.reason and found.first[0]["text"].startswith("第 0 句闲话")


def test_what_is_no_export_is_refused_with_a_reason(tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (found,) = preview(Store(tmp_path / "w"), path, load_settings().ingest)
    assert found.reason and found.hint
