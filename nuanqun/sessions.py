"""Sessions and tokens: random secrets that a browser or a program holds, of which only hashes are kept.

A session ends after 12 hours, after 2 hours without a sign of life, by leaving, by a new password, or when its
account is disabled. Failed logins are counted in the catalogue, so that a restart forgives nothing.
Example: `sid = start(engine, account.id); person_of(engine, sid)`.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from nuanqun import catalogue as cat
from nuanqun.access import Person

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
_TOUCH = timedelta(minutes=1)  # seen_at is not written more often than this

WINDOW = timedelta(minutes=15)
MOST_PER_PAIR = 5
MOST_PER_ADDRESS = 20
MOST_PER_NAME = 50
"""Failed logins within WINDOW after which further tries are refused unread: of a name from one address, of an address
whatever the name, of a name from anywhere (high, so that a stranger cannot easily lock somebody out)."""


def hashed(secret: str) -> str:
    """What is stored of a random secret; 256 random bits need no salt and no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# --- sessions


def start(engine: sa.Engine, account_id: int, replaced: str | None = None) -> str:
    """Begin a session under a fresh id, which is returned; `replaced` and whatever has run out end."""
    sid, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with engine.begin() as connection:
        if replaced:
            connection.execute(cat.session.delete().where(cat.session.c.sid_hash == hashed(replaced)))
        connection.execute(cat.session.delete().where(cat.session.c.created_at < now - LONGEST))
        row = {"sid_hash": hashed(sid), "account_id": account_id, "created_at": now, "seen_at": now}
        connection.execute(cat.session.insert().values(row))
    return sid


def person_of(engine: sa.Engine, sid: str | None, now: datetime | None = None) -> Person | None:
    """Who holds this session id; None when it is unknown, has run out, or its account is disabled."""
    if not sid:
        return None
    now = now or datetime.now(UTC)
    query = (
        sa.select(cat.session.c.created_at, cat.session.c.seen_at, cat.account)
        .join(cat.account, cat.account.c.id == cat.session.c.account_id)
        .where(cat.session.c.sid_hash == hashed(sid), cat.account.c.disabled_at.is_(None))
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None or now - row[0] > LONGEST or now - row[1] > IDLE:
        return None
    if now - row[1] > _TOUCH:
        with engine.begin() as connection:
            mine = cat.session.c.sid_hash == hashed(sid)
            connection.execute(cat.session.update().where(mine).values(seen_at=now))
    return _person(row)


def end(engine: sa.Engine, sid: str | None) -> None:
    """End a session."""
    if sid:
        with engine.begin() as connection:
            connection.execute(cat.session.delete().where(cat.session.c.sid_hash == hashed(sid)))


def live(engine: sa.Engine) -> list[dict]:
    """Open sessions with the name of their account, the latest first; ids stay hashed."""
    query = (
        sa.select(cat.session.c.sid_hash, cat.account.c.name, cat.session.c.created_at, cat.session.c.seen_at)
        .join(cat.account, cat.account.c.id == cat.session.c.account_id)
        .where(cat.session.c.created_at > datetime.now(UTC) - LONGEST, cat.session.c.seen_at > datetime.now(UTC) - IDLE)
        .order_by(cat.session.c.seen_at.desc())
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [dict(row) for row in rows]


def end_all_of(engine: sa.Engine, account_name: str) -> int:
    """End every session of an account; returns how many."""
    mine = sa.select(cat.account.c.id).where(cat.account.c.name == account_name)
    with engine.begin() as connection:
        return connection.execute(cat.session.delete().where(cat.session.c.account_id.in_(mine))).rowcount


# --- failed logins


def claim_try(engine: sa.Engine, name: str, address: str) -> int:
    """Seconds that this name or address must wait before the next try; 0 = may try, and the try counts as failed.

    Counted before the password is looked at: otherwise many tries at once would all be let through.
    """
    now, keys = datetime.now(UTC), _keys(name, address)
    with engine.begin() as connection:
        cat.queue_up(connection)
        connection.execute(cat.failed_login.delete().where(cat.failed_login.c.at < now - WINDOW))
        wait = max(_wait(connection, key, most, now) for key, most in keys)
        if not wait:
            connection.execute(cat.failed_login.insert(), [{"key": key, "at": now} for key, _ in keys])
    return wait


def forgive(engine: sa.Engine, name: str, address: str) -> None:
    """A right password clears the name, of the address only its own try: an attacker with one account gains nothing."""
    with engine.begin() as connection:
        keys = [key for key, _ in _keys(name, address) if not key.startswith("address:")]
        connection.execute(cat.failed_login.delete().where(cat.failed_login.c.key.in_(keys)))
        mine = cat.failed_login.c.key == f"address:{hashed(address)}"
        latest = connection.scalar(sa.select(sa.func.max(cat.failed_login.c.id)).where(mine))
        connection.execute(cat.failed_login.delete().where(cat.failed_login.c.id == latest))


def _keys(name: str, address: str) -> list[tuple[str, int]]:
    # Names are hashed: a password typed into the wrong field must not lie in the catalogue.
    return [
        (f"pair:{hashed(f'{name} {address}')}", MOST_PER_PAIR),
        (f"address:{hashed(address)}", MOST_PER_ADDRESS),
        (f"name:{hashed(name)}", MOST_PER_NAME),
    ]


def _wait(connection: sa.Connection, key: str, most: int, now: datetime) -> int:
    query = sa.select(cat.failed_login.c.at).where(cat.failed_login.c.key == key, cat.failed_login.c.at > now - WINDOW)
    tries = sorted(connection.scalars(query))
    return 0 if len(tries) < most else max(1, int((tries[-most] + WINDOW - now).total_seconds()) + 1)


# --- tokens of the API


def issue_token(engine: sa.Engine, name: str, account_id: int, days: int | None) -> str:
    """Make a token that reads with the role and scope of an account; shown once, stored hashed."""
    token, now = f"nq_{secrets.token_urlsafe(32)}", datetime.now(UTC)
    expires = None if days is None else now + timedelta(days=days)
    row = {
        "token_hash": hashed(token),
        "name": name,
        "account_id": account_id,
        "created_at": now,
        "expires_at": expires,
    }
    with engine.begin() as connection:
        connection.execute(cat.token.insert().values(row))
    return token


def token_person(engine: sa.Engine, token: str) -> Person | None:
    """Whom a token reads for; None when it is unknown, revoked, expired, or its account is disabled."""
    now = datetime.now(UTC)
    query = (
        sa.select(cat.token.c.id, cat.token.c.expires_at, cat.token.c.seen_at, cat.account)
        .join(cat.account, cat.account.c.id == cat.token.c.account_id)
        .where(cat.token.c.token_hash == hashed(token), cat.token.c.revoked_at.is_(None))
        .where(cat.account.c.disabled_at.is_(None))
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None or (row[1] is not None and row[1] <= now):
        return None
    if row[2] is None or now - row[2] > _TOUCH:
        with engine.begin() as connection:
            connection.execute(cat.token.update().where(cat.token.c.id == row[0]).values(seen_at=now))
    return _person(row)


def tokens(engine: sa.Engine) -> list[dict]:
    """All tokens, newest first, without their secrets."""
    columns = [c for c in cat.token.c if c.name not in ("token_hash", "account_id")]
    query = sa.select(*columns, cat.account.c.name.label("account"))
    query = query.join(cat.account, cat.account.c.id == cat.token.c.account_id).order_by(cat.token.c.id.desc())
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def revoke_token(engine: sa.Engine, token_id: int) -> None:
    """Stop a token; the row stays for the audit."""
    with engine.begin() as connection:
        mine = sa.and_(cat.token.c.id == token_id, cat.token.c.revoked_at.is_(None))
        connection.execute(cat.token.update().where(mine).values(revoked_at=datetime.now(UTC)))


def _person(row: sa.Row) -> Person:
    return Person(row.name, row.role, None if row.chats is None else frozenset(row.chats))
