"""Commands that look after a workspace: formats, export, watch, forget, doctor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from nuanqun.cli_options import (
    COMMAND_LINE,
    DEFAULT_WORKSPACE,
    AsJson,
    Mask,
    Pseudonyms,
    Workspace,
    Zone,
    print_json,
    say_import,
    settings_of,
)

app = typer.Typer()


@app.command("formats")
def formats_command(as_json: AsJson = False) -> None:
    """List the export formats that are read.

    Example: nuanqun formats --json
    """
    from ingest.formats import formats

    rows = [
        {"id": f.id, "title": f.title, "platform": f.platform, "extensions": list(f.extensions)}
        for f in formats().values()
    ]
    if as_json:
        print_json({"formats": rows})
    for row in [] if as_json else rows:
        typer.echo(f"{row['id']:<20} {row['platform']:<12} {' '.join(row['extensions']):<22} {row['title']}")


@app.command()
def doctor(
    workspace: Workspace = DEFAULT_WORKSPACE,
    verify: Annotated[bool, typer.Option("--verify", help="Read all of the workspace and repair it.")] = False,
    backup: Annotated[Path | None, typer.Option(help="With --verify: a backup to take what is damaged from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check versions, processor, fonts, weights, foreign packages, workspace and proxy path; --verify repairs.

    Example: nuanqun doctor
    """
    from nuanqun.doctor import examine
    from nuanqun.verify import verify as verified

    if backup is not None and not verify:
        raise typer.BadParameter("--backup goes with --verify")
    if verify and not workspace.is_dir():
        raise typer.BadParameter(f"{workspace} is no workspace")
    findings = verified(workspace, backup) if verify else examine(workspace)
    if as_json:
        print_json({"findings": [finding.to_json() for finding in findings]})
    for finding in () if as_json else findings:
        typer.echo(
            f"{finding.mark} {finding.what}: {finding.found}{'  -> ' + finding.advice if finding.advice else ''}"
        )
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command("export")
def export_command(
    chat: Annotated[str, typer.Argument(help="chat_id or name of the chat.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    format_id: Annotated[str, typer.Option("--format", help="chatlab (JSON) or chatlab-jsonl.")] = "chatlab",
) -> None:
    """Write a chat of the workspace as a ChatLab file that other tools read.

    Example: nuanqun export 读书会 --format chatlab --out club.json
    """
    from nuanqun.files import export_chat
    from nuanqun.store import Store

    if format_id not in ("chatlab", "chatlab-jsonl"):
        raise typer.BadParameter(f"{format_id}: choose chatlab or chatlab-jsonl")
    count = export_chat(Store(workspace), chat, out, lines=format_id == "chatlab-jsonl")
    typer.echo(f"{count} records -> {out}", err=True)


@app.command("watch")
def watch_command(
    folder: Annotated[Path, typer.Argument(help="Folder in which exports appear.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    tz: Zone = None,
    mask: Mask = None,
    pseudonyms: Pseudonyms = False,
    seconds: Annotated[float, typer.Option(help="Pause between two looks.")] = 10,
) -> None:
    """Import and analyse every export that appears in a folder, until stopped.

    Example: nuanqun watch /srv/exports --workspace w
    """
    from nuanqun.pipeline import run
    from nuanqun.watch import watch

    if not folder.is_dir():
        raise typer.BadParameter(f"{folder}: no such folder")
    settings = settings_of(workspace, tz, mask, pseudonyms)

    def bring_in(paths: list[Path]) -> None:
        say_import(run(paths, workspace=workspace, settings=settings, actor=COMMAND_LINE))

    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    for _ in watch(folder, workspace / "watched.json", bring_in, seconds=seconds):
        pass


@app.command()
def forget(
    member: Annotated[str | None, typer.Argument(help="Id of the member to erase from every chat.")] = None,
    older_than_days: Annotated[int | None, typer.Option(help="Erase every record older than this.")] = None,
    chat: Annotated[str | None, typer.Option("--chat", help="Only this chat_id (with --older-than-days).")] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a member everywhere, or what is older than a number of days; nothing brings it back.

    Example: nuanqun forget wxid_abc --workspace w
    """
    from ingest.privacy import pseudonym
    from nuanqun import audit
    from nuanqun.erase import forget_before, forget_member
    from nuanqun.house import ids_of
    from nuanqun.pipeline import RunReport, work_out
    from nuanqun.store import Store

    if (member is None) == (older_than_days is None):
        raise typer.BadParameter("name a member, or give --older-than-days")
    if not yes:
        typer.confirm(f"Erase for ever from {workspace}: {member or f'older than {older_than_days} days'}?", abort=True)
    settings = settings_of(workspace)
    store = Store(workspace, settings.store)
    if member is not None:
        salt = settings.ingest.pseudonym_salt
        stored = pseudonym(member, salt) if salt and not member.startswith("m-") else member
        removed = sum(forget_member(store, one) for one in ids_of(store, stored))
    else:
        limit = datetime.now(UTC) - timedelta(days=older_than_days or 0)
        removed = forget_before(store, limit, [chat] if chat else None)
    done = "erase_before" if member is None else "erase_member"  # not whom: that is what is to be forgotten
    audit.write(store.engine, COMMAND_LINE, done, chat, {"records": removed})
    work_out(store, RunReport(), settings)
    typer.echo(f"{removed} records erased", err=True)
