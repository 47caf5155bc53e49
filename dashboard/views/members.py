"""Who carries a chat: KOLs with reasons, roles in both systems, the reply network, closeness, what to do for whom."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from community.periods import compare
from community.reasons import read_reason
from dashboard import Frame, Row, behind, blocks, charts, load, network, periods
from dashboard.words import NOTHING, clauses, day, escape, number, percent, place, sentence, signed, t, word

MOST_KOLS = 20
TIERS = ("core", "familiar", "acquainted", "distant")
MOST_LOSSES = 8
MOST_HOSTS = 12


def interval(row: Row) -> str:
    """The answered share of a member's messages with its 95 % interval."""
    if pd.isna(row["replies_low"]) or pd.isna(row["replies_high"]):
        return NOTHING
    return f"{percent(row['replies_low'])}–{percent(row['replies_high'])}"


def uplifts(chat_id: str) -> dict[str, str]:
    """member_id -> how many more others speak after this member did, with the 95 % interval."""
    rows = load.table("indicators", chat_id)
    found = {}
    for row in rows[rows["panel"] == "uplift"].to_dict("records"):
        _, said = read_reason(row["why"][0])
        extra, low, high = (signed(float(said[name]), 1) for name in ("extra", "low", "high"))  # type: ignore[arg-type]
        found[row["member_ids"][0]] = t("chat.extra", extra=extra, low=low, high=high)
    return found


def kol_rows(members: Frame, pulls: dict[str, str]) -> Frame:
    """The strongest members, strongest first, with the parts of their influence."""
    ranked = members[members["influence_rank"].notna()].sort_values("influence_rank").head(MOST_KOLS)
    return pd.DataFrame(
        {
            "rank": ranked["influence_rank"].astype("int64"),
            "name": ranked["name"],
            "influence": ranked["influence"].astype("float64"),
            "uplift": [pulls.get(member, NOTHING) for member in ranked["member_id"]],
            "active_days": ranked["active_days_84d"],
            "repliers": ranked["repliers_84d"],
            "replies": ranked["replies_per_message"].astype("float64"),
            "answered": [interval(row) for row in ranked.to_dict("records")],
            "starts": ranked["starts_84d"],
            "reasons": [clauses([sentence(r) for r in reasons]) or NOTHING for reasons in ranked["influence_reasons"]],
            "member_id": ranked["member_id"],
        }
    )


def kols(members: Frame, chat_id: str) -> None:
    """The KOL table; one selected row shows the messages that were answered most."""
    blocks.section("kols")
    rows = kol_rows(members, uplifts(chat_id))
    if rows.empty:
        st.info(t("empty.no_kols"))
        return
    column, config = blocks.column, st.column_config
    columns = {
        "name": column("name", pinned=True, width="medium"),
        "influence": column("influence", config.ProgressColumn, min_value=0, max_value=100, format="%.0f"),
        "replies": column("replies", config.NumberColumn, format="%.2f"),
        "uplift": column("uplift", width=150),
        "reasons": column("reasons", width="large"),
        "member_id": None,
        **{n: column(n, config.Column) for n in ("rank", "active_days", "repliers", "answered", "starts")},
    }
    chosen = st.dataframe(
        rows, column_config=columns, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"kols_{abs(hash(tuple(rows['member_id'])))}", placeholder=NOTHING, alt=t("members.kols_alt"),
    )  # fmt: skip
    position = (chosen["selection"]["rows"] or [0])[0]
    member = members.set_index("member_id").loc[rows["member_id"].iloc[position]]
    st.subheader(t("members.most_answered", name=escape(member["name"])), anchor=False)
    blocks.messages(load.by_ids(chat_id, tuple(member["top_message_ids"])), "most_answered")
    blocks.see(said_by(chat_id, rows["member_id"].iloc[position]), t("members.all_of", name=escape(member["name"])))


def said_by(chat_id: str, member_id: str) -> dict[str, str]:
    """Everything a member said in the last 84 days."""
    return behind.link(chat_id, load.table("days", chat_id), 84, who=behind.key_of_member(member_id))


def roles(members: Frame) -> None:
    """How many members play which role, in both systems side by side."""
    blocks.section("roles")
    for column, system in zip(st.columns(2), ("participation", "social"), strict=True):
        with column:
            counts = members[f"{system}_role"].value_counts()
            names = [word(f"role.{system}", role) for role in counts.index]
            st.subheader(t(f"members.{system}"), anchor=False, help=t(f"members.{system}_help"))
            alt = t("chart.roles_alt", system=t(f"members.{system}"), top=names[0], members=int(counts.iloc[0]))
            blocks.chart(charts.bars(names, {t("chart.members"): counts.tolist()}, alt), f"roles_{system}")


def roster(members: Frame, zone: str) -> None:
    """Every member with both roles, why, and the prescription; filtered by role, 50 a page."""
    blocks.section("roster")
    wanted = st.pills(
        t("members.filter"),
        sorted(members["social_role"].unique()),
        format_func=lambda role: word("role.social", role),
        selection_mode="multi",
        key="social_roles",
    )
    shown = members[members["social_role"].isin(wanted)] if wanted else members
    shown = shown.sort_values(["closeness", "messages"], ascending=False, kind="stable")
    part = blocks.page_of(shown, "roster_page").to_dict("records")
    st.caption(t("members.count", shown=len(shown), total=len(members)))
    st.dataframe(
        pd.DataFrame([roster_row(m, zone) for m in part]), column_config=roster_columns(), hide_index=True,
        placeholder=NOTHING, alt=t("members.roster_alt"),
    )  # fmt: skip


def roster_row(member: Row, zone: str) -> Row:
    """One member as the roster shows it."""
    reasons = [*member["participation_reasons"], *member["social_reasons"]]
    return {
        "name": member["name"],
        "participation": word("role.participation", member["participation_role"]),
        "social": word("role.social", member["social_role"]),
        "prescription": clauses([sentence(r) for r in member["prescription"]]) or NOTHING,
        "why": clauses([sentence(r) for r in reasons]) or NOTHING,
        "closeness": float(member["closeness"]),
        "messages": int(member["messages"]),
        "recent": int(member["messages_84d"]),
        "last_seen": day(member["last_seen"].astimezone(place(zone)).date(), year=True),
        "ads": int(member["ads"]),
    }


def roster_columns() -> Row:
    """Names, definitions and formats of the roster."""
    column, config = blocks.column, st.column_config
    return {
        "name": column("name", pinned=True, width="medium"),
        "closeness": column("closeness", config.ProgressColumn, min_value=0, max_value=100, format="%.0f"),
        **{n: column(n, config.NumberColumn, format="localized") for n in ("messages", "recent", "ads")},
        **{n: column(n) for n in ("participation", "social", "last_seen")},
        **{n: column(n, width="large") for n in ("why", "prescription")},
    }


def closeness(members: Frame) -> None:
    """Members by closeness tier, and what each tier carries."""
    blocks.section("closeness")
    counts = members["closeness_tier"].value_counts().reindex(TIERS, fill_value=0)
    alt = t("chart.closeness_alt", members=len(members), close=int(counts.iloc[0]))
    names = [word("closeness_tier", tier) for tier in TIERS]
    blocks.chart(charts.bars(names, {t("chart.members"): counts.tolist()}, alt), "closeness")


def losing(chat_id: str, members: Frame) -> None:
    """Who used to come and is falling silent, the most important first, with a way to begin the talk."""
    blocks.section("losing")
    found = load.table("losses", chat_id)
    if found.empty:
        st.success(t("empty.no_losses"))
        return
    names = dict(zip(members["member_id"], members["name"], strict=True))
    order = found["was"].map({"kol": 0, "vital": 1}).fillna(2)
    rows = found.assign(_order=order).sort_values(["_order", "share"], ascending=[True, False]).head(MOST_LOSSES)
    for position, row in enumerate(rows.to_dict("records")):
        with st.container(border=True):
            who = names.get(row["member_id"], row["member_id"])
            why = clauses([sentence(reason) for reason in row["why"]])
            st.text(t("members.losing", name=who, was=word("was", row["was"]), why=why))
            near = [names.get(partner, partner) for partner in row["partners"]][:3]
            if near:
                st.text(t("members.partners", names=near))
            if len(row["opener"]):
                st.text(t("members.opener", opener=clauses([sentence(reason) for reason in row["opener"]])))
            with st.expander(t("warning.evidence", count=len(row["message_ids"]))):
                blocks.messages(load.by_ids(chat_id, tuple(row["message_ids"])), f"loss_{position}")
                blocks.see(behind.link(chat_id, of=f"losses:{behind.key_of_member(row['member_id'])}"))


def invitations(members: Frame) -> None:
    """Who brought whom, those who brought most first."""
    blocks.section("invitations")
    names = dict(zip(members["member_id"], members["name"], strict=True))
    brought = members[members["invited_by"].notna()].groupby("invited_by")["name"].agg(list)
    if brought.empty:
        st.caption(t("empty.no_invitations"))
        return
    hosts = sorted(brought.items(), key=lambda pair: -len(pair[1]))[:MOST_HOSTS]
    st.text(
        "\n".join(
            t("members.invited", name=names.get(host, host), count=len(guests), guests=guests[:8])
            for host, guests in hosts
        )
    )


def show_network(chat_id: str) -> None:
    """The reply network."""
    blocks.section("network")
    drawn = draw_network(chat_id)
    if drawn is None:
        st.caption(t("empty.no_edges"))
    else:
        blocks.chart(drawn, "network")
        st.text(drawn.alt)


@load.cached
def draw_network(chat_id: str) -> charts.Chart | None:
    """The network of one chat, laid out once a version of the store."""
    return network.graph(load.table("edges", chat_id), load.table("members", chat_id))


def numbers(chat_id: str, members: Frame, span: int) -> None:
    """How many there are, how many speak, how many are near; what has a course, against the period before."""
    people, days = members[~members["is_bot"]], load.table("days", chat_id)
    grid, found = st.grid(min_column_width=150), periods.of_chat(days, span)
    left = number(int(people["left_at"].notna().sum()))
    blocks.figure(grid, "members_all", number(len(people)), t("members.left", count=left))
    spoken = t("members.spoken", share=percent((people["messages"] > 0).mean()))
    recent = behind.link(chat_id, days, 84)
    blocks.figure(grid, "members_84d", number(int((people["messages_84d"] > 0).sum())), spoken, recent)
    for name, what in (("speakers", "every"), ("newcomers", "first")):
        link = behind.link(chat_id, days, span, what=what)
        blocks.figure(grid, name, periods.value(name, found[name]), periods.moved(name, found[name]), link)
    for name in ("joins", "leaves"):
        moves = compare(days[name].to_numpy(float), span)
        value, said = periods.value("newcomers", moves), periods.moved("newcomers", moves)
        blocks.figure(grid, name, value, said, behind.link(chat_id, days, span, what="moves"))
    blocks.figure(grid, "closeness_mean", number(float(people["closeness"].mean())))


def show() -> None:
    """The page."""
    blocks.title("members")
    chats = blocks.need_chats()
    chat_id = str(blocks.pick_chat(chats))
    members = load.table("members", chat_id)
    if members.empty:
        blocks.empty("empty.no_members", "empty.no_members_why")
        return
    numbers(chat_id, members, blocks.pick_span())
    views = ("carriers", "losing", "newcomers", "network", "roster")
    tabs = dict(zip(views, st.tabs([t(f"members.tab_{name}") for name in views]), strict=True))
    with tabs["carriers"]:
        kols(members, chat_id)
        blocks.panels(chat_id, ("pull",))
        roles(members)
    with tabs["losing"]:
        losing(chat_id, members)
        blocks.panels(chat_id, ("crew",))
    with tabs["newcomers"]:
        blocks.panels(chat_id, ("newcomers",))
        invitations(members)
        blocks.panels(chat_id, ("invitations",))
    with tabs["network"]:
        show_network(chat_id)
        closeness(members)
        blocks.panels(chat_id, ("closeness",))
    with tabs["roster"]:
        roster(members, chats.set_index("chat_id").loc[chat_id, "zone"])


show()
