"""What waits for a moderator: suggested messages in the order of what deciding them is worth, and their campaigns.

In: the store, through load. Out: frames and counts of the chats that this person may see; texts are masked when a page
of them is cut out. Suggestions are read once a version of the store, verdicts every time. Example:
`rows = matching(Filter(status="open"))`, `page(rows, 1)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard import Frame, guard, load
from dashboard.opened import open_store, store
from nlp.campaigns import number
from nuanqun import verdicts
from nuanqun.suggestions import suggestions

FRESH = 14
"""Days after which a message is worth half."""
SURE = 0.05
"""What is left of the worth of a message whose suggestion is certain: somebody still has to act on it."""
NEAR = 10
"""Minutes around a message in which what its sender does counts (community.suspects)."""
MOST_BESIDE = 10
_KEYS = ["chat_id", "message_id"]
CARRIED = (*_KEYS, "suggestion", "score", "model_version", "ads_kind")
"""What a decision takes along of a suggestion."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the review queue shows; the words behind the values stand in the catalogue."""

    chat_id: str | None = None
    kind: str = "all"  # all | ad | abuse: what the model suggests; unsure: what it leaves to people
    status: str = "open"  # open | decided | all
    order: str = "value"  # value | sure | unsure | new
    text: str = ""
    campaign: str = ""  # the id of any message of it


def worth(probability: Any, readers: Any, copies: Any, days: Any) -> Any:
    """Expected value of a decision: uncertain x reach x fresh; numbers or arrays of them.

    Uncertain = entropy of the suggestion in bits, at least SURE. Reach = ln(1 + people of the chat x messages that the
    decision settles). Fresh = halved every FRESH days before the end of the export.
    """
    p = np.clip(np.asarray(probability, float), 1e-9, 1 - 1e-9)
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    reach = np.log1p(np.asarray(readers, float) * np.asarray(copies, float))
    return np.maximum(entropy, SURE) * reach * 0.5 ** (np.maximum(np.asarray(days, float), 0) / FRESH)


def suspects() -> Frame:
    """Every message of the chats that this person may see which the model suggests or is unsure of, raw.

    Never change or show it as it is.
    """
    return load.scoped(_suspects(*load.key_of()))


@st.cache_resource(max_entries=2, show_spinner=False)
def _suspects(path: str, version: str) -> Frame:
    _held[path] = suggestions(open_store(path), _held.get(path))
    found = _held[path].drop_columns(["source"]).to_pandas().rename(columns={"text": "raw"})
    found["raw"] = found["raw"].fillna("")
    # Pictures have no words to be alike by: each is a campaign of its own.
    alike = number(found["bones"].tolist())
    found["campaign"] = np.where(found["ads_label"].isna(), len(found) + np.arange(len(found)), alike)
    return found.assign(worth=_worth(found)).drop(columns=["bones", "last", "members"])


_held: dict[str, pa.Table] = {}
"""Suggestions as they were last seen, by workspace: of a new version only the chats that changed are read."""


def _worth(found: Frame) -> Any:
    # The newest of a campaign stands for it, since it can be decided as a whole; another copy settles only itself.
    alone = found.duplicated("campaign", keep="last").to_numpy()
    copies = np.where(alone, 1, found.groupby("campaign")["message_id"].transform("size").to_numpy())
    days = ((found["last"] - found["sent_at"]) / np.timedelta64(1, "D")).fillna(0).to_numpy(float)
    return worth(found["score"], found["members"].fillna(1).to_numpy(), copies, days)


def matching(wanted: Filter, columns: Sequence[str] = ()) -> Frame:
    """All suggestions that `wanted` lets through, in its order, each with the verdict that stands on it.

    `columns`: only these, for long lists of which `page` cuts out what is looked at.
    """
    load.check_scope(wanted.chat_id)
    every, chats = _suspects(*load.key_of()), guard.person().chats
    kept = np.array(_kind(every, wanted.kind))  # booleans first: rows with all their columns are taken once, in the end
    if wanted.chat_id is not None:
        kept &= _is(every["chat_id"], wanted.chat_id)
    elif chats is not None:
        kept &= every["chat_id"].isin(chats).to_numpy()
    if wanted.campaign:
        campaign = every["campaign"].to_numpy()
        kept &= np.isin(campaign, campaign[_is(every["message_id"], wanted.campaign)])
    if wanted.text:
        kept &= every["raw"].str.lower().str.contains(wanted.text.lower(), regex=False).to_numpy()
    found, at = _standing(), np.flatnonzero(kept)
    at = at[np.argsort(_order(every, wanted.order)[at], kind="stable")]
    decided = _places(every[_KEYS].iloc[at], found)
    if wanted.status != "all":
        asked = (decided < 0) == (wanted.status == "open")
        at, decided = at[asked], decided[asked]
    beside = found[["verdict_id", "verdict", "reviewer"]].reindex(decided)  # -1 is nowhere: no verdict
    some = every[list(columns)] if columns else every
    told = {name: beside[name].array for name in beside}
    return some.iloc[at].reset_index(drop=True).assign(row=at, **told)


def _is(column: Any, value: str) -> Any:
    return (column == value).to_numpy()


def _kind(rows: Frame, kind: str) -> Any:
    """Which rows are of a kind, as booleans; what the model is unsure of is a kind of its own."""
    if kind in ("ad", "abuse"):
        return _is(rows["suggestion"], "ad") if kind == "ad" else _is(rows["toxicity_label"].fillna(""), "toxic")
    return _is(rows["suggestion"], "unsure") == (kind == "unsure")


def _order(rows: Frame, order: str) -> Any:
    """What the rows are sorted by, the smallest first."""
    if order == "new":
        return -rows["sent_at"].to_numpy("datetime64[us]").astype("int64")
    if order == "unsure":
        return (rows["score"] - 0.5).abs().to_numpy()
    return -rows["worth" if order == "value" else "score"].to_numpy()


def _places(rows: Frame, found: Frame) -> Any:
    """Where in `found` each row stands, by chat and message; -1 = nowhere."""
    at = np.full(len(rows), -1)
    if found.empty:
        return at
    some = rows["message_id"].isin(found["message_id"]).to_numpy()  # few: only their keys are looked up
    at[some] = pd.MultiIndex.from_frame(found[_KEYS]).get_indexer(pd.MultiIndex.from_frame(rows.loc[some, _KEYS]))
    return at


def _standing() -> Frame:
    """The verdict that stands on every message that has one, as of now; never change it."""
    return _standing_at(*load.key_of(), verdicts.stamp(store().engine))


@st.cache_resource(max_entries=4, show_spinner=False)
def _standing_at(path: str, version: str, stamp: tuple[int, ...]) -> Frame:
    found = verdicts.standing(store().engine).to_pandas()[[*_KEYS, "id", "label", "reviewer"]]
    found = found.drop_duplicates(_KEYS, keep="last").rename(columns={"id": "verdict_id", "label": "verdict"})
    return found.astype({"verdict_id": "Int64"}).reset_index(drop=True)


def page(rows: Frame, at: int) -> Frame:
    """One page (50, from 1) of `rows` with all columns, fit for a screen: `text` masked, `raw` gone."""
    some = rows.iloc[(at - 1) * load.PAGE : at * load.PAGE]
    return shown(some if "raw" in some else _whole(some))


def _whole(rows: Frame) -> Frame:
    """`rows` with all columns; what a newer version of the store no longer suggests falls out."""
    every = _suspects(*load.key_of())
    own, verdicts_ = rows[_KEYS].to_numpy(), rows[["verdict", "verdict_id", "reviewer"]]
    same = every.iloc[np.minimum(rows["row"], len(every) - 1)]
    if not (same[_KEYS].to_numpy() == own).all():
        return rows[[*_KEYS, *verdicts_]].merge(every, on=_KEYS)
    return same.reset_index(drop=True).assign(**{name: verdicts_[name].array for name in verdicts_})


def shown(rows: Frame) -> Frame:
    """`rows` fit for a screen."""
    return load.masked(rows.rename(columns={"raw": "text"}), "sender", "text").reset_index(drop=True)


def campaigns(wanted: Filter) -> Frame:
    """Campaigns of at least two messages, the widest first, in the person's scope: copies, chats, senders, open ones.

    `message_id` is the first message of each and names it; `raw` is that message, not masked yet: see `shown`.
    """
    load.check_scope(wanted.chat_id)
    chats = guard.person().chats
    rows, found = _campaigns(*load.key_of(), wanted.chat_id, None if chats is None else tuple(sorted(chats)))
    decided = rows["campaign"].to_numpy()[_places(rows, _standing()) >= 0]
    done = pd.Series(decided).value_counts().reindex(found["campaign"], fill_value=0).to_numpy()
    return found.assign(open=found["copies"].to_numpy() - done)


@st.cache_resource(max_entries=40, show_spinner=False)
def _campaigns(path: str, version: str, chat_id: str | None, chats: tuple[str, ...] | None) -> tuple[Frame, Frame]:
    """Keys and campaign of the messages of campaigns, and the campaigns without what people decided."""
    rows = _suspects(path, version)
    rows = rows[_kind(rows, "all")]  # in the order of time
    if chats is not None:
        rows = rows[rows["chat_id"].isin(chats)]
    if chat_id is not None:
        rows = rows[rows["campaign"].isin(rows.loc[rows["chat_id"] == chat_id, "campaign"])]
    rows = rows[rows.duplicated("campaign", keep=False)]
    found = rows.groupby("campaign", as_index=False).agg(
        message_id=("message_id", "first"), chat_id=("chat_id", "first"), zone=("zone", "first"), raw=("raw", "first"),
        sender=("sender", "first"), suggestion=("suggestion", "first"), ads_kind=("ads_kind", "first"),
        copies=("message_id", "size"), chats=("chat_id", "nunique"), senders=("sender_id", "nunique"),
        first=("sent_at", "min"), last=("sent_at", "max"), kind=("kind", "first"),
    )  # fmt: skip
    found = found.sort_values(["chats", "copies", "last"], ascending=False, kind="stable").reset_index(drop=True)
    return rows[[*_KEYS, "campaign"]].reset_index(drop=True), found


for _cache in (_suspects, _standing_at, _campaigns):
    load.of_version(_cache.clear)


@load.cached
def history(chat_id: str, sender_id: str, most: int) -> Frame:
    """The latest messages of one sender in one chat, newest first, with the label of the ads head."""
    files = load.live_files(chat_id)
    if not all(files.values()):
        return load.no_messages()
    return load.messages_of(
        f"""SELECT {load.SHOWN}, a.ads_label FROM read_parquet($files) m
            JOIN read_parquet($annotated) a USING (chat_id, message_id)
            WHERE m.event IS NULL AND m.sender_id = $sender
            ORDER BY m.sent_at DESC, m.source_line DESC LIMIT $most""",
        {**files, "sender": sender_id, "most": most},
    )


@load.cached
def beside(chat_id: str, sender_id: str, message_id: str) -> Frame:
    """What the sender of a message wrote within NEAR minutes of it, oldest first, with the label of the ads head."""
    files = load.live_files(chat_id)
    if not all(files.values()):
        return load.no_messages()
    return load.messages_of(
        f"""SELECT {load.SHOWN}, a.ads_label, a.ads_evidence FROM read_parquet($files) m
            JOIN read_parquet($annotated) a USING (chat_id, message_id)
            WHERE m.event IS NULL AND m.sender_id = $sender AND m.message_id <> $id AND abs(epoch_ms(m.sent_at) -
                  (SELECT min(epoch_ms(sent_at)) FROM read_parquet($files) WHERE message_id = $id)) <= $near * 60000
            ORDER BY {load.ORDER} LIMIT {MOST_BESIDE}""",
        {**files, "sender": sender_id, "id": message_id, "near": NEAR},
    )


def elsewhere(chat_id: str, sender_id: str) -> Frame:
    """MEMBERS rows of the same account in this and other chats of the same platform, this one first."""
    same, platform = load.accounts_of(sender_id), load.platforms()
    found = same[[platform.get(one) == platform.get(chat_id, "") for one in same["chat_id"]]]
    return found.assign(_here=found["chat_id"] != chat_id).sort_values(["_here", "chat_id"]).drop(columns="_here")


def offenders() -> Frame:
    """Senders with messages that people judged as ads or abuse: counts, kinds and the account's own numbers."""
    standing = _standing()
    judged = suspects().merge(standing[standing["verdict"].isin(["ad", "abuse"])], on=_KEYS)
    found = judged.groupby(["chat_id", "sender_id"], as_index=False).agg(
        sender=("sender", "last"), zone=("zone", "last"), ads=("verdict", lambda v: int((v == "ad").sum())),
        abuse=("verdict", lambda v: int((v == "abuse").sum())), last=("sent_at", "max"),
        kind=("ads_kind", lambda k: k.dropna().mode().iloc[0] if k.notna().any() else None),
    )  # fmt: skip
    members = load.accounts()[["chat_id", "member_id", "messages", "platform_role", "left_at"]]
    found = found.merge(members.rename(columns={"member_id": "sender_id"}), how="left", on=["chat_id", "sender_id"])
    return load.masked(found.sort_values(["ads", "abuse"], ascending=False, kind="stable"), "sender")
