"""Folders, archives, pages and what is refused."""

from __future__ import annotations

import zipfile

from invented_exports import QQ, TELEGRAM
from invented_worldwide import TELEGRAM_HTML

from ingest import Rejection, Source, find_sources


def names(paths) -> list[str]:
    return [found.name for found in find_sources(paths) if isinstance(found, Source)]


def rejections(paths) -> list[Rejection]:
    return [found for found in find_sources(paths) if isinstance(found, Rejection)]


def test_a_folder_is_walked_in_natural_order_without_attachments(tmp_path):
    for name in ("b/day10.txt", "b/day2.txt", "a.txt", "photo.jpg", ".hidden.txt", "__MACOSX/a.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(QQ, encoding="utf-8")
    assert names([tmp_path]) == ["a.txt", "day2.txt", "day10.txt"]


def test_missing_and_empty_places_are_rejected_with_a_hint(tmp_path):
    (tmp_path / "empty").mkdir()
    found = rejections([tmp_path / "nowhere.txt", tmp_path / "empty"])
    assert [rejection.reason for rejection in found] == [
        "there is no such file or folder",
        "the folder holds no export",
    ]
    assert all(rejection.hint for rejection in found)


def test_members_of_a_zip_are_read_in_place(tmp_path):
    path = tmp_path / "ChatExport.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ChatExport_2024/result.json", TELEGRAM)
        archive.writestr("ChatExport_2024/photos/a.jpg", b"x")
        archive.writestr("__MACOSX/._result.json", b"x")
    (source,) = find_sources([path])
    assert isinstance(source, Source)
    assert source.name == "result.json"
    assert source.head.startswith('{"name"')
    assert source.tail.endswith("}")


def test_dangerous_members_are_refused_and_the_others_read(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../evil.txt", "x")
        archive.writestr("/abs.txt", "x")
        archive.writestr("C:/win.txt", "x")
        archive.writestr("bomb.txt", b"0" * (20 << 20))
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", QQ)
    assert names([path]) == ["good.txt"]
    assert [r.path.rsplit("!", 1)[1] for r in rejections([path])] == [
        "../evil.txt", "/abs.txt", "C:/win.txt", "bomb.txt", "link.txt",
    ]  # fmt: skip


def test_a_broken_archive_is_rejected(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 cut")
    (found,) = find_sources([path])
    assert isinstance(found, Rejection)
    assert "cannot be read" in found.reason


def test_siblings_reach_the_same_archive_only(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/chat.txt", QQ)
        archive.writestr("users.json", "[]")
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    source = next(found for found in find_sources([path]) if isinstance(found, Source) and found.name == "chat.txt")
    assert source.companion("../users.json") is not None
    assert source.companion("../../secret.json", "secret.json") is None


def test_pages_named_one_by_one_are_one_export(tmp_path):
    pages = [tmp_path / name for name in ("messages.html", "messages2.html")]
    for page in pages:
        page.write_text(TELEGRAM_HTML, encoding="utf-8")
    (source,) = find_sources(pages)
    assert isinstance(source, Source)
    assert [part.name for part in source.parts] == ["messages.html", "messages2.html"]
