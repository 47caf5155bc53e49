"""Commands for accounts: add, list, passwd, disable. The same rules hold in the browser."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nuanqun.cli_options import COMMAND_LINE, DEFAULT_WORKSPACE, AsJson, Workspace, print_json

app = typer.Typer(no_args_is_help=True, help="Accounts of a workspace: add, list, passwd, disable.")

Name = Annotated[str, typer.Argument(help="Name to log in with.")]
Role = Annotated[str, typer.Option(help="admin, moderator or manager.")]
Chats = Annotated[list[str] | None, typer.Option("--chat", help="chat_id that it may see (repeat); none = every chat.")]


@app.command()
def add(name: Name, role: Role = "manager", chat: Chats = None, workspace: Workspace = DEFAULT_WORKSPACE) -> None:
    """Add an account; the password is asked for, or read from standard input.

    Example: nuanqun user add li --role moderator --chat 1f0c --workspace w
    """
    from nuanqun import accounts, audit
    from nuanqun.store import Store

    store = Store(workspace)
    unknown = sorted(set(chat or ()) - set(store.known_chats()))
    if unknown:
        raise typer.BadParameter(f"no chat {', '.join(unknown)} in {workspace}; known: {sorted(store.known_chats())}")
    accounts.add(store.engine, name, _password(), role, chat or None)
    audit.write(store.engine, COMMAND_LINE, "add_account", detail={"name": name, "role": role})
    typer.echo(f"{accounts.normal(name)}: {role}", err=True)


@app.command("list")
def list_accounts(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """List the accounts.

    Example: nuanqun user list --workspace w --json
    """
    from nuanqun import accounts
    from nuanqun.store import Store

    rows = [
        {
            "name": account.name,
            "role": account.role,
            "chats": None if account.chats is None else sorted(account.chats),
            "disabled": account.disabled_at is not None,
        }
        for account in accounts.everyone(Store(workspace).engine)
    ]
    if as_json:
        print_json({"accounts": rows})
    for row in () if as_json else rows:
        scope = "every chat" if row["chats"] is None else ", ".join(row["chats"]) or "no chat"
        typer.echo(f"{row['name']:<24} {row['role']:<10} {scope}{'  (disabled)' if row['disabled'] else ''}")


@app.command()
def passwd(name: Name, workspace: Workspace = DEFAULT_WORKSPACE) -> None:
    """Give an account a new password; its sessions end.

    Example: nuanqun user passwd li --workspace w
    """
    from nuanqun import accounts, audit
    from nuanqun.store import Store

    engine = Store(workspace).engine
    accounts.set_password(engine, name, _password())
    audit.write(engine, COMMAND_LINE, "set_password", detail={"name": name})


@app.command()
def disable(name: Name, workspace: Workspace = DEFAULT_WORKSPACE) -> None:
    """Close an account: its sessions end and its tokens stop.

    Example: nuanqun user disable li --workspace w
    """
    from nuanqun import accounts, audit
    from nuanqun.store import Store

    engine = Store(workspace).engine
    accounts.disable(engine, name)
    audit.write(engine, COMMAND_LINE, "disable_account", detail={"name": name})


def _password() -> str:
    """Asked twice on a terminal, one line of standard input otherwise; never an argument that `ps` would show."""
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\n")
