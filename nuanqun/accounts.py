"""Accounts: names, argon2id passwords, roles, scopes. Sessions are in nuanqun.sessions.

In: the catalogue's engine. Out: rows as `Account`. Example: `add(store.engine, "li", "long enough 1", "moderator")`.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from nuanqun import catalogue as cat
from nuanqun.access import ROLES, Person
from nuanqun.errors import AccountError

SHORTEST, LONGEST = 10, 200
"""Characters of a password: shorter is guessed, longer only costs the server."""
LONGEST_NAME = 80
_AT_ONCE = threading.BoundedSemaphore(2)
"""Passwords looked at together: each takes 64 MiB, and strangers decide how many come."""


@dataclass(frozen=True, slots=True)
class Account:
    """One row: who, in which role, for which chats (None = every chat)."""

    id: int
    name: str
    role: str
    chats: frozenset[str] | None
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool

    @property
    def person(self) -> Person:
        """The account as the guard sees it."""
        return Person(self.name, self.role, self.chats)


def add(
    engine: sa.Engine, name: str, password: str | None, role: str, chats: Iterable[str] | None = None, *, first=False
) -> int:
    """Create an account and return its id; `password` None = the organisation's login only.

    With `first`, only where there is no account yet. Raises AccountError when name, password or role will not do.
    """
    name = check_name(name)
    _check_role(role, chats)
    values = {
        "name": name,
        "password_hash": None if password is None else hash_password(name, password),
        "role": role,
        "chats": None if chats is None else sorted(chats),
        "created_at": datetime.now(UTC),
    }
    with engine.begin() as connection:
        cat.queue_up(connection)  # two first visitors cannot both become the first admin
        if first and connection.scalar(sa.select(sa.func.count()).select_from(cat.account)):
            raise AccountError("not_first", "there is an account already; ask its owner for one")
        if connection.scalar(sa.select(cat.account.c.id).where(cat.account.c.name == name)):
            raise AccountError("taken", f"there is an account {name!r} already")
        return int(connection.execute(cat.account.insert().values(**values)).inserted_primary_key[0])  # type: ignore[index]


def everyone(engine: sa.Engine) -> list[Account]:
    """All accounts by name."""
    with engine.connect() as connection:
        return [_account(row) for row in connection.execute(sa.select(cat.account).order_by(cat.account.c.name))]


def find(engine: sa.Engine, name: str) -> Account | None:
    """The account of that name."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(cat.account).where(cat.account.c.name == normal(name))).first()
    return None if row is None else _account(row)


def any_account(engine: sa.Engine) -> bool:
    """Whether anybody has an account: a workspace without one asks for its first admin."""
    with engine.connect() as connection:
        return connection.scalar(sa.select(cat.account.c.id).limit(1)) is not None


def right_password(engine: sa.Engine, name: str, password: str) -> Account | None:
    """The account when the password is its own and it is not disabled; equally slow for a name nobody has."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(cat.account).where(cat.account.c.name == normal(name))).first()
    stored = row.password_hash if row is not None and row.password_hash else _decoy()
    try:
        with _AT_ONCE:
            _hasher().verify(stored, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return None
    return None if row is None or not row.password_hash or row.disabled_at else _account(row)


def set_password(engine: sa.Engine, name: str, password: str) -> None:
    """Give a new password; every session of the account ends."""
    account = _existing(engine, name)
    _change(engine, account, password_hash=hash_password(account.name, password))
    _end_sessions(engine, account)


def set_role(engine: sa.Engine, name: str, role: str, chats: Iterable[str] | None) -> None:
    """Change role and scope; raises AccountError when that would leave no admin."""
    account = _existing(engine, name)
    _check_role(role, chats)
    if role != "admin":
        _keep_an_admin(engine, account)
    _change(engine, account, role=role, chats=None if chats is None else sorted(chats))


def disable(engine: sa.Engine, name: str) -> None:
    """Close an account: its sessions end, its tokens stop. Raises AccountError when that would leave no admin."""
    account = _existing(engine, name)
    _keep_an_admin(engine, account)
    _change(engine, account, disabled_at=datetime.now(UTC))
    _end_sessions(engine, account)


def enable(engine: sa.Engine, name: str) -> None:
    """Open a closed account again."""
    _change(engine, _existing(engine, name), disabled_at=None)


def check_name(name: str) -> str:
    """The name as it is stored; raises AccountError when it is empty, too long or holds invisible signs."""
    name = normal(name)
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in name):
        raise AccountError("name", f"a name has 1 to {LONGEST_NAME} visible characters")
    return name


def hash_password(name: str, password: str) -> str:
    """argon2id of a password with the library's defaults; raises AccountError when it will not do."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError("password_length", f"a password has {SHORTEST} to {LONGEST} characters")
    if normal(name) in normal(password) or len(set(password)) < 4:
        raise AccountError("password_weak", "a password must not hold the name nor be one sign repeated")
    return _hasher().hash(password)


def normal(name: str) -> str:
    """A name as it is compared: no two accounts may look alike."""
    return unicodedata.normalize("NFKC", name).strip().lower()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")


def _account(row: sa.Row) -> Account:
    chats = None if row.chats is None else frozenset(row.chats)
    return Account(row.id, row.name, row.role, chats, row.created_at, row.disabled_at, row.password_hash is not None)


def _existing(engine: sa.Engine, name: str) -> Account:
    account = find(engine, name)
    if account is None:
        raise AccountError("unknown", f"there is no account {name!r}")
    return account


def _check_role(role: str, chats: Iterable[str] | None) -> None:
    if role not in ROLES:
        raise AccountError("role", f"role {role!r} is not one of {', '.join(ROLES)}")
    if role == "admin" and chats is not None:  # who can make accounts could give themselves every chat
        raise AccountError("admin_scope", "an admin sees every chat")


def _keep_an_admin(engine: sa.Engine, leaving: Account) -> None:
    others = [a for a in everyone(engine) if a.role == "admin" and not a.disabled_at and a.id != leaving.id]
    if leaving.role == "admin" and not leaving.disabled_at and not others:
        raise AccountError("last_admin", "this is the last admin; make another one first")


def _change(engine: sa.Engine, account: Account, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(cat.account.update().where(cat.account.c.id == account.id).values(**values))


def _end_sessions(engine: sa.Engine, account: Account) -> None:
    with engine.begin() as connection:
        connection.execute(cat.session.delete().where(cat.session.c.account_id == account.id))
