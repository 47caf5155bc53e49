"""A watched folder: a file is taken once, after it stopped growing."""

from __future__ import annotations

from pathlib import Path

from nuanqun.watch import watch


def looks(tmp_path: Path, changes: list) -> list[list[str]]:
    """Run one look a change; a change happens before its look. Return the names taken at each call."""
    folder, taken = tmp_path / "in", []
    folder.mkdir(exist_ok=True)
    steps = iter(changes)
    next(steps)(folder)
    seen = watch(
        folder,
        tmp_path / "memory.json",
        lambda paths: taken.append(sorted(path.name for path in paths)),
        sleep=lambda _: next(steps)(folder),
        rounds=len(changes),
    )
    list(seen)
    return taken


def put(name: str, text: str):
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    return write


def nothing(_folder: Path) -> None:
    pass


def test_a_growing_file_waits_until_it_is_whole(tmp_path):
    assert looks(tmp_path, [put("a.txt", "1"), put("a.txt", "12"), put("a.txt", "123"), nothing]) == [["a.txt"]]


def test_a_file_is_taken_once_even_after_a_restart(tmp_path):
    assert looks(tmp_path, [put("a.txt", "1"), nothing, nothing]) == [["a.txt"]]
    assert looks(tmp_path, [nothing, nothing, nothing]) == []


def test_a_changed_file_is_taken_again(tmp_path):
    assert looks(tmp_path, [put("a.txt", "1"), nothing, put("a.txt", "1234"), nothing]) == [["a.txt"], ["a.txt"]]


def test_hidden_files_are_left_alone(tmp_path):
    assert looks(tmp_path, [put(".a.txt.part", "1"), nothing]) == []


def test_a_folder_is_one_export_and_waits_for_its_last_page(tmp_path):
    changes = [
        put("x/messages.html", "1"),
        put("x/messages2.html", "1"),
        put("x/messages2.html", "12"),
        nothing,
        nothing,
    ]
    assert looks(tmp_path, changes) == [["x"]]


def test_pictures_alone_are_no_export(tmp_path):
    assert looks(tmp_path, [put("a.jpg", "1"), nothing]) == []
