"""Simulated chats onto disk: chats in, export files and `truth.json` out.

Example: `write(simulate(7), Path("exports"), "qq_txt")`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from nuanqun.simulate.model import SimulatedChat
from nuanqun.simulate.truth import chat_truth
from nuanqun.simulate.writers import WRITERS

CHATS = "chats"
"""The folder of the exports, beside truth.json."""
MIXED = "mixed"
"""Every chat in the dialect that suits its platform."""


def write(chats: Iterable[SimulatedChat], folder: Path, format_id: str = MIXED) -> list[Path]:
    """Write one export a chat into `folder/chats` and `truth.json` into `folder`; returns the exports' paths.

    The truth lies beside the folder of exports and not in it, so that the folder can be imported as it is.
    `format_id` is one of WRITERS or "mixed". Raises ValueError for another one or for two chats of one file name.
    """
    if format_id != MIXED and format_id not in WRITERS:
        raise ValueError(f"unknown format {format_id!r}; choose from {', '.join([MIXED, *WRITERS])}")
    paths: list[Path] = []
    truths = []
    for chat in chats:
        writer = WRITERS[chat.format_id if format_id == MIXED else format_id]
        path = folder / CHATS / writer.file_name(chat)
        if path in paths:
            raise ValueError(f"two chats would be written to {path.name}; write them into different folders")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(writer.render(chat).encode(writer.encoding))
        paths.append(path)
        truths.append(chat_truth(chat, writer, path.relative_to(folder).as_posix()))
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": "truth/1", "chats": truths}, ensure_ascii=False, indent=None, separators=(",", ":"))
    (folder / "truth.json").write_text(text.replace('{"index"', '\n{"index"') + "\n", encoding="utf-8", newline="\n")
    return paths
