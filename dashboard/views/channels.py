"""Channels: where warnings and weekly reports are sent, a test of each, and what was delivered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import blocks, load, telling
from dashboard.words import NOTHING, escape, listed, moment, plain, refusal, t, word
from nuanqun.channels import channels
from nuanqun.errors import NuanqunError
from nuanqun.subscriptions import LEVELS, Subscription

ZONE = "Asia/Shanghai"  # of times that belong to no chat


def one(subscription: Subscription, names: dict[str, str]) -> None:
    """One channel with its buttons."""
    chats = subscription.chats
    scope = t("accounts.every") if chats is None else listed([names.get(c, c) for c in sorted(chats)])
    with st.container(border=True, key=f"channel_{subscription.id}"):
        st.text(f"{plain(subscription.name)} · {word('channel', subscription.channel)}")
        said = {t(f"channels.field.{name}"): value for name, value in subscription.shown().items() if value}
        st.caption(t("channels.sends", least=word("severity", subscription.least), scope=escape(scope)))
        st.text("\n".join(f"{name}: {plain(value)}" for name, value in said.items()))
        if subscription.weekly:
            st.caption(t("channels.weekly_on"))
        with st.container(horizontal=True):
            if st.button(t("channels.try"), key=f"try_{subscription.id}", help=t("channels.try_help")):
                error = telling.try_channel(subscription.id)
                st.session_state["channels_said"] = (error, subscription.name)
                st.rerun()
            turn = "off" if subscription.enabled else "on"
            if st.button(t(f"channels.{turn}"), key=f"turn_{subscription.id}"):
                telling.switch_channel(subscription.id, not subscription.enabled)
                st.rerun()
            if st.button(t("channels.remove"), key=f"remove_{subscription.id}", help=t("channels.remove_help")):
                telling.remove_channel(subscription.id)
                st.rerun()


def add(names: dict[str, str]) -> None:
    """The form for a new channel; its fields depend on the service."""
    kind = st.selectbox(
        t("channels.kind"), sorted(channels()), key="channel_kind", format_func=lambda k: word("channel", k),
        help=t("channels.kind_help"),
    )  # fmt: skip
    channel = channels()[kind]
    with st.form(f"channel_add_{kind}"):
        name = st.text_input(t("channels.name"), max_chars=80, help=t("channels.name_help"))
        config = {
            field: st.text_input(
                t(f"channels.field.{field}") + ("" if field in channel.optional else " *"),
                type="password" if field in channel.secret else "default",
                help=t(f"channels.field.{field}_help"), autocomplete="off", key=f"channel_{kind}_{field}",
            )
            for field in channel.fields
        }  # fmt: skip
        least = st.selectbox(
            t("channels.least"), LEVELS, LEVELS.index("warning"), format_func=lambda level: word("severity", level),
            help=t("channels.least_help"),
        )  # fmt: skip
        chats = st.multiselect(
            t("channels.chats"), list(names), format_func=lambda c: names.get(str(c), str(c)),
            help=t("channels.chats_help"), placeholder=t("accounts.every"),
        )  # fmt: skip
        weekly = st.toggle(t("channels.weekly"), help=t("channels.weekly_help"))
        mask = st.toggle(t("reports.mask"), help=t("reports.mask_help"))
        sent = st.form_submit_button(t("channels.add_go"), type="primary")
    if sent:
        try:
            telling.add_channel(name or word("channel", kind), kind, config, least, chats or None, weekly, mask)
        except NuanqunError as error:
            st.error(escape(refusal(str(error))))
            return
        st.session_state["channels_said"] = (None, name or word("channel", kind))
        st.rerun()


def delivered() -> None:
    """The last attempts."""
    rows = telling.deliveries()
    if not rows:
        st.caption(t("channels.none_sent"))
        return
    shown = pd.DataFrame(
        {
            "sent": [moment(row["at"], ZONE) for row in rows],
            "channel": [plain(row["channel"]) for row in rows],
            "result": [refusal(row["error"]) or t("channels.taken") for row in rows],
        }
    )
    columns = {name: blocks.column(name) for name in shown.columns}
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("channels.sent_alt"))


def show() -> None:
    """The page."""
    blocks.title("channels")
    if said := st.session_state.pop("channels_said", None):
        error, name = said
        if error:
            st.error(t("channels.failed", name=escape(name), error=escape(refusal(error))))
        else:
            st.success(t("channels.kept" if error is None else "channels.ok", name=escape(name)))
    names = load.chat_names()
    for subscription in telling.channels():
        one(subscription, names)
    with st.expander(t("channels.add"), expanded=not telling.channels()):
        add(names)
    blocks.section("deliveries")
    delivered()


show()
