"""What a chat talks about on the manager's screen: topics, mood, demand, and what wakes it, each with its messages.

In: a chat and DAYS. Out: elements on the page. Example: `topics(chat_id, days, 28)`.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, behind, blocks, charts, load, words
from dashboard.words import NOTHING, escape, hidden, plain, sentence, signed, t, word

MOST_TOPICS = 12
NEW_TOPIC = 3
"""Messages of the period from which a topic that was silent before counts as new."""
SHOWN = 8


def topics(chat_id: str, days: Frame, span: int) -> None:
    """What it talks about, now and in the period before, and what is new; a bar opens its messages."""
    blocks.section("topics")
    counts = load.topics(chat_id, span).head(MOST_TOPICS)
    if counts.empty:
        st.caption(t("empty.no_topics"))
        return
    names = [words.topics().get(str(topic), str(topic)) for topic in counts["topic"]]
    fresh = [n for n, c in zip(names, counts.to_dict("records"), strict=True) if c["now"] >= NEW_TOPIC > c["before"]]
    if fresh:
        st.text(t("chat.new_topics", topics=fresh))
    now, before = t("chart.these", days=span), t("chart.those", days=span)
    alt = t("chart.topics_alt", top=names[0], messages=int(counts["now"].iloc[0]))
    drawn = charts.bars(names, {now: counts["now"].tolist(), before: counts["before"].tolist()}, alt)
    blocks.chart(drawn, "topics", lambda n: behind.link(chat_id, days, span, topic=counts["topic"].iloc[n]))
    with st.container(horizontal=True):
        for topic, name in zip(counts["topic"][:5], names[:5], strict=True):
            blocks.see(behind.link(chat_id, days, span, topic=topic), name)


def own_topics(chat_id: str) -> None:
    """What it talks about in its own words, week by week; a selected row shows the messages that say it best."""
    blocks.section("own_topics")
    found = load.table("topics", chat_id).head(MOST_TOPICS)
    if found.empty:
        st.caption(t("empty.no_own_topics"))
        return
    shown = pd.DataFrame(
        {
            "own_words": [plain(hidden(words.listed(list(said)))) for said in found["words"]],
            "state": [t("chat.topic_new") if new else "" for new in found["is_new"]],
            **{name: found[name] for name in ("messages", "people")},
            "weekly": found["weekly"],
            "topic_trend": [
                NOTHING if pd.isna(x) else t("chat.times", times=round(float(x), 1)) for x in found["trend"]
            ],
        }
    )
    config = st.column_config
    columns = {
        "own_words": blocks.column("own_words", width="large"),
        "weekly": blocks.column("weekly", config.BarChartColumn, y_min=0),
        **{name: blocks.column(name, config.NumberColumn) for name in ("messages", "people")},
        **{name: blocks.column(name) for name in ("state", "topic_trend")},
    }
    chosen = st.dataframe(
        shown, column_config=columns, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"own_topics_{chat_id}", placeholder=NOTHING, alt=t("chat.own_topics_alt"),
    )  # fmt: skip
    position = min((chosen["selection"]["rows"] or [0])[0], len(found) - 1)
    ids = tuple(str(i) for i in found["message_ids"].iloc[position])[:SHOWN]
    st.caption(t("chat.own_topic_messages", words=escape(shown["own_words"].iloc[position])))
    blocks.messages(load.by_ids(chat_id, ids), "own_topics_messages")


def mood(chat_id: str, days: Frame, span: int) -> None:
    """The mood and the messages behind it."""
    blocks.section("mood")
    if days["mood"].notna().any():
        blocks.chart(charts.mood(days), "mood", lambda n: on_day(chat_id, days, n))
    for label in ("negative", "positive"):
        with st.expander(t(f"chat.mood_{label}", days=span)):
            blocks.messages(load.moods(chat_id, label, span, SHOWN), f"mood_{label}")
            blocks.see(behind.link(chat_id, days, span, what=label))


def on_day(chat_id: str, days: Frame, at: int) -> dict[str, str] | None:
    """The messages of one day of a chart over DAYS."""
    if at >= len(days):
        return None  # of the forecast
    return behind.link(chat_id, first=days["day"].iloc[at], last=days["day"].iloc[at])


def demand(chat_id: str, days: Frame, span: int) -> None:
    """The latest requests for goods, services and recommendations, below the panel that counts them."""
    st.caption(t("chat.demand_latest", days=span))
    blocks.messages(load.demand(chat_id, span, SHOWN), "demand")
    blocks.see(behind.link(chat_id, days, span, what="demand"))


def catalysts(chat_id: str) -> None:
    """What wakes the chat, by kind, against matched moments; a selected row opens its messages."""
    blocks.section("catalysts")
    found = load.table("catalysts", chat_id)
    if found.empty:
        st.caption(t("empty.no_catalysts"))
        return
    shown = pd.DataFrame(
        {
            "catalyst": [word("catalyst_kind", kind) for kind in found["kind"]],
            "events": found["events"],
            "extra": [t("chat.extra", extra=signed(e, 1), low=signed(low, 1), high=signed(high, 1)) for e, low, high in
                      zip(found["extra"], found["extra_low"], found["extra_high"], strict=True)],
            "extra_day": found["extra_day"].astype("float64"),
            "half_life": found["half_life"].astype("float64"),
            "why": [words.clauses([sentence(reason) for reason in reasons]) for reasons in found["why"]],
        }
    )  # fmt: skip
    config = st.column_config
    columns = {
        **{name: blocks.column(name) for name in ("catalyst", "extra")},
        "events": blocks.column("events", config.NumberColumn),
        **{name: blocks.column(name, config.NumberColumn, format="%.1f") for name in ("extra_day", "half_life")},
        "why": blocks.column("why", width="large"),
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("chat.catalysts_alt"))
    with st.container(horizontal=True):
        for kind in found["kind"]:
            blocks.see(behind.link(chat_id, of=f"catalysts:{kind}"), word("catalyst_kind", kind))
