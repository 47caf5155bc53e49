"""Who has to be spoken to: senders of what people judged as ads or abuse, with polite words to copy."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, flagged, guard
from dashboard.words import NOTHING, escape, moment, number, plain, t, word

REMOVE_FROM = 3
"""Confirmed ads from which removing is the better advice, when the account wrote little else."""
MOSTLY = 0.5
"""Share of confirmed ads in all messages of an account that counts as "little else"."""
STAFF = ("owner", "admin")


def advice(sender: Row) -> str:
    """`remove`, `remind`, `abuse` or `staff` for one sender with confirmed messages."""
    if sender["platform_role"] in STAFF:
        return "staff"
    mostly = sender["ads"] >= MOSTLY * max(1, sender["messages"] if pd.notna(sender["messages"]) else 1)
    if sender["ads"] >= REMOVE_FROM and mostly:
        return "remove"
    return "remind" if sender["ads"] else "abuse"


def rows(found: Frame, names: dict[str, str]) -> Frame:
    """The table of senders."""
    return pd.DataFrame(
        {
            "sender": [plain(sender) for sender in found["sender"]],
            "chat": [plain(names.get(chat_id) or chat_id) for chat_id in found["chat_id"]],
            "advice": [t(f"senders.{what}") for what in found["advice"]],
            "ads_judged": found["ads"],
            "abuse_judged": found["abuse"],
            "messages": found["messages"],
            "ads_kind": [word("ads_kind", kind) for kind in found["kind"]],
            "last": [moment(at, zone) for at, zone in zip(found["last"], found["zone"], strict=True)],
        }
    )


def text_for(sender: Row, chat: str) -> str:
    """Words to copy for one sender."""
    kind = word("ads_kind", sender["kind"]) if isinstance(sender["kind"], str) else t("senders.any_kind")
    return t(f"senders.text_{sender['advice']}", name=sender["sender"], chat=chat, kind=kind, ads=int(sender["ads"]))


def lists(found: Frame, names: dict[str, str]) -> None:
    """Who to remove and who to remind, by chat, as lists to copy."""
    for what in ("remove", "remind"):
        some = found[found["advice"] == what]
        if some.empty:
            continue
        told = [
            t("senders.list_line", chat=plain(names.get(str(chat_id)) or str(chat_id)),
              names=[f"{plain(name)} ×{ads}" for name, ads in zip(own["sender"], own["ads"], strict=True)])
            for chat_id, own in some.groupby("chat_id", sort=False)
        ]  # fmt: skip
        with st.expander(t(f"senders.list_{what}", count=len(some))):
            st.code("\n".join(told), language=None, wrap_lines=True)


def show() -> None:
    """The page."""
    blocks.title("senders")
    guard.need("see_review")
    chats = blocks.need_chats()
    names = dict(zip(chats["chat_id"], chats["name"], strict=True))
    chat_id = blocks.pick_chat(chats, every=True)
    found = flagged.offenders()
    found = found[found["left_at"].isna()]
    if chat_id is not None:
        found = found[found["chat_id"] == chat_id]
    if found.empty:
        blocks.empty("empty.no_senders", "empty.no_senders_why")
        return
    found = found.assign(advice=[advice(row) for row in found.to_dict("records")]).reset_index(drop=True)
    removed = int((found["advice"] == "remove").sum())
    st.header(t("senders.sentence", remove=number(removed), remind=number(len(found) - removed)), anchor=False)
    shown = rows(found, names)
    numbers = ("ads_judged", "abuse_judged", "messages")
    columns = {name: blocks.column(name) for name in shown if name not in numbers}
    columns |= {name: blocks.column(name, st.column_config.NumberColumn) for name in numbers}
    chosen = st.dataframe(
        shown, column_config=columns, hide_index=True, on_select="rerun",
        selection_mode="single-row-required", placeholder=NOTHING, alt=t("senders.table_alt"),
        selection_default={"selection": {"rows": [0]}},
        key=f"senders_{abs(hash(tuple(zip(found['chat_id'], found['sender_id'], strict=True))))}",
    )  # fmt: skip
    position = min((chosen["selection"]["rows"] or [0])[0], len(found) - 1)
    one = found.iloc[position].to_dict()
    st.markdown(t("senders.copy", name=escape(one["sender"])), help=t("senders.copy_help"))
    st.code(text_for(one, names.get(one["chat_id"], "")), language=None, wrap_lines=True)
    st.markdown(t("senders.notice"), help=t("senders.notice_help"))
    st.code(t("senders.text_notice", chat=names.get(one["chat_id"], "")), language=None, wrap_lines=True)
    lists(found, names)
    blocks.messages(flagged.history(one["chat_id"], one["sender_id"], 8), "sender_messages")


show()
