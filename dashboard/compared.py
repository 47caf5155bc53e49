"""Chats beside each other, for pages: people in several, overlaps, ranking, advice, and advertisements that go round.

In: the store, in the person's scope: nobody learns of chats that are not theirs. Out: frames fit for a screen.
Example: `found = compared(); found.people`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from community.across import look_across
from community.advice import advise
from community.standing import rank_chats
from dashboard import Frame, flagged, guard, load
from dashboard.opened import open_store as _open


@dataclass(frozen=True, slots=True)
class Compared:
    """PEOPLE, OVERLAPS, STANDINGS and ADVICE of the chats that a person may see; nicknames masked."""

    people: Frame
    overlaps: Frame
    standings: Frame
    advice: Frame


def compared() -> Compared:
    """Compare the chats that are neither archived nor out of scope."""
    guard.need("see_health")
    return _compared(*load.key_of(), tuple(sorted(load.chats()["chat_id"])))


@st.cache_resource(max_entries=8, show_spinner=False)  # not copied for every run; nobody changes it
def _compared(path: str, version: str, chat_ids: tuple[str, ...]) -> Compared:
    opened, wanted = _open(path), pa.array(chat_ids, pa.string())
    chats, members = opened.chats(), opened.table("members")
    chats = chats.filter(pc.is_in(chats["chat_id"], wanted))
    people, overlaps = look_across(members.filter(pc.is_in(members["chat_id"], wanted)), chats)
    tables = (overlaps, rank_chats(chats), advise(chats, overlaps))
    return Compared(load.masked(people.to_pandas(), "name"), *(table.to_pandas() for table in tables))


load.of_version(_compared.clear)


def wide_campaigns(most: int) -> Frame:
    """At most `most` advertisements that were posted in two chats and more, the widest first, fit for a screen."""
    found = flagged.campaigns(flagged.Filter())
    return flagged.shown(found[(found["chats"] > 1) & (found["suggestion"] == "ad")].head(most))
