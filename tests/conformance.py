"""Read every sample of a folder in this process and name the fields that differ from its expected.json.

`python tests/conformance.py DIR` prints one line a miss and `exact N of M`; exit code 0 when all are exact. Times may
differ by the sample's resolution; a sample that expects no record must be refused.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.clock import zone_of
from ingest.errors import IngestError
from ingest.find import Rejection, find_sources
from ingest.reading import read_export
from ingest.receipt import Receipt, combine
from ingest.settings import IngestSettings


def read_sample(path: Path, zone: str) -> tuple[list[Receipt], list[str]]:
    """Receipts a chat, and the reasons of what was refused."""
    chats: dict[str, list[Receipt]] = {}
    refused = []
    for source in find_sources([path]):
        if isinstance(source, Rejection):
            refused.append(source.reason)
            continue
        try:
            reading = read_export(source, settings=IngestSettings(zone=zone))
            for _ in reading:
                pass
        except IngestError as error:
            refused.append(error.reason)
            continue
        for chat_id, receipt in reading.receipts.items():
            chats.setdefault(chat_id, []).append(receipt)
    return [combine(receipts) for receipts in chats.values()], refused


def differences(expected: dict[str, Any], folder: Path) -> list[str]:
    """What differs from `expected`, field by field; empty = exact."""
    zone = expected.get("tz") or "Asia/Shanghai"
    receipts, refused = read_sample(folder / expected["file"], zone)
    if not expected.get("records"):
        return [f"accepted {sum(r.records for r in receipts)} records, should be refused"] if receipts else []
    if not receipts:
        return [f"refused: {'; '.join(refused)[:160]}"]
    found = min((receipt.to_json() for receipt in receipts), key=lambda r: abs(r["records"] - expected["records"]))
    fields = {"records": "records", "messages": "messages", "senders": "members"}
    misses = [
        f"{ours} {found[ours]} != {expected[theirs]}"
        for theirs, ours in fields.items()
        if expected.get(theirs) is not None and found[ours] != expected[theirs]
    ]
    slack = 61 if expected.get("resolution") == "1min" else 1
    for name in ("first", "last"):
        ours, theirs = moment(found[name], zone), moment(expected.get(name), zone)
        if ours and theirs and abs((ours - theirs).total_seconds()) > slack:
            misses.append(f"{name} {found[name]} != {expected[name]}")
    return misses


def moment(text: str | None, zone: str) -> datetime | None:
    """ISO text as UTC; without an offset it is wall clock of `zone`. None for what is no single moment."""
    try:
        at = datetime.fromisoformat(str(text).replace("Z", "+00:00").replace(" ", "T", 1))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone_of(zone))).astimezone(UTC)


def main() -> int:
    """Compare all."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: conformance.py DIR   (make conformance SAMPLES=DIR)\n")
        return 2
    folder = Path(sys.argv[1])
    entries = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    present = [entry for entry in entries if (folder / entry["file"]).exists()]
    missed = {entry["file"]: differences(entry, folder) for entry in present}
    missed = {name: misses for name, misses in missed.items() if misses}
    for name, misses in missed.items():
        print(f"miss {name}: {'; '.join(misses)}")
    print(f"exact {len(present) - len(missed)} of {len(present)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
