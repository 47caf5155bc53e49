"""Work that was taken out, beside the way that does without it, in one run: one JSON with processor seconds and ratios.

`python benchmarks/taken_out.py [--mb 200] [--chats 60] [--messages 60000]`. Each row does the same thing both ways on
invented data, in turns, and fails unless both give the same: opening a small part, comparing doubtful messages across
chats of which nothing changed, looking into a large export before it is imported.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage
sys.path[1:1] = [str(ROOT / "benchmarks")]

from large_exports import WRITERS  # noqa: E402

from nuanqun import preview as previews  # noqa: E402
from nuanqun.elsewhere import said_elsewhere  # noqa: E402
from nuanqun.parts import Part, read_parts, write_part  # noqa: E402
from nuanqun.pipeline import run  # noqa: E402
from nuanqun.settings import load_settings  # noqa: E402
from nuanqun.simulate.bulk import bulk, write_bulk  # noqa: E402
from nuanqun.store import Store  # noqa: E402
from nuanqun.sweeping import KEPT  # noqa: E402

ROUNDS = 3


def in_turns(before: Callable[[], Any], after: Callable[[], Any]) -> dict[str, float]:
    """Median processor seconds of both ways, and how many times as much the first takes."""
    spent: dict[str, list[float]] = {"before": [], "after": []}
    for _ in range(ROUNDS):
        answers = []
        for name, way in (("before", before), ("after", after)):
            start = time.process_time()
            answers.append(way())
            spent[name].append(time.process_time() - start)
        assert answers[0] == answers[1], "both ways must give the same"
    medians = {name: statistics.median(seconds) for name, seconds in spent.items()}
    return {name: round(value, 4) for name, value in medians.items()} | {
        "times": round(medians["before"] / max(medians["after"], 1e-9), 2)
    }


def small_part(folder: Path) -> dict[str, float]:
    """A part of 100 messages, read 200 times: `pq.read_table` against nuanqun/parts.py."""
    rows = bulk(100, chats=1, days=1, seed=1)
    part: Part = write_part(folder, rows, table_name="messages", chat_id="c")
    path = folder / part.path
    return in_turns(
        lambda: [pq.read_table(path) for _ in range(200)][-1].num_rows,
        lambda: [read_parts(folder, [part], pa.schema([])) for _ in range(200)][-1].num_rows,
    )


def across_chats(folder: Path, chats: int, messages: int) -> dict[str, float]:
    """Nothing changed since the last run: with nothing kept against nuanqun/elsewhere.py."""
    exports = write_bulk(bulk(messages, chats=chats, days=90, seed=1), folder / "exports")
    settings = load_settings(folder / "w", nlp={"quality": "fast"})
    run(exports, workspace=folder / "w", settings=settings)
    store = Store(folder / "w")

    def from_nothing() -> Any:
        shutil.rmtree(store.workspace / KEPT, ignore_errors=True)
        return said_elsewhere(store)

    found = from_nothing()
    return in_turns(from_nothing, lambda: said_elsewhere(store)) | {"found": sum(map(len, found.values()))}


def large_preview(folder: Path, name: str, size: int) -> dict[str, float]:
    """A look into an export of `size` bytes: read to its end against its beginning."""
    write, file_name = WRITERS[name]
    write(folder / file_name, size)
    store, settings = Store(folder / "empty"), load_settings().ingest

    def look(beginning: int) -> Any:
        previews.BEGINNING_BYTES = beginning
        (found,) = previews.preview(store, folder / file_name, settings)
        return found.chat, found.format, found.zone, found.encoding, [m["text"] for m in found.first]

    usual = previews.BEGINNING_BYTES
    found = in_turns(lambda: look(2 * size), lambda: look(usual))
    (folder / file_name).unlink()
    return found


def main() -> None:
    """Print the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--chats", type=int, default=60)
    parser.add_argument("--messages", type=int, default=60_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows: dict[str, Any] = {"part of 100 messages, 200 times": small_part(folder)}
        for name in WRITERS:
            rows[f"preview of {name}, {options.mb} MB"] = large_preview(folder, name, options.mb << 20)
        rows[f"across {options.chats} chats, {options.messages} messages"] = across_chats(
            folder, options.chats, options.messages
        )
    print(json.dumps({"machine": platform.machine(), "python": platform.python_version(), "rows": rows}))


if __name__ == "__main__":
    main()
