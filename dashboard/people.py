"""What an admin does to accounts: every function checks the role and leaves its trail.

In: names and roles of the form. Out: the catalogue changed, or AccountError with the words for the screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pandas as pd

from dashboard import Frame, guard
from dashboard.guard import act
from dashboard.opened import store
from nuanqun import accounts, sessions


def everyone() -> Frame:
    """Accounts with the last sign of life of each."""
    guard.need("change_accounts")
    seen: dict[str, object] = {}
    for row in sessions.live(store().engine):
        seen.setdefault(row["name"], row["seen_at"])
    return pd.DataFrame(
        {
            "id": account.id,
            "name": account.name,
            "role": account.role,
            "chats": account.chats,
            "created_at": account.created_at,
            "seen_at": seen.get(account.name),
            "disabled": account.disabled_at is not None,
            "has_password": account.has_password,
        }
        for account in accounts.everyone(store().engine)
    )


def tokens() -> list[dict]:
    """All tokens with their state: live, revoked or expired."""
    guard.need("change_accounts")
    found = sessions.tokens(store().engine)
    for row in found:
        over = row["expires_at"] is not None and row["expires_at"] <= datetime.now(UTC)
        row["state"] = "revoked" if row["revoked_at"] else "expired" if over else "live"
    return found


@act("change_accounts", "name", "role", "chats")
def add_account(name: str, password: str, role: str, chats: Iterable[str] | None) -> None:
    """Create an account."""
    accounts.add(store().engine, name, password, role, chats)


@act("change_accounts", "name", "role", "chats")
def change_account(name: str, role: str, chats: Iterable[str] | None) -> None:
    """Change role and scope."""
    accounts.set_role(store().engine, name, role, chats)


@act("change_accounts", "name")
def set_password(name: str, password: str) -> None:
    """Give a new password; all sessions of the account end."""
    accounts.set_password(store().engine, name, password)


@act("change_accounts", "name")
def disable_account(name: str) -> None:
    """Close an account."""
    accounts.disable(store().engine, name)


@act("change_accounts", "name")
def enable_account(name: str) -> None:
    """Open a closed account again."""
    accounts.enable(store().engine, name)


@act("change_accounts", "name")
def end_sessions(name: str) -> int:
    """End every session of an account; returns how many."""
    return sessions.end_all_of(store().engine, name)
