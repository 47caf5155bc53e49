"""The columns that people chose for tables of theirs, kept in the workspace by header hash.

In: a table and a choice. Out: `columns.json`, which `load_settings` hands to every later import of the workspace.
Example: `remember_columns(workspace, source, {"time": "When", "sender": "Who", "text": "What"})`.
"""

from __future__ import annotations

import json
from pathlib import Path

from ingest.columns import Choice, check_choice, header_hash, preview
from ingest.source import Source

FILE = "columns.json"


def known_columns(workspace: Path) -> dict[str, dict[str, str]]:
    """Header hash -> choice; empty where nobody chose yet."""
    path = workspace / FILE
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def remember_columns(workspace: Path, source: Source, choice: Choice) -> str:
    """Keep a choice for the header of this table and return its hash; raises UnknownFormat when it does not fit."""
    header = preview(source).header
    key = header_hash(header)
    kept = known_columns(workspace) | {key: check_choice(header, choice)}
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = workspace / f"{FILE}.tmp"
    temporary.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")
    temporary.replace(workspace / FILE)
    return key
