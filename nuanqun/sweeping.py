"""Rubbish: Parquet files that no catalogue entry names, left by a crash or by a write that replaced them.

A file that a running import or analysis has written and not committed yet is unnamed too, so nothing is swept from
under one: both hold a lock, and what is locked is left for the next time.
Example: `sweep(store.workspace, live_paths, minutes=10)`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

IMPORT_LOCK, ANALYSIS_LOCK = "import.lock", "analysis.lock"
LOCK_OF = {"messages": IMPORT_LOCK}
"""Which lock the writer of a table holds; the others are written by analyses."""
KEPT = ".kept"
"""Folder of what analyses keep for the next ones: worth a run's time, nothing else; no backup holds it."""
SUGGESTIONS_KEPT = f"{KEPT}/suggestions.parquet"
"""What was last put together for the review queue, see suggestions.py; an erasure deletes it."""


def kept_folder(workspace: Path, chat_id: str) -> Path:
    """Where the analysis of a chat keeps what the next one may use again, see community/kept.py."""
    return workspace / KEPT / chat_id


def sweep_kept(workspace: Path, chats: Collection[str]) -> None:
    """Delete what was kept of chats other than `chats`, and what a killed analysis left half written."""
    for path in (workspace / KEPT).glob("*"):
        if path.is_dir() and path.name not in chats:
            shutil.rmtree(path, ignore_errors=True)
    for half in (workspace / KEPT).rglob("*.tmp"):
        half.unlink(missing_ok=True)


def unnamed(workspace: Path, table_name: str, live: Collection[str]) -> list[Path]:
    """Parquet files, whole or half written, of a table that are not among the `live` paths."""
    found = sorted((workspace / table_name).rglob("*"))
    files = [path for path in found if path.suffix in (".parquet", ".tmp") and path.is_file()]
    return [path for path in files if path.relative_to(workspace).as_posix() not in live]


@contextmanager
def idle(workspace: Path, lock: str) -> Iterator[bool]:
    """Whether nobody holds `lock`; while True, nobody gets it."""
    try:
        with FileLock(workspace / lock).acquire(timeout=0):
            yield True
    except Timeout:
        yield False


def sweep(workspace: Path, table_name: str, live: Collection[str], minutes: float) -> int:
    """Delete the unnamed files of a table that are older than `minutes`, or from the future: a clock was moved."""
    count = 0
    for path in unnamed(workspace, table_name, live):
        try:
            age = abs(time.time() - path.stat().st_mtime)
        except FileNotFoundError:
            continue  # another sweep was quicker
        if age > minutes * 60:
            path.unlink(missing_ok=True)
            count += 1
    return count


def let_go(workspace: Path, paths: Iterable[str], at_once: bool) -> None:
    """Delete replaced files at once, with what else holds their texts, or let their minutes count from now, so that
    open readers finish."""
    if at_once:
        (workspace / SUGGESTIONS_KEPT).unlink(missing_ok=True)
    for relative in paths:
        try:
            if at_once:
                (workspace / relative).unlink(missing_ok=True)
            else:
                os.utime(workspace / relative)
        except OSError:  # not ours or gone already: a later sweep takes it
            continue
