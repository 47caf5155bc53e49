"""The admin's acts on chats, members, words and settings; every one checks the role and leaves its trail.

In: what a form says. Out: the catalogue changed, and a background analysis where numbers depend on it.
Example: `rename_chat("1f0c", "读书会")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard import guard, incoming
from dashboard.guard import act
from dashboard.opened import store
from nuanqun import erase, house, regroup, sessions
from nuanqun.errors import Forbidden


@act("change_chats", "name")
def rename_chat(chat_id: str, name: str) -> None:
    """Give a chat another name."""
    regroup.rename(store(), chat_id, name)
    incoming.start_analysis()


@act("change_chats", "archived")
def archive_chat(chat_id: str, archived: bool) -> None:
    """Take a chat out of the overviews, or back."""
    regroup.archive(store(), chat_id, archived)


@act("change_chats", "zone")
def zone_chat(chat_id: str, zone: str) -> None:
    """Count its days and hours in another zone."""
    regroup.set_zone(store(), chat_id, zone)
    incoming.start_analysis()


@act("change_chats", "into")
def merge_chats(chat_id: str, into: str) -> int:
    """Put one chat into another; returns how many messages were there already."""
    if not guard.person().sees(into):
        raise Forbidden(f"chat {into} is not among the chats of this account")
    doubled = regroup.merge(store(), chat_id, into)
    incoming.start_analysis()
    return doubled


@act("change_chats", "sources", "name")
def split_chat(chat_id: str, sources: Sequence[str], name: str) -> str:
    """Make a chat of its own of what came from some files."""
    new_id = regroup.split(store(), chat_id, list(sources), name)
    incoming.start_analysis()
    return new_id


@act("erase")
def erase_chat(chat_id: str) -> int:
    """Delete a chat for ever."""
    return regroup.erase_chat(store(), chat_id)


@act("change_chats", "ad_days", "ad_roles", "ad_members")
def set_policy(chat_id: str, ad_days: Sequence[int], ad_roles: Sequence[str], ad_members: Sequence[str]) -> None:
    """When and by whom ads are welcome."""
    house.set_policy(store(), chat_id, ad_days, ad_roles, ad_members)
    incoming.start_analysis()


@act("change_chats", "member_id", "role")
def set_member_role(chat_id: str, member_id: str, role: str | None) -> None:
    """Give a member a platform role that the export does not say."""
    house.set_role(store(), chat_id, member_id, role)
    incoming.start_analysis()


@act("change_members", "platform", "member_ids", "into_id")
def unite_members(platform: str, member_ids: Sequence[str], into_id: str) -> None:
    """Let several ids be one person."""
    house.unite(store(), platform, member_ids, into_id)
    incoming.start_analysis()


@act("change_members", "platform", "member_id")
def separate_member(platform: str, member_id: str) -> None:
    """Take back that an id belongs to somebody else."""
    house.separate(store(), platform, member_id)
    incoming.start_analysis()


@act("erase")
def erase_member(member_id: str) -> int:
    """Erase a person everywhere, under all ids; the audit keeps that it was done, not whom it was about."""
    count = sum(erase.forget_member(store(), one) for one in house.ids_of(store(), member_id))
    incoming.start_analysis()
    return count


@act("erase", "before", "chat_ids")
def erase_before(before: datetime, chat_ids: Sequence[str] | None) -> int:
    """Erase every record before an instant."""
    count = erase.forget_before(store(), before, list(chat_ids) if chat_ids else None)
    incoming.start_analysis()
    return count


@act("change_words", quiet=True)
def save_words(name: str, words: Sequence[str]) -> None:
    """Put a word list in the place of the old one; the audit counts the words."""
    if name not in house.WORD_LISTS:
        raise ValueError(f"{name} is no word list")
    kept = house.clean_words(words)
    house.save(store().engine, name, kept, guard.person().name)
    guard.note("save_words", {"list": name, "words": len(kept)})
    _queue_analysis()


@act("change_settings", "ads_threshold", "risk_alarm", "thresholds")
def save_thresholds(ads_threshold: float, risk_alarm: float, thresholds: dict[str, dict[str, float]]) -> None:
    """Keep the thresholds of the workspace."""
    engine, who = store().engine, guard.person().name
    house.save(engine, "ads_threshold", ads_threshold, who)
    house.save(engine, "risk_alarm", risk_alarm, who)
    house.save(engine, "thresholds", thresholds, who)
    incoming.start_analysis()


@act("change_accounts", "name", "account_id", "days")
def issue_token(name: str, account_id: int, days: int | None) -> str:
    """Make an API token; returned once, stored hashed."""
    return sessions.issue_token(store().engine, name, account_id, days)


@act("change_accounts", "token_id")
def revoke_token(token_id: int) -> None:
    """Stop a token."""
    sessions.revoke_token(store().engine, token_id)


def words(name: str) -> list[str]:
    """A word list of the workspace."""
    guard.need("change_words")
    return list(house.read(store().engine, name, []))


def setting(name: str, default: Any) -> Any:
    """A setting of the workspace."""
    guard.need("see_setup")
    return house.read(store().engine, name, default)


def _queue_analysis() -> None:
    """An analysis after words changed; moderators may change words but start nothing else."""
    incoming.queue_analysis(guard.person().name)
