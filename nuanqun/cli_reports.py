"""Commands that speak to people outside the dashboard: the weekly report."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from nuanqun.cli_options import DEFAULT_WORKSPACE, Workspace

app = typer.Typer()


@app.command("report")
def report_command(
    chat: Annotated[str, typer.Argument(help="chat_id or name of the chat.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; its ending chooses the format.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="html, md or pdf, where --out does not say.")] = "md",
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the week.")] = None,
    mask_names: Annotated[
        bool, typer.Option("--mask-names", help="Number the members instead of naming them.")
    ] = False,
    language: Annotated[str, typer.Option(help="zh, zh-TW or en.")] = "zh",
) -> None:
    """Write the weekly report of a chat: same data, same text.

    Example: nuanqun report 读书会 --out weekly.pdf --mask-names
    """
    from nuanqun.files import find_chat
    from nuanqun.language import LANGUAGES, speaking
    from nuanqun.report import read_facts, render, weekly_report
    from nuanqun.store import Store

    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language}: choose one of {', '.join(LANGUAGES)}")
    store = Store(workspace)
    end: date | None = until.date() if until else None
    with speaking(language):
        facts = read_facts(store, find_chat(store, chat), end=end)
        made = render(weekly_report(facts, mask_names=mask_names), out.suffix[1:] if out else form)
    if out is None:
        typer.echo(made if form == "pdf" else made.decode("utf-8"), nl=False)
        return
    out.write_bytes(made)
    typer.echo(f"{len(made):,} bytes -> {out}", err=True)
