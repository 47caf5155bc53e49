"""Commands that speak to people outside the dashboard: the weekly report, and warnings sent to channels."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from nuanqun.cli_options import DEFAULT_WORKSPACE, AsJson, Workspace, print_json

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
    brief: Annotated[bool, typer.Option("--brief", help="Print all that is known of the chat on one page.")] = False,
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
    if brief:
        from nuanqun.summary import brief_lines

        with speaking(language):
            typer.echo("\n".join(brief_lines(store, find_chat(store, chat))))
        return
    with speaking(language):
        facts = read_facts(store, find_chat(store, chat), end=end)
        made = render(weekly_report(facts, mask_names=mask_names), out.suffix[1:] if out else form)
    if out is None:
        typer.echo(made if form == "pdf" else made.decode("utf-8"), nl=False)
        return
    out.write_bytes(made)
    typer.echo(f"{len(made):,} bytes -> {out}", err=True)


@app.command("across")
def across_command(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Compare all chats: advice to merge, split or close, ranking fair to size, overlaps, people in several.

    Example: nuanqun across --json
    """
    from community.across import look_across
    from community.advice import advise
    from community.standing import rank_chats
    from nuanqun.store import Store
    from nuanqun.summary import across_lines

    store = Store(workspace)
    chats = store.chats()
    people, overlaps = look_across(store.table("members"), chats)
    found = {"advice": advise(chats, overlaps), "standings": rank_chats(chats), "overlaps": overlaps, "people": people}
    rows = {name: table.to_pylist() for name, table in found.items()}
    if as_json:
        print_json(rows)
    else:
        names = {row["chat_id"]: row["name"] for row in chats.select(["chat_id", "name"]).to_pylist()}
        typer.echo("\n".join(across_lines(rows, names)))


@app.command("notify")
def notify_command(
    workspace: Workspace = DEFAULT_WORKSPACE,
    test: Annotated[str | None, typer.Option(help="Send only a test message through the channel of this name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send new warnings and weekly reports to the channels that are set up in the dashboard.

    Example: nuanqun notify --workspace w
    """
    from nuanqun import subscriptions
    from nuanqun.notify import deliver, notify, trial_notice
    from nuanqun.settings import load_settings
    from nuanqun.store import Store

    settings, now = load_settings(workspace), datetime.now(UTC)
    store = Store(workspace, settings.store)
    if test is not None:
        wanted = [s for s in subscriptions.listed(store.engine) if s.name == test]
        if not wanted:
            raise typer.BadParameter(f"no channel is called {test!r}")
        error = deliver(wanted[0], trial_notice(now), settings.channels, now)
        typer.echo(error or "ok", err=True)
        raise typer.Exit(1 if error else 0)
    told = notify(store, settings.channels, now)
    if as_json:
        print_json({"delivered": told.delivered, "waiting": told.waiting, "errors": told.errors})
    for name, count in () if as_json else told.delivered.items():
        typer.echo(f"{name}: {count}", err=True)
    for name, error in () if as_json else told.errors.items():
        typer.echo(f"{name}: {error}", err=True)
    if told.errors:
        raise typer.Exit(1)
