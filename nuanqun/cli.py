"""The command line: every command has --help with an example, exit codes 0 (done), 1 (failed), 2 (bad input).

`--json` prints exactly one JSON document on stdout; progress and messages go to stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ingest.errors import IngestError
from nuanqun import cli_backtest, cli_care, cli_models, cli_own_models, cli_reports, cli_safety, cli_users
from nuanqun.cli_options import (
    COMMAND_LINE,
    DEFAULT_WORKSPACE,
    AsJson,
    ChatName,
    Columns,
    FormatId,
    Mask,
    NoServe,
    Paths,
    Port,
    Pseudonyms,
    Workspace,
    Zone,
    choose_columns,
    existing,
    import_json,
    print_json,
    say_import,
    settings_of,
)
from nuanqun.errors import NuanqunError, disk_trouble
from nuanqun.packages import check_packages
from nuanqun.progress import progress_bar
from nuanqun.settings import load_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="暖群 Nuanqun: exports of group chats in, the health of every chat out. Everything stays on this machine.",
)


@app.command("run")
def run_command(
    paths: Paths,
    workspace: Workspace = DEFAULT_WORKSPACE,
    tz: Zone = None,
    format_id: FormatId = None,
    chat: ChatName = None,
    mask: Mask = None,
    pseudonyms: Pseudonyms = False,
    columns: Columns = None,
    no_serve: NoServe = False,
    port: Port = 8501,
    as_json: AsJson = False,
) -> None:
    """Import, analyse and open the dashboard: the main job.

    Example: nuanqun run ~/exports/群聊.txt --workspace w
    """
    from nuanqun.pipeline import run

    choose_columns(workspace, existing(paths), columns)
    with progress_bar(as_json) as progress:
        report = run(
            paths,
            workspace=workspace,
            settings=settings_of(workspace, tz, mask, pseudonyms),
            format_id=format_id,
            chat_name=chat,
            actor=COMMAND_LINE,
            progress=progress,
        )
    if as_json:
        print_json(import_json(report) | {"health": report.chats, "counts": report.counts, "seconds": report.seconds})
    else:
        say_import(report)
        _say_chats(workspace)
    if not report.receipts:
        raise typer.Exit(2)
    if not no_serve:
        _serve(workspace, port)


@app.command("import")
def import_command(
    paths: Paths,
    workspace: Workspace = DEFAULT_WORKSPACE,
    tz: Zone = None,
    format_id: FormatId = None,
    chat: ChatName = None,
    mask: Mask = None,
    pseudonyms: Pseudonyms = False,
    columns: Columns = None,
    dry_run: Annotated[bool, typer.Option(help="Read and report; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read exports into the workspace and print a receipt for every chat.

    Example: nuanqun import export.json --tz Asia/Shanghai --mask phone --mask id_card --json
    """
    from nuanqun.pipeline import RunReport, bring_in
    from nuanqun.store import Store

    choose_columns(workspace, existing(paths), columns)
    settings, report = settings_of(workspace, tz, mask, pseudonyms), RunReport()
    store = Store(workspace, settings.store)
    with progress_bar(as_json) as progress:
        bring_in(
            store,
            report,
            paths,
            settings,
            format_id=format_id,
            chat_name=chat,
            dry_run=dry_run,
            progress=progress,
        )
    if not dry_run:
        report.note_import(store, COMMAND_LINE)
    if as_json:
        print_json(import_json(report))
    else:
        say_import(report)
    if not report.receipts:
        raise typer.Exit(2)


@app.command()
def analyze(
    workspace: Workspace = DEFAULT_WORKSPACE,
    chat: Annotated[str | None, typer.Option("--chat", help="Only this chat_id.")] = None,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    storage: Annotated[str, typer.Option(help="fsspec URL to exchange parts over, if workers lack the folder.")] = "",
    as_json: AsJson = False,
) -> None:
    """Annotate and analyse what changed in the workspace.

    Example: nuanqun analyze --workspace w --engine dask --scheduler tcp://10.0.0.5:8786
    """
    from nuanqun.pipeline import RunReport, work_out
    from nuanqun.store import Store

    chosen = {"engine": engine, "scheduler": scheduler, "storage": storage}
    settings = load_settings(workspace, engine={name: value for name, value in chosen.items() if value})
    store, report = Store(workspace, settings.store), RunReport()
    if chat is not None and chat not in store.known_chats():
        raise typer.BadParameter(f"{chat} is not a chat of {workspace}; known: {sorted(store.known_chats())}")
    with progress_bar(as_json) as progress:
        work_out(store, report, settings, chat_id=chat, progress=progress)
    report.note_analysis(store, COMMAND_LINE, chat)
    if as_json:
        print_json({"chats": report.chats, "counts": report.counts, "seconds": report.seconds})
    else:
        _say_chats(workspace)


@app.command()
def demo(
    workspace: Workspace = DEFAULT_WORKSPACE / "demo",
    no_serve: NoServe = False,
    port: Port = 8501,
) -> None:
    """Run the bundled demo exports through the whole line and open the dashboard.

    Example: nuanqun demo
    """
    import data

    folder = Path(data.__file__).parent / "demo" / "chats"
    run_command([folder], workspace=workspace, no_serve=no_serve, port=port)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the exports and truth.json.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    format_id: FormatId = None,
    scale: Annotated[float, typer.Option(help="Multiplies the traffic.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Write believable invented group chats with their ground truth.

    Example: nuanqun simulate --out chats --seed 7 --format qq-txt
    """
    from nuanqun.simulate import MIXED, write
    from nuanqun.simulate import simulate as make

    paths = write(make(seed, scale=scale), out, format_id or MIXED)
    if as_json:
        print_json({"files": [path.name for path in paths], "seed": seed})
    else:
        typer.echo(f"{len(paths)} files in {out}", err=True)


@app.command()
def dashboard(
    workspace: Workspace = DEFAULT_WORKSPACE,
    port: Port = 8501,
    host: Annotated[str, typer.Option(help="Address to serve; 0.0.0.0 = every machine of the network.")] = "127.0.0.1",
    no_login: Annotated[bool, typer.Option("--no-login", help="One person on this machine: no accounts.")] = False,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Serve the dashboard of a workspace; the first visitor becomes its admin.

    Example: nuanqun dashboard --workspace w --no-login
    """
    from dashboard.server import serve

    serve(workspace, port=port, open_browser=open_browser, host=host, login=not no_login)


cli_models.train.command("feedback")(cli_own_models.train_feedback_command)
app.add_typer(cli_models.app)
app.add_typer(cli_own_models.app, name="models")
app.add_typer(cli_care.app)
app.add_typer(cli_safety.app)
app.add_typer(cli_reports.app)
app.add_typer(cli_users.app, name="user")
app.add_typer(cli_backtest.app)


def _say_chats(workspace: Path) -> None:
    from nuanqun.store import Store
    from nuanqun.summary import chat_lines

    for line in chat_lines(Store(workspace)):
        typer.echo(line)


def _serve(workspace: Path, port: int) -> None:
    from dashboard.server import serve

    serve(workspace, port=port, open_browser=True)


def main() -> None:
    """Run the command line; known errors become one line on stderr and exit code 2."""
    try:
        check_packages()
        app(standalone_mode=True)
    except (IngestError, NuanqunError) as error:
        sys.stderr.write(f"nuanqun: {error}\n")
        raise SystemExit(2) from error
    except Exception as error:
        if (trouble := disk_trouble(error)) is None:
            raise
        sys.stderr.write(f"nuanqun: {trouble}\n")
        raise SystemExit(1) from error
