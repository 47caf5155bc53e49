"""The house rules: what the people of this workspace decided, as data. Words, thresholds, ad days, who is who.

In: rows of the catalogue. Out: settings and per-chat rules that annotation and analysis obey; messages stay untouched.
Example: `save(engine, "ad_words", ["某某返利"], "li")`, `rules_of(store, chat_id).apply(messages, annotations)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from community.alerts import rules
from community.settings import CommunitySettings
from ingest.message import MESSAGES
from nlp.settings import NlpSettings
from nuanqun import catalogue as cat
from nuanqun.own_words import OwnWords
from nuanqun.store import Store

WORD_LISTS = ("ad_words", "allow_words", "user_words", "stop_words")
ROLES = ("owner", "admin", "member", "bot")


# --- settings of the workspace


def read(engine: sa.Engine, key: str, default: Any = None) -> Any:
    """A setting, or `default`."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(cat.setting.c.value).where(cat.setting.c.key == key)).first()
    return default if row is None else row[0]


def save(engine: sa.Engine, key: str, value: Any, actor: str) -> None:
    """Put a setting in the place of the old one."""
    row = {"key": key, "value": value, "at": datetime.now(UTC), "actor": actor}
    with engine.begin() as connection:
        connection.execute(cat.setting.delete().where(cat.setting.c.key == key))
        connection.execute(cat.setting.insert().values(row))


def clean_words(words: Iterable[str]) -> list[str]:
    """A word list as it is kept: trimmed, once each, in order; blank lines and comments go."""
    plain = (word.split("#", 1)[0].strip() for word in words)
    return list(dict.fromkeys(word for word in plain if word and len(word) <= 100))


def own_words(engine: sa.Engine) -> OwnWords:
    """The ad words, allowed words and ad threshold of the workspace."""
    ad, allow = (tuple(read(engine, name, [])) for name in ("ad_words", "allow_words"))
    return OwnWords(ad, allow, float(read(engine, "ads_threshold", 0.5)))


def nlp_settings(engine: sa.Engine, settings: NlpSettings) -> NlpSettings:
    """The settings with the workspace's words for jieba."""
    words = sorted({*settings.user_words, *read(engine, "user_words", [])})
    return replace(settings, user_words=tuple(words)) if words else settings


def community_settings(engine: sa.Engine, settings: CommunitySettings) -> CommunitySettings:
    """The settings with the workspace's thresholds; a rule or knob that is gone is passed over."""
    saved = read(engine, "thresholds", {})
    known = rules()
    alerts = dict(settings.alerts)
    for rule, knobs in saved.items():
        kept = {name: float(v) for name, v in knobs.items() if rule in known and name in known[rule].thresholds}
        if kept:
            alerts[rule] = {**alerts.get(rule, {}), **kept}
    alarm = float(read(engine, "risk_alarm", settings.risk_alarm))
    return replace(settings, alerts=alerts, risk_alarm=alarm)


# --- rules of one chat


@dataclass(frozen=True, slots=True)
class ChatRules:
    """What holds in one chat: members who are one person, their roles, and when or by whom ads are welcome."""

    aliases: tuple[tuple[str, str], ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    ad_days: tuple[int, ...] = ()  # 0 = Monday
    ad_roles: tuple[str, ...] = ()
    ad_members: tuple[str, ...] = ()

    def apply(self, messages: pa.Table, annotations: pa.Table) -> tuple[pa.Table, pa.Table]:
        """MESSAGES with people united and roles set, ANNOTATIONS without the ads that are welcome."""
        messages = with_roles(united(messages, dict(self.aliases)), dict(self.roles))
        return messages, self.without_welcome_ads(messages, annotations)

    def without_welcome_ads(self, messages: pa.Table, annotations: pa.Table) -> pa.Table:
        """ANNOTATIONS in which welcome ads are none: the suggestion in the store stays as it is."""
        if "ads_label" not in annotations.schema.names or not (self.ad_days or self.ad_roles or self.ad_members):
            return annotations
        label = pc.if_else(self.welcome(messages), "not_ad", annotations["ads_label"])
        label = pc.if_else(pc.is_valid(annotations["ads_label"]), label, None)
        return annotations.set_column(annotations.schema.get_field_index("ads_label"), "ads_label", label)

    def welcome(self, messages: pa.Table) -> pa.ChunkedArray:
        """Which messages may be ads: by local weekday, role or member."""
        days = pc.day_of_week(local_time(messages))
        found = pc.is_in(days, pa.array(self.ad_days, days.type))
        found = pc.or_(found, pc.is_in(messages["sender_role"], pa.array(self.ad_roles, pa.string())))
        return pc.or_(found, pc.is_in(messages["sender_id"], pa.array(self.ad_members, pa.string())))


def local_time(messages: pa.Table) -> pa.Array:
    """Wall-clock times of the chat's zone."""
    zone = messages["zone"][0].as_py() if messages.num_rows else "UTC"
    return pc.local_timestamp(pc.cast(messages["sent_at"], pa.timestamp("ms", zone))).combine_chunks()


def united(messages: pa.Table, aliases: dict[str, str]) -> pa.Table:
    """MESSAGES in which every id of a person is the one that stands for them."""
    if not aliases:
        return messages
    for column in ("sender_id", "actor_ids", "target_ids"):
        values = messages[column].to_pylist()
        new = [
            [aliases.get(v, v) for v in value] if isinstance(value, list) else aliases.get(value, value)
            for value in values
        ]
        field = MESSAGES.field(column)
        messages = messages.set_column(messages.schema.get_field_index(column), field, pa.array(new, field.type))
    return messages


def with_roles(messages: pa.Table, roles: dict[str, str]) -> pa.Table:
    """MESSAGES with the roles that were given by hand in the place of those of the export."""
    if not roles:
        return messages
    pairs = zip(messages["sender_id"].to_pylist(), messages["sender_role"].to_pylist(), strict=True)
    new = pa.array([roles.get(sender, role) for sender, role in pairs], pa.string())
    return messages.set_column(messages.schema.get_field_index("sender_role"), MESSAGES.field("sender_role"), new)


def rules_of(store: Store, chat_id: str) -> ChatRules:
    """The rules of one chat."""
    with store.engine.connect() as connection:
        mine = sa.select(cat.chat.c.platform, cat.chat.c.policy).where(cat.chat.c.chat_id == chat_id)
        platform, policy = connection.execute(mine).one_or_none() or (None, None)
        same = sa.select(cat.alias.c.member_id, cat.alias.c.into_id).where(cat.alias.c.platform == platform)
        aliases = tuple(sorted(tuple(row) for row in connection.execute(same)))
        given = sa.select(cat.member_role.c.member_id, cat.member_role.c.role).where(
            cat.member_role.c.chat_id == chat_id
        )
        roles = tuple(sorted(tuple(row) for row in connection.execute(given)))
    names = ("ad_days", "ad_roles", "ad_members")
    return ChatRules(aliases, roles, *(tuple((policy or {}).get(name, ())) for name in names))


def set_policy(
    store: Store, chat_id: str, ad_days: Iterable[int], ad_roles: Iterable[str], ad_members: Iterable[str]
) -> None:
    """When and by whom ads are welcome in a chat; "ads on Fridays" is `ad_days=[4]`."""
    policy = {"ad_days": sorted(ad_days), "ad_roles": sorted(ad_roles), "ad_members": sorted(ad_members)}
    with store.engine.begin() as connection:
        connection.execute(cat.chat.update().where(cat.chat.c.chat_id == chat_id).values(policy=policy))


def set_role(store: Store, chat_id: str, member_id: str, role: str | None) -> None:
    """Give a member a platform role that the export does not say; None takes it back."""
    if role is not None and role not in ROLES:
        raise ValueError(f"role {role!r} is not one of {ROLES}")
    mine = sa.and_(cat.member_role.c.chat_id == chat_id, cat.member_role.c.member_id == member_id)
    with store.engine.begin() as connection:
        connection.execute(cat.member_role.delete().where(mine))
        if role is not None:
            connection.execute(cat.member_role.insert().values(chat_id=chat_id, member_id=member_id, role=role))


def unite(store: Store, platform: str, member_ids: Iterable[str], into_id: str) -> None:
    """Let several ids of a platform be one person from the next analysis on; messages stay as they came.

    Chains are followed, so that every id points at the one that stands for all.
    """
    with store.engine.begin() as connection:
        top = connection.scalar(
            sa.select(cat.alias.c.into_id).where(cat.alias.c.platform == platform, cat.alias.c.member_id == into_id)
        )
        into_id = top or into_id
        for member_id in set(member_ids) - {into_id}:
            pointing = sa.and_(
                cat.alias.c.platform == platform,
                sa.or_(cat.alias.c.into_id == member_id, cat.alias.c.member_id == member_id),
            )
            moved = set(connection.scalars(sa.select(cat.alias.c.member_id).where(pointing))) | {member_id}
            connection.execute(cat.alias.delete().where(pointing))
            rows = [{"platform": platform, "member_id": m, "into_id": into_id} for m in sorted(moved - {into_id})]
            connection.execute(cat.alias.insert(), rows)


def separate(store: Store, platform: str, member_id: str) -> None:
    """Take back that an id belongs to somebody else."""
    mine = sa.and_(cat.alias.c.platform == platform, cat.alias.c.member_id == member_id)
    with store.engine.begin() as connection:
        connection.execute(cat.alias.delete().where(mine))


def aliases_of(store: Store, platform: str) -> list[tuple[str, str]]:
    """(id, the id that stands for it) of a platform, sorted."""
    query = sa.select(cat.alias.c.member_id, cat.alias.c.into_id).where(cat.alias.c.platform == platform)
    with store.engine.connect() as connection:
        return sorted((row[0], row[1]) for row in connection.execute(query))


def ids_of(store: Store, member_id: str) -> list[str]:
    """Every id of the person that this one belongs to, on whatever platform; the id itself where nobody united any."""
    with store.engine.connect() as connection:
        pairs = [(row.platform, row.member_id, row.into_id) for row in connection.execute(sa.select(cat.alias))]
    found = {member_id}
    for platform, one, into in pairs:
        if member_id in (one, into):
            found |= {into} | {m for p, m, i in pairs if (p, i) == (platform, into)}
    return sorted(found)
