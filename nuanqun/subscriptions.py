"""Who is told what: channels as the admin set them up, and the record of what was delivered.

In: the catalogue's engine. Out: `Subscription` rows. Secrets are stored to be used and shown only masked.
Example: `add(engine, "运营群", "wecom", {"url": "https://qyapi.weixin.qq.com/..."}, least="warning")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from nuanqun import catalogue as cat
from nuanqun.channels import Channel, channels
from nuanqun.errors import NuanqunError
from nuanqun.outbound import check

LEVELS = ("notice", "warning", "critical")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One configured channel: which warnings of which chats go where."""

    id: int
    name: str
    channel: str
    config: Mapping[str, str]
    least: str  # the mildest severity that is sent
    chats: frozenset[str] | None  # None = every chat
    weekly: bool  # the weekly report too
    mask_names: bool
    enabled: bool

    def shown(self) -> dict[str, str]:
        """The configuration as a screen may show it."""
        secret = channels()[self.channel].secret
        return {name: mask(value) if name in secret else value for name, value in self.config.items()}


def mask(value: str) -> str:
    """A secret with only its last four characters left, and nothing of a short one."""
    return "•" * 8 + (value[-4:] if len(value) > 16 else "") if value else ""


def checked(kind: str, config: Mapping[str, str], inside: Iterable[str]) -> tuple[Channel, dict[str, str]]:
    """The channel and its cleaned configuration; raises NuanqunError naming what is missing or may not be."""
    channel = channels().get(kind)
    if channel is None:
        raise NuanqunError(f"channel {kind!r}: choose one of {', '.join(sorted(channels()))}")
    clean = {name: str(config.get(name, "")).strip() for name in channel.fields}
    missing = [name for name in channel.fields if not clean[name] and name not in channel.optional]
    if missing or (extra := set(config) - set(channel.fields)):
        raise NuanqunError(
            f"channel {kind}: {'missing ' + ', '.join(missing) if missing else 'unknown ' + ', '.join(sorted(extra))}; "
            f"it takes {', '.join(channel.fields)}"
        )
    if "url" in channel.fields:
        check(clean["url"], hosts=channel.hosts, inside=tuple(inside))
    return channel, clean


def add(
    engine: sa.Engine,
    name: str,
    kind: str,
    config: Mapping[str, str],
    *,
    inside: Iterable[str] = (),
    least: str = "warning",
    chats: Iterable[str] | None = None,
    weekly: bool = False,
    mask_names: bool = False,
) -> int:
    """Store one; raises NuanqunError on a bad configuration."""
    _, clean = checked(kind, config, inside)
    if least not in LEVELS:
        raise NuanqunError(f"severity {least!r}: choose one of {', '.join(LEVELS)}")
    values = {
        "name": name.strip()[:80] or kind, "channel": kind, "config": clean, "least": least, "weekly": weekly,
        "chats": None if chats is None else sorted(chats), "mask_names": mask_names, "enabled": True,
    }  # fmt: skip
    with engine.begin() as connection:
        return int(connection.execute(cat.subscription.insert().values(**values)).inserted_primary_key[0])  # type: ignore[index]


def listed(engine: sa.Engine) -> list[Subscription]:
    """All, oldest first; those of a channel that is not installed any more are left out."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(cat.subscription).order_by(cat.subscription.c.id)).mappings().all()
    found = [
        Subscription(**{**row, "chats": None if row["chats"] is None else frozenset(row["chats"])}) for row in rows
    ]
    return [subscription for subscription in found if subscription.channel in channels()]


def switch(engine: sa.Engine, subscription_id: int, *, enabled: bool) -> None:
    """Turn one on or off."""
    with engine.begin() as connection:
        connection.execute(
            cat.subscription.update().where(cat.subscription.c.id == subscription_id).values(enabled=enabled)
        )


def remove(engine: sa.Engine, subscription_id: int) -> None:
    """Delete one with its secrets; what it delivered stays on record."""
    with engine.begin() as connection:
        connection.execute(cat.subscription.delete().where(cat.subscription.c.id == subscription_id))


# --- what was delivered


def record(engine: sa.Engine, subscription_id: int, keys: Iterable[str], at: datetime, error: str = "") -> None:
    """Note one attempt for every key it told of."""
    rows = [{"subscription_id": subscription_id, "key": key, "at": at, "error": error[:400]} for key in keys]
    with engine.begin() as connection:
        connection.execute(cat.delivery.insert(), rows)


def told(engine: sa.Engine, subscription_id: int, since: datetime) -> set[str]:
    """Keys that were delivered since then."""
    return {row["key"] for row in attempts(engine, subscription_id, since) if not row["error"]}


def attempts(engine: sa.Engine, subscription_id: int, since: datetime) -> list[dict]:
    """Attempts since then, oldest first: key, at (UTC), error ("" = delivered)."""
    table = cat.delivery
    query = sa.select(table).where(table.c.subscription_id == subscription_id, table.c.at >= since).order_by(table.c.id)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def room(engine: sa.Engine, subscription: Subscription, now: datetime) -> int:
    """How many more messages its service bears within this minute."""
    last = {row["at"] for row in attempts(engine, subscription.id, now - timedelta(minutes=1))}
    return max(0, channels()[subscription.channel].per_minute - len(last))
