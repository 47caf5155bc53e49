"""Commands that keep a workspace safe: backup and restore, where its catalogue is, what its settings are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nuanqun.cli_options import COMMAND_LINE, DEFAULT_WORKSPACE, AsJson, Workspace, print_json
from nuanqun.settings import load_settings

if TYPE_CHECKING:
    from nuanqun.backup import Manifest

app = typer.Typer()
catalogue = typer.Typer(no_args_is_help=True, help="Where the catalogue of a workspace is.")
settings = typer.Typer(no_args_is_help=True, help="The knobs of a workspace.")
app.add_typer(catalogue, name="catalogue")
app.add_typer(settings, name="settings")


@app.command("backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="Zip file to write; it holds messages and keys.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Write one file with everything of a workspace at one moment; imports and analyses may run meanwhile.

    Example: nuanqun backup nuanqun-2026-03-01.zip --workspace w
    """
    from nuanqun import audit
    from nuanqun.backup import backup
    from nuanqun.store import Store

    if not workspace.is_dir():
        raise typer.BadParameter(f"{workspace} is no workspace")
    store = Store(workspace)
    made = backup(store, file)
    audit.write(store.engine, COMMAND_LINE, "backup", detail={"messages": made.messages})
    _say_backup(made, f"-> {file}", as_json)


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="A file that `nuanqun backup` wrote.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a workspace to the state of a backup; all of the backup is checked before anything is touched.

    Example: nuanqun restore nuanqun-2026-03-01.zip --workspace w
    """
    from nuanqun import audit
    from nuanqun.restore import restore
    from nuanqun.store import Store

    if not yes and workspace.exists() and any(workspace.iterdir()):
        typer.confirm(f"Replace what is in {workspace} by {file}?", abort=True)
    made = restore(file, workspace, load_settings(workspace).store.catalogue)
    audit.write(
        Store(workspace).engine, COMMAND_LINE, "restore", detail={"made_at": made.made_at, "messages": made.messages}
    )
    _say_backup(made, f"-> {workspace}", as_json)


def _say_backup(made: Manifest, where: str, as_json: bool) -> None:
    if as_json:
        kept = asdict(made) | {"files": len(made.files), "bytes": sum(file["bytes"] for file in made.files.values())}
        print_json(kept)
    else:
        typer.echo(f"{made.messages} messages of {made.chats} chats, as of {made.made_at} {where}", err=True)


@catalogue.command("move")
def move_command(
    to: Annotated[str, typer.Option("--to", help="URL of an empty database: postgresql://... or sqlite:///FILE.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Move the catalogue to another database and use that from now on; stop dashboards and workers first.

    A password need not stand in the URL: PostgreSQL's own ~/.pgpass works too.
    Example: nuanqun catalogue move --to postgresql://nuanqun@db.example/nuanqun
    """
    from nuanqun import audit
    from nuanqun.database import shown
    from nuanqun.move import move
    from nuanqun.store import Store

    rows = move(workspace, load_settings(workspace).store.catalogue, to)
    audit.write(Store(workspace).engine, COMMAND_LINE, "move_catalogue", detail={"to": shown(to)})
    if as_json:
        print_json({"to": shown(to), "rows": rows})
    else:
        typer.echo(f"{sum(rows.values())} rows in {len(rows)} tables -> {shown(to)}", err=True)


@settings.command("show")
def show_command(workspace: Workspace = DEFAULT_WORKSPACE) -> None:
    """Print every setting that holds for a workspace as one JSON document; secrets are left out.

    Example: nuanqun settings show --workspace w
    """
    print_json(load_settings(workspace).without_secrets())
