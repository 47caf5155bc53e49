"""Watch a folder: exports that appear in it are imported once they stopped growing.

In: a folder on this machine or a share. Out: one run a batch of new or changed files. A file is known by path, size and
time of change, so a restart imports nothing twice (and an import never doubles a message anyway). What lies in a folder
of its own (pages, chunks, day files) is one export: it is taken whole, once nothing in it changes any more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.find import MEDIA

Known = dict[str, tuple[int, int]]
"""Path -> size in bytes and time of change in ns."""


def settled(folder: Path, before: Known) -> tuple[Known, Known]:
    """Return what is in `folder` now, and the part of it that is as it was `before` (so nobody writes to it)."""
    now = {
        path.as_posix(): (stat.st_size, stat.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and (stat := path.stat())
    }
    return now, {path: facts for path, facts in now.items() if before.get(path) == facts}


def _entry(folder: Path, path: str) -> Path:
    """The file, or the folder right below `folder`, to which a file belongs."""
    return folder / Path(path).relative_to(folder).parts[0]


def watch(
    folder: Path,
    memory: Path,
    bring_in: Callable[[list[Path]], None],
    *,
    seconds: float = 10,
    sleep: Callable[[float], None] = time.sleep,
    rounds: int | None = None,
) -> Iterator[list[Path]]:
    """Call `bring_in` with the new settled files and folders of `folder` every `seconds`; yield them after each call.

    `memory` is the JSON file that remembers what was imported; `rounds` bounds the looks (None = for ever).
    """
    done: Known = {k: (v[0], v[1]) for k, v in json.loads(memory.read_text()).items()} if memory.exists() else {}
    before: Known = {}
    while rounds is None or rounds > 0:
        before, ready = settled(folder, before)
        growing = {_entry(folder, path) for path in before if path not in ready}
        fresh = {path: facts for path, facts in ready.items() if done.get(path) != facts}
        fresh = {path: facts for path, facts in fresh.items() if _entry(folder, path) not in growing}
        paths = sorted({_entry(folder, path) for path in fresh if not MEDIA.search(path)})
        if paths:
            bring_in(paths)
            done |= fresh
            temporary = memory.with_suffix(".tmp")
            temporary.write_text(json.dumps(done))
            temporary.replace(memory)
            yield paths
        rounds = None if rounds is None else rounds - 1
        if rounds != 0:
            sleep(seconds)
