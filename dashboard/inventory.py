"""What the admin's pages read: the catalogue's own rows, who is who, sizes, audit, models, and the past for trials.

In: ids. Out: plain lists and frames, within the scope of whoever asks. The health of chats is read by `load`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any
from zoneinfo import available_timezones

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard import Frame, guard, load
from dashboard.load import ask
from dashboard.opened import store
from dashboard.words import aside, hidden, plain
from nuanqun import audit, house, regroup
from nuanqun.house import ChatRules
from nuanqun.store import SCHEMAS

MOST_PEOPLE = 200
NEAR_ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "UTC")

# --- chats


def chat_facts(chat_id: str) -> dict[str, str]:
    """Name, platform and zone of a chat."""
    guard.need("change_chats", chat_id)
    return store().known_chats()[chat_id]


def zones(now: str = "") -> list[str]:
    """Zones to choose from: the present one, those of Chinese groups, then all."""
    first = list(dict.fromkeys([*([now] if now else []), *NEAR_ZONES]))
    return first + sorted(zone for zone in available_timezones() if "/" in zone and zone not in first)


def archived() -> set[str]:
    """The chats that are out of the overviews."""
    return regroup.archived(store())


def chat_rules(chat_id: str) -> ChatRules:
    """The house rules of a chat."""
    guard.need("change_chats", chat_id)
    return house.rules_of(store(), chat_id)


def chat_sources(chat_id: str) -> dict[str, int]:
    """File name -> messages that came from it."""
    guard.need("change_chats", chat_id)
    return regroup.sources_of(store(), chat_id)


# --- members


def member_names(chat_id: str) -> dict[str, str]:
    """member_id -> name of a chat, those who write most first."""
    frame = load.table("members", chat_id).sort_values("messages", ascending=False)
    return {row["member_id"]: _named(row["name"], row["member_id"]) for row in frame.to_dict("records")}


def platforms() -> list[str]:
    """The platforms of the chats that this person may see."""
    guard.need("change_members")
    return sorted({facts["platform"] for facts in store().known_chats().values()})


def same_platform(chat_id: str) -> set[str]:
    """The other chats of the platform of this one: those that it can be merged into."""
    guard.need("change_chats", chat_id)
    known = store().known_chats()
    return {one for one, facts in known.items() if facts["platform"] == known[chat_id]["platform"]} - {chat_id}


def people(platform: str, wanted: str = "", keep: Iterable[str] = ()) -> dict[str, str]:
    """member_id -> name of the MOST_PEOPLE who write most on a platform and whose name or id holds `wanted`.

    Those in `keep` are among them in any case.
    """
    every = _members_of(platform)
    named = every["name"].astype("str") + "\n" + every["member_id"].astype("str")
    found = every[named.str.lower().str.contains(wanted.lower(), regex=False)].head(MOST_PEOPLE)
    frame = pd.concat([every[every["member_id"].isin(list(keep))], found]).drop_duplicates("member_id")
    return {row["member_id"]: _named(row["name"], row["member_id"]) for row in frame.to_dict("records")}


def same_names(platform: str) -> list[tuple[str, list[str]]]:
    """Names that several ids of a platform share: perhaps one person."""
    groups = _members_of(platform).groupby("name")["member_id"].agg(list)
    return [(str(name), ids) for name, ids in groups.items() if len(ids) > 1 and str(name)]


def aliases(platform: str) -> list[tuple[str, str]]:
    """(id, the id that stands for it)."""
    guard.need("change_members")
    return house.aliases_of(store(), platform)


def _members_of(platform: str) -> Frame:
    guard.need("change_members")
    chats = [chat_id for chat_id, facts in store().known_chats().items() if facts["platform"] == platform]
    frame = load.accounts()
    frame = frame[frame["chat_id"].isin(chats)].sort_values("messages", ascending=False)
    return frame.drop_duplicates("member_id")


def _named(name: str, member_id: str) -> str:
    shown = hidden(plain(member_id))
    return plain(name) + aside(shown) if name and name != member_id else shown


# --- the past


def latest_scored(most: int) -> Frame:
    """`text`, `ads_label`, `ads_score` and the latest `verdict` of the latest messages that were scored."""
    found = load.live_files(None)
    if not found["annotated"]:
        return pd.DataFrame(columns=["text", "ads_label", "ads_score", "verdict"])
    return ask(
        """SELECT m.text, a.ads_label, a.ads_score, v.label AS verdict
           FROM read_parquet($annotated) a JOIN read_parquet($files) m USING (chat_id, message_id)
           LEFT JOIN v USING (chat_id, message_id)
           WHERE a.ads_label IS NOT NULL ORDER BY m.sent_at DESC, m.message_id LIMIT $most""",
        {**found, "most": most},
        v=_last_verdicts(),
    )


def common_tokens(most: int) -> Frame:
    """`token` and `n`: the words of two letters and more that members say most."""
    chats = guard.person().chats
    return _common_tokens(None, None if chats is None else tuple(sorted(chats)), most)


@load.cached
def _common_tokens(chat_id: None, scope: tuple[str, ...] | None, most: int) -> Frame:
    """The same for a scope; `live_files` knows it too, here it keeps the caches of different people apart."""
    found = load.live_files(None)
    if not all(found.values()):
        return pd.DataFrame(columns=["token", "n"])
    return ask(
        """SELECT token, count(*) AS n
           FROM (SELECT unnest(tokens) AS token FROM read_parquet($annotated)
                 ANTI JOIN (SELECT chat_id, message_id FROM read_parquet($files) WHERE event IS NOT NULL)
                 USING (chat_id, message_id))
           WHERE length(token) BETWEEN 2 AND 12 AND regexp_matches(token, '\\p{L}')
           GROUP BY 1 ORDER BY n DESC, token LIMIT $most""",
        {**found, "most": most},
    )


def reviewed_ads() -> Frame:
    """`probability` that a reviewed message is an ad, and `is_ad` as a person decided."""
    standing, person = _last_verdicts(), guard.person()
    chats = {chat_id for chat_id in standing["chat_id"].to_pylist() if person.sees(chat_id)}
    found = [str(store().workspace / part.path) for part in store().parts("annotations") if part.chat_id in chats]
    if not found:
        return pd.DataFrame(columns=["probability", "is_ad"])
    return ask(
        """SELECT CASE WHEN a.ads_label = 'ad' THEN a.ads_score ELSE 1 - a.ads_score END AS probability,
                  v.label = 'ad' AS is_ad
           FROM read_parquet($annotated) a JOIN v USING (chat_id, message_id)
           WHERE v.label IN ('ad', 'fine') AND a.ads_label IS NOT NULL""",
        {"annotated": found},
        v=standing,
    )


def _last_verdicts() -> pa.Table:
    """The verdict that stands on every message; never cached, a decision shows at once."""
    frame = store().verdicts().select(["chat_id", "message_id", "label"]).to_pandas()
    frame = frame.drop_duplicates(["chat_id", "message_id"], keep="last")
    schema = pa.schema([(name, pa.string()) for name in ("chat_id", "message_id", "label")])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


# --- audit


def audit_known() -> tuple[list[str], list[str]]:
    """Actors and actions that occur."""
    guard.need("see_setup")
    return audit.known(store().engine)


def audit_count(actor: str | None, action: str | None) -> int:
    """How many rows there are."""
    guard.need("see_setup")
    return audit.count(store().engine, actor, action)


def audit_page(number: int, actor: str | None, action: str | None) -> list[dict[str, Any]]:
    """One page, the latest first."""
    guard.need("see_setup")
    return audit.page(store().engine, number, load.PAGE, actor, action)


# --- storage and models


def sizes() -> list[dict[str, Any]]:
    """Rows and bytes of every table, live files only."""
    guard.need("see_setup")
    return _sizes()


@load.cached
def _sizes() -> list[dict[str, Any]]:
    opened, found = store(), []
    for name in ("messages", "annotations", *SCHEMAS):
        parts = opened.parts(name)
        paths = [opened.workspace / part.path for part in parts]
        size = sum(path.stat().st_size for path in paths if path.exists())
        found.append({"table": name, "rows": sum(part.rows for part in parts), "bytes": size})
    return found


def older_than(before: datetime) -> dict[str, int]:
    """chat_id -> records before an instant."""
    guard.need("erase")
    opened, month = store(), f"{before:%Y-%m}"
    paths = [str(opened.workspace / part.path) for part in opened.parts("messages") if part.month <= month]
    if not paths:
        return {}
    frame = ask(
        "SELECT chat_id, count(*) AS n FROM read_parquet($files) WHERE epoch_ms(sent_at) < $before GROUP BY 1",
        {"files": paths, "before": int(before.timestamp() * 1000)},
    )
    return dict(zip(frame["chat_id"], frame["n"].astype(int), strict=True))


def model_versions() -> list[dict[str, Any]]:
    """Versions of models (and own words) that made the live annotations, with parts and messages."""
    guard.need("see_setup")
    return _model_versions()


@load.cached
def _model_versions() -> list[dict[str, Any]]:
    found: dict[str, list[int]] = {}
    for part in store().parts("annotations"):
        counts = found.setdefault(part.version, [0, 0])
        counts[0] += 1
        counts[1] += part.rows
    return [{"version": version, "parts": parts, "rows": rows} for version, (parts, rows) in sorted(found.items())]


def model_files() -> list[tuple[str, str, str]]:
    """Shipped model files: name, first digits of the checksum, and whether the file is as shipped."""
    guard.need("see_setup")
    return _model_files()


@st.cache_data(ttl=600, show_spinner=False)
def _model_files() -> list[tuple[str, str, str]]:
    folder, rows = files("models"), []
    for name, wanted in json.loads(folder.joinpath("manifest.json").read_text("utf-8")).items():
        path = folder.joinpath(*name.split("/"))
        state = (
            "missing" if not path.is_file() else "ok" if sha256(path.read_bytes()).hexdigest() == wanted else "changed"
        )
        rows.append((name, wanted[:12], state))
    return rows
