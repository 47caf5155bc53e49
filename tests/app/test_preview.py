"""A look before the import: what it says is what the import then does, and nothing is stored."""

from __future__ import annotations

from nuanqun.pipeline import RunReport, bring_in
from nuanqun.preview import SHOWN, WHOLE_BYTES, preview
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


def test_of_a_large_file_only_the_beginning_is_read(tmp_path):
    path = tmp_path / "big.txt"
    path.write_text("\n".join(LINES * (WHOLE_BYTES // len("".join(LINES).encode()) + 2)), encoding="utf-8")
    (found,) = preview(Store(tmp_path / "w"), path, load_settings().ingest)
    assert not found.whole and 0 < found.rows <= 1_000


def test_what_is_no_export_is_refused_with_a_reason(tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (found,) = preview(Store(tmp_path / "w"), path, load_settings().ingest)
    assert found.reason and found.hint
