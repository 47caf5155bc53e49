"""What comes in by the browser: no name leads out of the inbox, and no path reads the server's own files."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from dashboard import guard, incoming
from nuanqun import worker
from nuanqun.access import Person
from nuanqun.errors import Forbidden


@pytest.fixture()
def workspace(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("NUANQUN_NO_LOGIN", "0")
    monkeypatch.setattr(guard, "known", lambda: Person("li", "admin"))
    monkeypatch.setattr(worker, "ensure", lambda workspace: None)
    return tmp_path / "w"


def upload(name: str, data: bytes) -> UploadedFile:
    """A file as Streamlit hands it over."""
    return UploadedFile(UploadedFileRec("1", name, "text/plain", data), None)  # pyright: ignore[reportArgumentType]


NAMES = (
    "../../evil.txt", "/etc/cron.d/evil", "..\\..\\evil.txt", "a/../../../evil.txt", "....//evil.txt", "..", "/", "",
    "群聊/./../消息.txt", "~/evil.txt",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_an_uploaded_name_stays_in_its_folder_of_the_inbox(workspace, name):
    folder, kept = incoming.keep_uploads([upload(name, b"x")])
    inbox = (workspace / worker.INBOX / folder).resolve()
    files = [path for path in workspace.parent.rglob("*") if path.is_file() and path.read_bytes() == b"x"]
    assert len(files) == 1 and files[0].resolve().is_relative_to(inbox)
    assert all(path.resolve().is_relative_to(inbox) for path in kept)


def test_an_upload_is_written_in_pieces_whole_and_again(workspace):
    data = bytes(range(256)) * (16 * incoming.PIECE // 256)
    sent = upload("a.txt", data)
    tracemalloc.start()
    try:
        for _ in range(2):
            _, (kept,) = incoming.keep_uploads([sent])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept.read_bytes() == data
    assert peak < len(data) / 4


@pytest.fixture()
def secret(workspace) -> Path:
    path = workspace.parent / "server" / "chat.txt"
    path.parent.mkdir()
    path.write_text("2024-01-01 12:00:00 li\nwhat only the server may know\n", "utf-8")
    return path


def test_who_comes_from_another_machine_reads_no_file_of_the_server(workspace, secret, monkeypatch):
    monkeypatch.setenv("NUANQUN_AFAR", "1")
    link = workspace / worker.INBOX / "link.txt"
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)
    for path in (secret, link, workspace / worker.INBOX / ".." / ".." / "server" / "chat.txt"):
        assert not incoming.reachable(path)
        for ask in (
            lambda path=path: incoming.look(path, None, None, None),
            lambda path=path: incoming.columns_of(path),
            lambda path=path: incoming.keep_columns(path, {}),  # pyright: ignore
            lambda path=path: incoming.start_import([{"paths": [str(path)]}], None),
        ):
            with pytest.raises(Forbidden):
                ask()


def test_what_was_uploaded_named_by_the_admin_or_bundled_can_be_imported_from_there(workspace, secret, monkeypatch):
    monkeypatch.setenv("NUANQUN_AFAR", "1")
    _, (kept,) = incoming.keep_uploads([upload("a.txt", b"x")])
    assert incoming.reachable(kept)
    assert incoming.start_demo() > 0
    (workspace / "nuanqun.toml").write_text(f'[store]\nimport_from = ["{secret.parent}"]\n', "utf-8")
    assert incoming.reachable(secret)


def test_at_ones_own_machine_every_path_is_ones_own(workspace, secret, monkeypatch):
    monkeypatch.delenv("NUANQUN_AFAR", raising=False)
    assert incoming.reachable(secret) and not incoming.reachable(secret.with_name("nothing.txt"))
