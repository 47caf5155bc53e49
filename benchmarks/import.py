"""Import one large export per format into an empty workspace and print one JSON.

`python benchmarks/import.py [--mb 1024] [--formats qq-txt ...] [--folder /var/tmp]` -> MB/s, messages/s and peak RSS
of the importing process (a fresh one for every format), and whether every message written was found again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from large_exports import WRITERS

ROOT = Path(__file__).resolve().parent.parent


def measure(format_id: str, megabytes: int, folder: Path) -> dict[str, object]:
    """Write a file of `megabytes` MB, import it, delete it; return rates, memory and counts."""
    write, name = WRITERS[format_id]
    export = folder / name
    written = write(export, megabytes * 2**20)
    size = export.stat().st_size / 1e6
    command = [sys.executable, "-m", "nuanqun", "import", str(export), "-w", str(folder / format_id), "--json"]
    start, peak = time.perf_counter(), 0
    with (folder / "out.json").open("w") as out, subprocess.Popen(command, stdout=out, cwd=ROOT) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
    seconds = time.perf_counter() - start
    export.unlink()
    (chat,) = json.loads((folder / "out.json").read_text(encoding="utf-8"))["chats"]
    return {
        "format": chat["format"],
        "mb": round(size),
        "messages": chat["messages"],
        "complete": chat["messages"] == written == chat["new"],
        "seconds": round(seconds, 1),
        "mb_per_second": round(size / seconds, 1),
        "messages_per_second": round(chat["messages"] / seconds),
        "peak_rss_mb": round(peak / 2**20),
    }


def main() -> None:
    """Measure every format named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=1024)
    parser.add_argument("--formats", nargs="+", choices=sorted(WRITERS), default=sorted(WRITERS))
    parser.add_argument("--folder", type=Path, help="where there is room for the file and the workspace")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for format_id in options.formats:
            rows.append(measure(format_id, options.mb, Path(folder)))
            print(json.dumps(rows[-1]), file=sys.stderr)  # a gigabyte takes minutes: what is known is said
    print(json.dumps({"imports": rows}, ensure_ascii=False))


if __name__ == "__main__":
    main()
