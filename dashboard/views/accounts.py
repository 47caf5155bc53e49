"""Accounts: who may come in, in which role, to which chats; passwords, closing, ending sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import Frame, blocks, load, office, people
from dashboard.opened import without_login
from dashboard.words import NOTHING, escape, listed, moment, plain, t, word
from nuanqun.access import ROLES
from nuanqun.errors import AccountError

ZONE = "Asia/Shanghai"  # of times that belong to no chat


def attempt(change: Callable[..., Any], done: str, *arguments: Any, name: str, **options: Any) -> bool:
    """Do it and say so on the next run; what will not do is said at once."""
    try:
        count = change(*arguments, **options)
    except AccountError as error:
        st.error(t(f"account.{error.reason}"))
        return False
    st.session_state["accounts_said"] = t(f"accounts.{done}", name=escape(name), count=count or 0)
    return True


def table(rows: Frame, names: dict[str, str]) -> None:
    """Everybody, the closed ones too."""
    shown = pd.DataFrame(
        {
            "account": [plain(name) for name in rows["name"]],
            "role_of": [word("role_of", role) for role in rows["role"]],
            "scope": [scope_text(chats, names) for chats in rows["chats"]],
            "status": [status(row) for row in rows.to_dict("records")],
            "seen": [moment(at, ZONE) if pd.notna(at) else NOTHING for at in rows["seen_at"]],
            "created": [moment(at, ZONE) for at in rows["created_at"]],
        }
    )
    columns = {name: blocks.column(name) for name in shown.columns}
    st.dataframe(shown, column_config=columns, hide_index=True, alt=t("accounts.table_alt"))


def scope_text(chats: frozenset[str] | None, names: dict[str, str]) -> str:
    """The chats of an account by name."""
    return t("accounts.every") if chats is None else listed(sorted(names.get(c, c) for c in chats)) or NOTHING


def status(row: dict[str, Any]) -> str:
    """Open or closed, and how they come in."""
    said = t("accounts.closed") if row["disabled"] else t("accounts.active")
    return said if row["has_password"] else f"{said} · {t('accounts.organisation')}"


def role_and_scope(
    key: str, names: dict[str, str], role: str = "manager", chats: frozenset[str] | None = None
) -> tuple[str, list[str] | None]:
    """The two fields of both forms; no chat chosen = every chat."""
    chosen = st.selectbox(
        t("accounts.role"), ROLES, ROLES.index(role), key=f"{key}_role", help=t("accounts.role_help"),
        format_func=lambda r: word("role_of", r),
    )  # fmt: skip
    scope = st.multiselect(
        t("accounts.scope"), list(names), [c for c in chats or () if c in names], key=f"{key}_scope",
        format_func=lambda c: names.get(str(c), str(c)), help=t("accounts.scope_help"), placeholder=t("accounts.every"),
    )  # fmt: skip
    return chosen, scope or None


def add(names: dict[str, str], *, known: bool) -> None:
    """The form for a new account."""
    with st.form("account_add", clear_on_submit=False):
        name = st.text_input(t("accounts.name"), help=t("accounts.name_help"), max_chars=80, autocomplete="off")
        password = st.text_input(
            t("accounts.password"), type="password", help=t("accounts.password_help"), autocomplete="new-password"
        )
        role, chats = role_and_scope("add", names, "manager" if known else "admin")  # somebody has to be one first
        sent = st.form_submit_button(t("accounts.add_go"), type="primary")
    if sent and attempt(people.add_account, "added", name, password, role, chats, name=name):
        st.rerun()


def change(rows: Frame, names: dict[str, str]) -> None:
    """Role, scope, password, closing and sessions of one account."""
    name = st.selectbox(t("accounts.who"), rows["name"].tolist(), key="account", help=t("accounts.who_help"))
    row = rows[rows["name"] == name].iloc[0]
    with st.form(f"account_change_{name}"):
        role, chats = role_and_scope(f"change_{name}", names, row["role"], row["chats"])
        if st.form_submit_button(t("accounts.save")):
            _rerun_if(attempt(people.change_account, "saved", name, role, chats, name=name))
    with st.form(f"account_password_{name}", clear_on_submit=True):
        password = st.text_input(t("accounts.new_password"), type="password", autocomplete="new-password")
        if st.form_submit_button(t("accounts.set_password")):
            _rerun_if(attempt(people.set_password, "password_set", name, password, name=name))
    with st.container(horizontal=True):
        if st.button(t("accounts.revoke"), help=t("accounts.revoke_help")):
            _rerun_if(attempt(people.end_sessions, "revoked", name, name=name))
        if row["disabled"] and st.button(t("accounts.enable")):
            _rerun_if(attempt(people.enable_account, "enabled", name, name=name))
        if not row["disabled"] and st.button(t("accounts.disable"), help=t("accounts.disable_help")):
            _rerun_if(attempt(people.disable_account, "disabled", name, name=name))


def tokens(rows: Frame) -> None:
    """Tokens of the read-only API: make one, see them all, stop one."""
    if secret := st.session_state.pop("token_secret", None):
        st.success(t("tokens.once"))
        st.code(secret, language=None)
    st.caption(t("tokens.docs"))
    ids = dict(zip(rows["name"], rows["id"], strict=True))
    with st.form("token_add"):
        name = st.text_input(t("tokens.name"), help=t("tokens.name_help"), max_chars=80)
        account = st.selectbox(t("tokens.account"), list(ids), help=t("tokens.account_help"))
        days = int(st.number_input(t("tokens.days"), 0, 3650, 90, help=t("tokens.days_help")))
        if st.form_submit_button(t("tokens.issue")) and name:
            st.session_state["token_secret"] = office.issue_token(name, int(ids[account]), days or None)
            st.rerun()
    found = people.tokens()
    if not found:
        st.caption(t("tokens.none"))
    for row in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{plain(row['name'])} · {plain(row['account'])} · {word('tokens', row['state'])}")
            if row["state"] == "live" and st.button(t("tokens.revoke"), key=f"revoke_{row['id']}"):
                office.revoke_token(row["id"])
                st.rerun()


def _rerun_if(done: bool) -> None:
    if done:
        st.rerun()


def show() -> None:
    """The page."""
    blocks.title("accounts")
    blocks.outcome("accounts_said")
    if without_login():
        st.info(t("accounts.open_mode"), icon="🔓")
    names = load.chat_names()
    rows = people.everyone()
    if not rows.empty:
        blocks.section("accounts")
        table(rows, names)
    left, right = st.columns(2)
    with left:
        blocks.section("account_add")
        add(names, known=not rows.empty)
    if not rows.empty:
        with right:
            blocks.section("account_change")
            change(rows, names)
        with left:
            blocks.section("tokens")
            tokens(rows)


show()
