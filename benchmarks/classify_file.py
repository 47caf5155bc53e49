"""`nuanqun classify` on 100,000 texts, Parquet to Parquet: peak memory, same bytes on repeat, offsets; one JSON.

The texts are invented: the written lines, the gold set and their disguises, and among them every kind that breaks
programs (empty, emoji only, right to left, control characters, 10,000 characters). `--long` makes all of them long.
Peak memory is the resident set of the command as the kernel counts it. Usage: python benchmarks/classify_file.py
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nlp.augment import disguise_text
from nlp.gold import read_gold
from nlp.written import read_ads, read_ordinary

STRANGE = (
    "",
    " \n\t",
    "👍👍👍",
    "字" * 10_000,
    "加微信abc12345 " * 700,
    "שלום עולם مرحبا",
    "\u202e反\u202c",
    "\x00\x01",
)


def texts(rows: int, seed: int, *, long: bool) -> list[str]:
    """Mostly distinct: lines with a number of their own, a fifth of them disguised, one in fifty strange."""
    rng = np.random.default_rng(seed)
    lines = [text for _, text in read_ads()] + [one.text for one in read_ordinary()]
    lines += read_gold()["text"].to_pylist()
    found = []
    for i in range(rows):
        text = f"{lines[int(rng.integers(len(lines)))]}{i if i % 3 else ''}"
        if i % 5 == 0:
            text = disguise_text(text, rng)
        if i % 50 == 0:
            text = STRANGE[i // 50 % len(STRANGE)]
        found.append((text * (10_000 // max(len(text), 1) + 1))[:10_000] + str(i) if long else text)
    return found


def run(source: Path, target: Path, quality: str) -> dict[str, Any]:
    """Seconds and peak resident megabytes of one command."""
    command = [sys.executable, "-m", "nuanqun", "classify", "--input", str(source), "--output", str(target)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "NUANQUN_NLP__QUALITY": quality}, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),  # kilobytes on Linux
    }


def broken_offsets(path: Path) -> int:
    """Rows with evidence that does not lie inside their text."""
    table, wrong = pq.read_table(path), 0
    evidence = [name for name in table.column_names if name.endswith("_evidence")]
    for text, *found in zip(table["text"].to_pylist(), *(table[name].to_pylist() for name in evidence), strict=True):
        wrong += any(not 0 <= span["start"] < span["end"] <= len(text) for spans in found for span in spans)
    return wrong


def main() -> None:
    """One JSON document on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quality", default="fast")
    parser.add_argument("--long", action="store_true", help="Every text has 10,000 characters.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, targets = Path(folder) / "in.parquet", [Path(folder) / f"out{i}.parquet" for i in (1, 2)]
        pq.write_table(pa.table({"text": texts(given.rows, given.seed, long=given.long)}), source)
        runs = [run(source, target, given.quality) for target in targets]
        sums = [sha256(target.read_bytes()).hexdigest() for target in targets]
        out = pq.ParquetFile(targets[0]).metadata
        result = {"rows": out.num_rows, "quality": given.quality, "long": given.long, "runs": runs}
        result |= {"same_on_repeat": sums[0] == sums[1], "rows_with_broken_offsets": broken_offsets(targets[0])}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
