"""The workspace of the journeys in the browser: two invented chats, or as many simulated ones as NUANQUN_CROWD says.

`NUANQUN_CROWD=30x300000` = 30 chats of 300,000 messages, simulated, annotated and analysed once and kept in the folder
of temporary files; every test gets a copy, so that what one decides no other sees.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import invented

from nuanqun.pipeline import RunReport, work_out
from nuanqun.settings import load_settings
from nuanqun.simulate.crowd import crowd
from nuanqun.store import Store

SIZE = [int(number) for number in os.environ.get("NUANQUN_CROWD", "").split("x") if number]
"""Chats and messages, or nothing."""


def build(workspace: Path) -> Store:
    """Make `workspace` and return its store."""
    if not SIZE:
        return invented.build(workspace)
    shutil.copytree(kept(), workspace, copy_function=_link)
    return Store(workspace)


def kept() -> Path:
    """The folder of the simulated workspace, made now if need be; what newer code would do otherwise is done again."""
    chats, messages = SIZE
    folder = Path(tempfile.gettempdir(), f"nuanqun-crowd-{chats}x{messages}")
    store = Store(folder)
    if not store.parts("messages"):
        crowd(store, chats=chats, messages=messages)
    work_out(store, RunReport(), load_settings(folder))
    store.engine.dispose()
    return folder


def _link(source: str, target: str) -> None:
    """Parts never change, so that a second name is enough; the catalogue is copied."""
    try:
        (os.link if source.endswith(".parquet") else shutil.copy2)(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def most_advertised(store: Store) -> str:
    """The chat with most advertisements."""
    return max(store.chats().to_pylist(), key=lambda row: row["ads"])["chat_id"]
