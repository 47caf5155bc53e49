"""Commands that keep a workspace safe: where its catalogue is, what its settings are."""

from __future__ import annotations

from typing import Annotated

import typer

from nuanqun.cli_options import DEFAULT_WORKSPACE, AsJson, Workspace, print_json
from nuanqun.settings import load_settings

app = typer.Typer()
catalogue = typer.Typer(no_args_is_help=True, help="Where the catalogue of a workspace is.")
settings = typer.Typer(no_args_is_help=True, help="The knobs of a workspace.")
app.add_typer(catalogue, name="catalogue")
app.add_typer(settings, name="settings")


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
    from nuanqun.database import shown
    from nuanqun.move import move

    rows = move(workspace, load_settings(workspace).store.catalogue, to)
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
