"""The only reader of the store: every page asks here, every answer is masked and safe to show.

In: the workspace named by NUANQUN_WORKSPACE. Out: pandas frames and lists. Small tables are cached by the store's
version; messages are queried page by page with DuckDB over the live Parquet files, never loaded whole.
Example: `load.table("days", chat_id)`. The review queue is flagged.py; what people write, decisions.py and handled.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from community.lexicon import phrases
from community.periods import Period, compare
from community.reasons import read_reason
from community.tables import MEMBERS
from dashboard import Frame, guard
from dashboard.opened import open_store as _open
from dashboard.opened import store, workspace
from dashboard.words import hidden, place, plain, word
from nuanqun import regroup
from nuanqun.errors import Forbidden
from nuanqun.parts import read_parts
from nuanqun.suggestions import SHOWN

PAGE = 50
AROUND = 5
DAY_MS = 86_400_000
ORDER = "m.sent_at, m.source, m.source_line"
ACCOUNT = ("chat_id", "member_id", "name", "platform_role", "messages", "ads", "left_at")
"""What is asked about members of all chats at once."""


@st.cache_resource(max_entries=1, show_spinner=False)
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"threads": 2})


def ask(sql: str, parameters: dict[str, Any], **tables: pa.Table) -> Frame:
    """Run one query on a cursor of its own; `tables` are visible to it by name.

    Instants are compared by epoch_ms: arithmetic on TIMESTAMPTZ needs an extension that Python's DuckDB lacks.
    """
    cursor = _database().cursor()
    try:
        for name, table in tables.items():
            cursor.register(name, table)
        used = {name: value for name, value in parameters.items() if f"${name}" in sql}
        return cursor.sql(sql, params=used).to_arrow_table().to_pandas()
    finally:
        cursor.close()


_OF_VERSION: list[Callable[[], None]] = []
"""What empties the caches that may hold much."""
_seen: dict[str, str] = {}


def of_version(empty: Callable[[], None]) -> None:
    """Let `empty` be called when the store has a new version: it lets go of what was kept of the old one."""
    _OF_VERSION.append(empty)


def key_of() -> tuple[str, str]:
    """What a cache of the workspace is keyed by: its folder and the store's version.

    With a new version the old one is asked for by nobody any more: what was kept of it is let go at once.
    """
    path, version = str(workspace().resolve()), store().version()
    if _seen.get(path, version) != version:
        for empty in _OF_VERSION:
            empty()
    _seen[path] = version
    return path, version


# --- tables of the analysis


def chats() -> Frame:
    """CHATS that this person may see and nobody archived: worst warning first, then highest risk, then coldest."""
    frame, gone = _chats(*key_of()), regroup.archived(store())
    mine = guard.person().chats
    kept = ~frame["chat_id"].isin(gone) if mine is None else frame["chat_id"].isin(mine - set(gone))
    return frame[kept].reset_index(drop=True)


@st.cache_resource(max_entries=4, show_spinner=False)  # not copied for every run; nobody changes it
def _chats(path: str, version: str) -> Frame:
    table = _open(path).chats().to_pandas()
    urgency = table["severity"].map({"critical": 0, "warning": 1, "notice": 2}).fillna(3)
    order = table.assign(_urgency=urgency, _risk=-table["risk_12w"].fillna(0))
    order = order.sort_values(["_urgency", "_risk", "temperature", "chat_id"])
    return masked(order.drop(columns=["_urgency", "_risk"]), "name").reset_index(drop=True)


of_version(_chats.clear)


def chat_names() -> dict[str, str]:
    """chat_id -> name with its platform, of every chat that this person may see, analysed or not.

    Chats that are called alike, as two exports of one chat are, have the beginning of their ids behind the name.
    """
    person = guard.person()
    known = {chat_id: facts for chat_id, facts in store().known_chats().items() if person.sees(chat_id)}
    names = {
        chat_id: f"{hidden(plain(facts['name']))} · {word('platform', facts['platform'])}"
        for chat_id, facts in known.items()
    }
    often = Counter(names.values())
    return {chat_id: name if often[name] == 1 else f"{name} · {chat_id[:4]}" for chat_id, name in names.items()}


def table(name: str, chat_id: str | None = None) -> Frame:
    """EDGES, MEMBERS, DAYS or ALERTS by name, of one chat or of all that this person may see; nicknames masked."""
    check_scope(chat_id)
    return in_scope(_table(*key_of(), name, chat_id))


@st.cache_data(max_entries=120, max_size="300MB", show_spinner=False)
def _table(path: str, version: str, name: str, chat_id: str | None) -> Frame:
    frame = _open(path).table(name, chat_id).to_pandas()
    return masked(frame, "name") if name == "members" else frame


of_version(_table.clear)


def accounts() -> Frame:
    """ACCOUNT columns of MEMBERS, all chats that this person may see; one frame for all sessions, never change it."""
    return in_scope(_accounts(*key_of()))


def accounts_of(member_id: str) -> Frame:
    """The rows of `accounts` of one account."""
    frame = _accounts(*key_of())
    return in_scope(frame.iloc[np.flatnonzero((frame["member_id"] == member_id).to_numpy())])


@st.cache_resource(max_entries=2, show_spinner=False)
def _accounts(path: str, version: str) -> Frame:
    opened = _open(path)
    return masked(read_parts(opened.workspace, opened.parts("members"), MEMBERS, ACCOUNT).to_pandas(), "name")


of_version(_accounts.clear)


def check_scope(chat_id: str | None) -> None:
    """Raise Forbidden when this person may not see the chat; addresses are typed by hand."""
    if chat_id is not None and not guard.person().sees(chat_id):
        raise Forbidden(f"chat {chat_id} is not among the chats of this account")


def in_scope(frame: Frame) -> Frame:
    """The rows of chats that this person may see, numbered anew."""
    return scoped(frame).reset_index(drop=True)


def scoped(frame: Frame) -> Frame:
    """The rows of chats that this person may see; the frame itself for somebody who sees all."""
    chats = guard.person().chats
    return frame if chats is None else frame[frame["chat_id"].isin(chats)]


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Cache a function of ids by the store's version, the chat's id first; frames never are arguments."""

    @st.cache_data(max_entries=120, max_size="300MB", show_spinner=False)
    def remembered(name: str, path: str, version: str, *arguments: Any) -> Any:
        return function(*arguments)

    of_version(remembered.clear)

    def asked(*arguments: Any) -> Any:
        check_scope(arguments[0] if arguments else None)  # what is cached was perhaps asked by somebody else
        return remembered(function.__name__, *key_of(), *arguments)

    return asked


@cached
def kol_names() -> dict[str, list[str]]:
    """Names of the strongest members of every chat, strongest first."""
    kols = {row["chat_id"]: row["kols"] for row in _chats(*key_of())[["chat_id", "kols"]].to_dict("records")}
    members = _accounts(*key_of())
    strong = members[members["member_id"].isin({kol for ids in kols.values() for kol in ids})]
    names = dict(zip(zip(strong["chat_id"], strong["member_id"], strict=True), strong["name"], strict=True))
    return {chat_id: [names.get((chat_id, kol), str(kol)) for kol in ids] for chat_id, ids in kols.items()}


def receipts() -> list[dict[str, Any]]:
    """Receipts of all imports of the chats that this person may see, newest first."""
    person = guard.person()
    return [receipt for receipt in store().receipts() if person.sees(receipt["chat_id"])]


def forecast(chat_id: str) -> tuple[float, float, float] | None:
    """Low, middle and high of the messages of the next 28 days, None where nothing is said."""
    rows = table("indicators", chat_id)
    found = rows.loc[(rows["panel"] == "outlook") & (rows["item"] == "messages"), "why"]
    if found.empty or not len(found.iloc[0]):
        return None
    _, said = read_reason(found.iloc[0][0])
    return float(said["low"]), float(said["middle"]), float(said["high"])  # type: ignore[arg-type]


@cached
def platforms() -> dict[str, str]:
    """chat_id -> platform of every analysed chat."""
    frame = _chats(*key_of())
    return dict(zip(frame["chat_id"], frame["platform"], strict=True))


@cached
def panels(chat_id: str) -> dict[str, tuple[list[str], set[str]]]:
    """panel -> its reasons in order, and the ids of the messages behind them, of INDICATORS of one chat."""
    found: dict[str, tuple[list[str], set[str]]] = {}
    for row in table("indicators", chat_id)[["panel", "why", "message_ids"]].to_dict("records"):
        whys, ids = found.setdefault(row["panel"], ([], set()))
        whys.extend(row["why"])
        ids.update(row["message_ids"])
    return found


@cached
def recent() -> Frame:
    """`chat_id`, `back` (0 = the last day of its export) and counts a day of the last 168 days of every chat.

    Not in anybody's scope yet: cut it with `in_scope`.
    """
    columns = ["chat_id", "day", "messages", "messages_clean", "ads", "senders_clean"]
    days = store().table("days").select(columns).to_pandas()
    back = days.groupby("chat_id").cumcount(ascending=False)
    return days.assign(back=back)[back < 168].drop(columns="day")


@cached
def changes(chat_id: None, span: int) -> dict[str, Period]:
    """Counted messages of the last `span` days of every chat against as many before; not in anybody's scope yet."""
    days = recent()[["chat_id", "messages_clean"]].groupby("chat_id", sort=False)["messages_clean"]
    return {str(one): compare(counts.to_numpy(float), span) for one, counts in days}


# --- messages


def live_files(chat_id: str | None, *, every: bool = False) -> dict[str, list[str]]:
    """Live Parquet files of MESSAGES and ANNOTATIONS as query parameters; empty lists before an analysis.

    Of one chat, or of all that this person may see; of really all with `every`, for caches that are cut afterwards.
    """
    opened, person = store(), guard.person()
    check_scope(chat_id)
    return {
        name: [
            str(opened.workspace / part.path)
            for part in opened.parts(table_name, chat_id)
            if every or person.sees(part.chat_id)
        ]
        for name, table_name in (("files", "messages"), ("annotated", "annotations"))
    }


@cached
def hours(chat_id: str, zone: str) -> Frame:
    """Members' messages by local `weekday` 0..6 (Monday = 0) and `hour` 0..23."""
    files = live_files(chat_id)
    if files["files"]:
        sent = ask("SELECT epoch_ms(sent_at) AS ms FROM read_parquet($files) WHERE event IS NULL", files)
    else:  # analysed, and the messages are gone
        sent = pd.DataFrame({"ms": pd.Series([], dtype="int64")})
    local = pd.to_datetime(sent["ms"], unit="ms", utc=True).dt.tz_convert(place(zone))
    counts = pd.DataFrame({"weekday": local.dt.day_of_week, "hour": local.dt.hour}).value_counts()
    grid = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    return counts.reindex(grid, fill_value=0).rename("messages").reset_index()


@cached
def topics(chat_id: str, days: int) -> Frame:
    """`topic`, `now` and `before`: messages of the last `days` days of the export and of as many before them."""
    files = live_files(chat_id)
    if not all(files.values()):
        return pd.DataFrame(columns=["topic", "now", "before"])
    return ask(
        """WITH m AS (SELECT message_id, epoch_ms(sent_at) AS ms, max(epoch_ms(sent_at)) OVER () AS ended
                      FROM read_parquet($files) WHERE event IS NULL)
           SELECT topic_label AS topic,
                  count(*) FILTER (WHERE ms > ended - $window) AS now,
                  count(*) FILTER (WHERE ms <= ended - $window AND ms > ended - 2 * $window) AS before
           FROM read_parquet($annotated) JOIN m USING (message_id)
           WHERE topic_label IS NOT NULL
           GROUP BY 1 HAVING now + before > 0 ORDER BY now DESC, before DESC, 1""",
        {**files, "window": days * DAY_MS},
    )


@cached
def moods(chat_id: str, label: str, days: int, most: int) -> Frame:
    """The `most` clearest messages of one mood (positive, negative) in the last `days` days."""
    files = live_files(chat_id)
    if not all(files.values()):
        return no_messages()
    return messages_of(
        f"""SELECT {SHOWN}, a.sentiment_score AS score
            FROM (SELECT *, max(epoch_ms(sent_at)) OVER () AS ended FROM read_parquet($files)) m
            JOIN read_parquet($annotated) a USING (chat_id, message_id)
            WHERE m.event IS NULL AND epoch_ms(m.sent_at) > ended - $window AND length(m.text) BETWEEN 4 AND 200
              AND a.sentiment_label = $label AND coalesce(a.ads_label, '') <> 'ad'
            ORDER BY a.sentiment_score DESC, {ORDER} LIMIT $most""",
        {**files, "label": label, "window": days * DAY_MS, "most": most},
    )


@cached
def demand(chat_id: str, days: int, most: int) -> Frame:
    """The latest messages of the last `days` days in which somebody looks for goods, a service or advice to buy."""
    files = live_files(chat_id)
    if not all(files.values()):
        return no_messages()
    return messages_of(
        f"""SELECT {SHOWN} FROM (SELECT *, max(epoch_ms(sent_at)) OVER () AS ended FROM read_parquet($files)) m
            JOIN read_parquet($annotated) a USING (chat_id, message_id)
            WHERE m.event IS NULL AND epoch_ms(m.sent_at) > ended - $window AND length(m.text) <= 200
              AND regexp_matches(m.text, $pattern) AND coalesce(a.ads_label, '') <> 'ad'
            ORDER BY m.sent_at DESC LIMIT $most""",
        {**files, "pattern": phrases("demand"), "window": days * DAY_MS, "most": most},
    )


@cached
def by_ids(chat_id: str, ids: tuple[str, ...]) -> Frame:
    """The messages with these ids, oldest first; the evidence behind a number."""
    files = live_files(chat_id)
    if not ids or not files["files"]:
        return no_messages()
    return messages_of(
        f"SELECT {SHOWN} FROM read_parquet($files) m WHERE list_contains($ids, m.message_id) ORDER BY {ORDER}",
        {**files, "ids": list(ids)},
    )


@cached
def around(chat_id: str, message_id: str) -> Frame:
    """A message with the five before and after it; `offset` is -5..5."""
    files = live_files(chat_id)
    if not files["files"]:
        return no_messages()
    return messages_of(
        f"""WITH m AS (SELECT *, row_number() OVER (ORDER BY sent_at, source, source_line) AS n
                       FROM read_parquet($files) WHERE event IS NULL),
                 here AS (SELECT n FROM m WHERE message_id = $id)
            SELECT {SHOWN}, CAST(m.n - here.n AS INTEGER) AS "offset" FROM m, here
            WHERE m.n BETWEEN here.n - $around AND here.n + $around ORDER BY m.n""",
        {**files, "id": message_id, "around": AROUND},
    )


# --- shaping


def messages_of(sql: str, parameters: dict[str, Any], **tables: pa.Table) -> Frame:
    """The messages that a query finds, fit for a screen."""
    return masked(ask(sql, parameters, **tables), "sender", "text")


def masked(frame: Frame, *columns: str) -> Frame:
    """`frame` with personal data starred in these columns."""
    starred = {name: [hidden(v) if isinstance(v, str) else "" for v in frame[name]] for name in columns}
    return frame.assign(**starred)


def no_messages() -> Frame:
    """An empty frame of messages."""
    return pd.DataFrame(columns=["chat_id", "message_id", "sent_at", "zone", "sender", "text", "kind", "score"])
