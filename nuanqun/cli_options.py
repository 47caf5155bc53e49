"""Options and output that the commands share: paths in, one JSON document or lines for people out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.redact import KINDS_OF_DATA
from ingest.source import Source
from nuanqun.columns import remember_columns
from nuanqun.settings import Settings, keep_pseudonyms, load_settings

Paths = Annotated[list[Path], typer.Argument(help="Export files or folders.", show_default=False)]
Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="Folder that keeps messages, results, verdicts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Zone = Annotated[str | None, typer.Option("--tz", help="Zone of wall-clock times, e.g. Asia/Shanghai.")]
FormatId = Annotated[
    str | None, typer.Option("--format", help="Format id (see `nuanqun formats`) instead of detection.")
]
ChatName = Annotated[str | None, typer.Option("--chat", help="Name of the chat, when the export does not say.")]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask", help=f"Replace personal data before it is stored: {', '.join(KINDS_OF_DATA)} or all; repeatable."
    ),
]
Pseudonyms = Annotated[
    bool, typer.Option("--pseudonyms", help="Store members under salted pseudonyms, in a new workspace, from now on.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="time=HEADER, sender=HEADER, text=HEADER, ... of an unknown table; remembered for its header."
    ),
]
NoServe = Annotated[bool, typer.Option("--no-serve", help="Do not open the dashboard at the end.")]
Port = Annotated[int, typer.Option(help="Port of the dashboard on 127.0.0.1; 0 picks a free one.")]

DEFAULT_WORKSPACE = Path("workspace")
COMMAND_LINE = "command line"
"""The actor of what a command did, in the audit: no account, so that no name of the system is taken for one."""


def settings_of(
    workspace: Path | None, zone: str | None = None, mask: list[str] | None = None, pseudonyms: bool = False
) -> Settings:
    """Settings of a workspace with those of the command line over them; raises a usage error on an unknown kind."""
    chosen = list(KINDS_OF_DATA) if mask and "all" in mask else mask
    if unknown := set(chosen or ()) - set(KINDS_OF_DATA):
        raise typer.BadParameter(f"--mask {', '.join(sorted(unknown))}: choose of all, {', '.join(KINDS_OF_DATA)}")
    if pseudonyms and workspace:
        keep_pseudonyms(workspace)
    said = {"zone": zone, "mask": tuple(chosen) if chosen else None}
    return load_settings(workspace, ingest={name: value for name, value in said.items() if value})


def choose_columns(workspace: Path, paths: list[Path], columns: list[str] | None) -> None:
    """Keep which column is what for the tables among `paths`; before the settings are loaded."""
    if not columns:
        return
    if wrong := [pair for pair in columns if "=" not in pair]:
        raise typer.BadParameter(f"--column {wrong[0]}: write MEANING=HEADER, e.g. --column time=When")
    choice = dict(pair.split("=", 1) for pair in columns)
    for path in paths:
        remember_columns(workspace, Source.of_path(path), choice)


def existing(paths: list[Path]) -> list[Path]:
    """Raise a usage error for the first path that is not there."""
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path}: no such file or folder. Name an export file or a folder of exports.")
    return paths


def import_json(report: Any) -> dict[str, Any]:
    """The document of `import --json`: receipts and refusals."""
    return {
        "chats": [receipt.to_json() for receipt in report.receipts],
        "rejected": [asdict(rejection) for rejection in report.rejected],
    }


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


def say_import(report: Any) -> None:
    """Receipts and refusals for people, on stderr."""
    from nuanqun.receipt_lines import print_receipts  # the words on screen are not needed for --json

    print_receipts(report.receipts, report.rejected)
