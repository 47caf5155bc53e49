"""People in several chats, and how far chats hold the same people.

In: MEMBERS and CHATS of many chats. Out: the tables PEOPLE (who is in two chats and more) and OVERLAPS (pairs of
chats). Only stable ids of one platform count: where an export has no ids, a member's id is the name, and two who are
called alike need not be one. Example: `people, overlaps = look_across(members, chats)`.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from community.tables import OVERLAPS, PEOPLE, check_table

LEAST_ADS = 2
AD_SHARE = 0.5
KINDS = ("bridge", "ads", "talks_once", "silent")
_KEYS = ["platform", "member_id"]


def look_across(members: pa.Table, chats: pa.Table) -> tuple[pa.Table, pa.Table]:
    """PEOPLE, widest first, and OVERLAPS, closest first, of members who are there; bots are left out."""
    present = present_members(members, chats)
    if present.empty:
        return PEOPLE.empty_table(), OVERLAPS.empty_table()
    order = {chat: place for place, chat in enumerate(chats["chat_id"].to_pylist())}
    person, keys = _numbered(present)
    chat = np.array([order[one] for one in present["chat_id"]])
    shape = (len(keys), len(order))
    there = sparse.csr_matrix((np.ones(len(person)), (person, chat)), shape=shape)
    spoke = present["messages_84d"].to_numpy() > 0
    talks = sparse.csr_matrix((spoke.astype(float), (person, chat)), shape=shape)
    several = np.flatnonzero(np.asarray(there.sum(1)).ravel() >= 2)
    hashes = _hashes(keys.iloc[several])
    overlaps = _overlaps(there, talks, list(order), dict(zip(several.tolist(), hashes, strict=True)))
    wide = present[np.isin(person, several)].assign(person=person[np.isin(person, several)])
    people = _people(wide, dict(zip(several.tolist(), hashes, strict=True)), talks)
    return people, overlaps


def present_members(members: pa.Table, chats: pa.Table) -> pd.DataFrame:
    """Members who have not left and are no bots, with a stable id; the platform of their chat beside them."""
    columns = ["chat_id", "member_id", "name", "aliases", "is_bot", "left_at", "messages", "messages_84d", "ads"]
    frame = members.select([*columns, "repliers_84d", "influence_rank"]).to_pandas()
    platform = dict(zip(chats["chat_id"].to_pylist(), chats["platform"].to_pylist(), strict=True))
    frame = frame[frame["chat_id"].isin(platform) & ~frame["is_bot"] & frame["left_at"].isna()]
    frame = frame.assign(platform=frame["chat_id"].map(platform))
    return frame[stable(frame)].reset_index(drop=True)


def stable(frame: pd.DataFrame) -> np.ndarray:
    """Which rows of MEMBERS have an id of their own: it is not just the name written in the export."""
    names = zip(frame["member_id"], frame["name"], frame["aliases"], strict=True)
    return np.array([one != name and one not in set(aliases) for one, name, aliases in names], bool)


def _numbered(present: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """A number a person for every row, and the (platform, member id) of each number."""
    grouped = present.groupby(_KEYS, sort=False)
    number = grouped.ngroup().to_numpy()
    return number, present[_KEYS].iloc[np.unique(number, return_index=True)[1]]


def _hashes(keys: pd.DataFrame) -> list[str]:
    """A short name for a person that does not show the id."""
    rows = zip(keys["platform"], keys["member_id"], strict=True)
    return [blake2b(f"{platform}\n{member}".encode(), digest_size=8).hexdigest() for platform, member in rows]


def _overlaps(there: sparse.csr_matrix, talks: sparse.csr_matrix, chats: list[str], hashes: dict[int, str]) -> pa.Table:
    size = np.asarray(there.sum(0)).ravel()
    both = sparse.triu(there.T @ there, k=1).tocoo()
    active, people = (talks.T @ talks).toarray(), there.tocsc()
    pairs = np.asarray(both.data, float)
    order = np.argsort(-pairs / (size[both.row] + size[both.col] - pairs), kind="stable")
    a, b, shared = both.row[order], both.col[order], pairs[order]
    columns = {
        "chat_a": [chats[i] for i in a],
        "chat_b": [chats[i] for i in b],
        "members_a": size[a],
        "members_b": size[b],
        "shared": shared,
        "talking": active[a, b],
        "jaccard": shared / (size[a] + size[b] - shared),
        "contained": shared / np.minimum(size[a], size[b]),
        "people": [_both(people, int(i), int(j), hashes) for i, j in zip(a, b, strict=True)],
    }
    return _checked(columns, OVERLAPS)


def _both(
    there: sparse.csc_array | sparse.csc_matrix, a: int, b: int, hashes: dict[int, str], most: int = 50
) -> list[str]:
    one, two = (there.indices[there.indptr[chat] : there.indptr[chat + 1]] for chat in (a, b))
    return [hashes[row] for row in np.intersect1d(one, two, assume_unique=True)[:most].tolist()]


def _people(wide: pd.DataFrame, hashes: dict[int, str], talks: sparse.csr_matrix) -> pa.Table:
    """One row a person: home = the chat with most of the own messages, the others behind it."""
    if wide.empty:
        return PEOPLE.empty_table()
    lone = _only_link(talks, np.unique(wide["person"]))
    rows = wide.assign(talks=wide["messages_84d"] > 0).sort_values(
        ["messages", "chat_id"], ascending=[False, True], kind="stable"
    )
    found = rows.groupby("person", sort=False).agg(
        platform=("platform", "first"), name=("name", "first"), member_id=("member_id", "first"),
        chats=("chat_id", list), messages=("messages", "sum"), messages_84d=("messages_84d", "sum"),
        talks=("talks", "sum"), repliers=("repliers_84d", "sum"), ads=("ads", "sum"),
        rank=("influence_rank", "min"),
    ).reset_index()  # fmt: skip
    ads = (found["ads"] >= LEAST_ADS) & (found["ads"] >= AD_SHARE * found["messages"])
    bridge = (found["talks"] >= 2) & ~ads
    found["kind"] = np.select([ads, bridge, found["messages_84d"] > 0], ["ads", "bridge", "talks_once"], "silent")
    found["only_link"] = [lone.get(person, 0) if kind == "bridge" else 0 for person, kind in
                          zip(found["person"], found["kind"], strict=True)]  # fmt: skip
    found["_order"] = [KINDS.index(kind) for kind in found["kind"]]
    keys = ["_order", "only_link", "talks", "repliers", "messages", "member_id"]
    found = found.sort_values(keys, ascending=[True, False, False, False, False, True], kind="stable")
    columns = {name: found[name] for name in PEOPLE.names if name in found} | {
        "person": [hashes[person] for person in found["person"]],
        "best_rank": [None if np.isnan(rank) else int(rank) for rank in found["rank"].astype(float)],
    }
    return _checked(columns, PEOPLE)


def _only_link(talks: sparse.csr_matrix, people: np.ndarray) -> dict[int, int]:
    """How many pairs of chats each person joins all alone: nobody else talks in both."""
    active = (talks.T @ talks).toarray()
    found = {}
    for person in people.tolist():
        own = talks.indices[talks.indptr[person] : talks.indptr[person + 1]]
        own = own[talks.data[talks.indptr[person] : talks.indptr[person + 1]] > 0]
        found[person] = int((np.triu(active[np.ix_(own, own)], k=1) == 1).sum())
    return found


def _checked(columns: dict, schema: pa.Schema) -> pa.Table:
    arrays = {f.name: pa.array(list(columns[f.name])).cast(f.type) for f in schema}
    return check_table(pa.table(arrays, schema=schema), schema)
