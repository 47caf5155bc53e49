"""Everything about one suggested message: evidence, which parts spoke, its campaign, its sender, its chat.

In: a row of `flagged`. Out: elements on the page; its whole campaign can be decided from here.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, decisions, flagged, guard, judging, load, words
from dashboard.marked import line, said, show_lines
from dashboard.opened import store
from dashboard.words import NOTHING, joined, listed, moment, number, percent, plain, t, weekdays, word
from nlp.cues import find_cues
from nlp.heads.ads import ENOUGH, points
from nlp.normalize import normalize_texts
from nuanqun import house

HEADS = (
    ("ads", "ad"),
    ("toxicity", "toxic"),
)  # the heads that suggest, and the label that makes a message a suggestion
HISTORY = 12
ALIKE = 8


def show(row: Row, names: dict[str, str]) -> None:
    """The message in full."""
    st.text(
        t("review.who", sender=row["sender"], chat=names.get(row["chat_id"], row["chat_id"]),
          sent=moment(row["sent_at"], row["zone"]), kind=word("ads_kind", row["ads_kind"])),
        help=t("review.who_help"),
    )  # fmt: skip
    spans = evidence(row)
    parts(row, spans)
    behaved(row)
    campaign(row, names)
    lessons(row)
    around, sender, chat = st.tabs([t("review.around"), t("review.sender"), t("review.chat_and_notes")])
    with around:
        st.caption(t("review.around_help"))
        blocks.messages(load.around(row["chat_id"], row["message_id"]), "around")
    with sender:
        history(row, names)
    with chat:
        policy(row["chat_id"])
        notes(row)


def evidence(row: Row) -> list[Row]:
    """The original with the evidence highlighted, and the normalised form that the models read; returns the spans."""
    found = [span for name, label in HEADS if row[f"{name}_label"] == label for span in row[f"{name}_evidence"]]
    spans = [{**span, "why": reason_of(span["why"])} for span in found]
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{t('review.original')}**", help=t("review.original_help"))
        show_lines([line("", "", said(row), spans, here=True)], key="original")
    with right:
        st.markdown(f"**{t('review.normalised')}**", help=t("review.normalised_help"))
        read = normalize_texts([row["text"]]).texts[0] if row["text"] else t("review.nothing_to_read")
        show_lines([line("", "", read)], key="normalised")
    return spans


def reason_of(why: str | None) -> str:
    """The reason of a span in words; a plain cue is shown as it is."""
    return words.sentence(why) if why and why.startswith("[") else word("evidence", why)


def probability(row: Row, head: str, label: str) -> float | None:
    """How probable `label` is; a head's score speaks about the label it chose."""
    score = row[f"{head}_score"]
    if pd.isna(score):
        return None
    return float(score) if row[f"{head}_label"] == label else 1 - float(score)


def parts(row: Row, spans: list[Row]) -> None:
    """Which parts spoke: the readable rules, the learned model, what behaviour adds, who the sender is."""
    because = listed(list(dict.fromkeys(plain(span["why"]) for span in spans))) or NOTHING
    rule = float(points(find_cues(normalize_texts([row["text"]])))[0])
    shares = [(name, percent(probability(row, name, label))) for name, label in HEADS]
    scores = joined([t(f"review.{name}_score", score=share) for name, share in shares])
    own = load.table("members", row["chat_id"])
    own = own[own["member_id"] == row["sender_id"]].to_dict("records")
    told = [
        t("review.part_rule", points=number(rule, 1), enough=number(ENOUGH, 1), why=because),
        t("review.part_model", scores=scores, version=row["model_version"]),
    ]
    if row["behaved"] is not None and float(row["behaviour"]) > 0:  # nan is not
        told.append(
            t("review.part_behaviour", points=number(row["behaviour"], 1), text=percent(float(row["score_text"])),
              both=percent(float(row["score_both"])), why=listed([words.sentence(why) for why in row["behaved"]]))
        )  # fmt: skip
    if own:
        days = max(0, (row["sent_at"] - own[0]["first_seen"]).days)
        told.append(t("review.part_sender", days=days, messages=int(own[0]["messages"]), ads=int(own[0]["ads"])))
    st.text("\n".join(told), help=t("review.parts_help"))


def behaved(row: Row) -> None:
    """What else the sender wrote around it, where what they do speaks against the message: a picture has no words."""
    if row["behaved"] is None or not float(row["behaviour"]) > 0:  # nan is not
        return
    rows = flagged.beside(row["chat_id"], row["sender_id"], row["message_id"]).to_dict("records")
    if not rows:
        return
    st.markdown(f"**{t('review.beside', count=len(rows))}**", help=t("review.beside_help"))
    show_lines(
        [
            line(r["sender"], moment(r["sent_at"], r["zone"]), said(r), spans, note=note)
            for r, (spans, note) in ((r, as_judged(r)) for r in rows)
        ],
        key="beside",
    )  # fmt: skip


def judged(verdict: str | None) -> str:
    """The verdict in words; a message without one waits."""
    return word("verdict", verdict) if isinstance(verdict, str) else t("review.status_open")


def as_judged(row: Row) -> tuple[list[Row] | None, str]:
    """Evidence and remark of a message that the model calls an advertisement."""
    return (row["ads_evidence"], t("review.was_ad")) if row["ads_label"] == "ad" else (None, "")


def campaign(row: Row, names: dict[str, str]) -> None:
    """Messages that say the same, and the buttons to decide all of them that wait."""
    same = flagged.matching(flagged.Filter(status="all", order="new", campaign=row["message_id"]))
    if len(same) < 2:
        return
    waiting = same[same["verdict"].isna()]
    with st.container(border=True):
        st.markdown(
            t("review.campaign", copies=len(same), chats=same["chat_id"].nunique(),
              senders=same["sender_id"].nunique(), open=len(waiting)),
            help=t("review.campaign_help"),
        )  # fmt: skip
        with st.container(horizontal=True):
            for label in ("ad", "fine"):
                wanted = t(f"review.campaign_{label}", count=len(waiting))
                if st.button(wanted, key=f"campaign_{label}", disabled=waiting.empty):
                    judging.ask(judging.carried(waiting), label, row["message_id"])
            st.page_link("views/campaigns.py", label=t("review.to_campaign"), icon="🧩",
                         query_params={"campaign": row["message_id"]})  # fmt: skip
        with st.expander(t("review.campaign_show", count=min(ALIKE, len(same)))):
            alike(flagged.shown(same.head(ALIKE)), names, "alike")


def alike(rows: Frame, names: dict[str, str], key: str) -> None:
    """Messages of a campaign with chat and verdict."""
    show_lines(
        [
            line(
                row["sender"],
                moment(row["sent_at"], row["zone"]),
                said(row),
                row["ads_evidence"] if row["ads_label"] == "ad" else None,
                note=f"{plain(names.get(row['chat_id']) or row['chat_id'])} · {judged(row['verdict'])}",
            )
            for row in rows.to_dict("records")
        ],
        key=key,
    )


def lessons(row: Row) -> None:
    """Two things that are not the verdict: teach the model, allow a word."""
    chat_id, message_id = row["chat_id"], row["message_id"]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(t("review.teach"), icon="🎓", help=t("review.teach_help")):
            st.caption(t("review.teach_help"))
            label = st.radio(
                t("review.teach_label"), ("ad", "abuse", "fine"), key="teach_label", horizontal=True,
                format_func=lambda name: t(f"verdict.{name}"),
            )  # fmt: skip
            st.button(
                t("review.teach_go"), key="teach_go", on_click=remember, args=("teach", chat_id, message_id, label)
            )
        if guard.may("change_words", chat_id):
            with st.popover(t("review.allow"), icon="✅", help=t("review.allow_help")):
                st.caption(t("review.allow_help"))
                key = f"allow_{message_id}"
                with st.form("allow_form", border=False, clear_on_submit=True):
                    st.text_input(t("review.allow_word"), key=key, max_chars=40)
                    st.form_submit_button(t("review.allow_go"), key="allow_go", on_click=write_down,
                                          args=("allow", chat_id, message_id, key))  # fmt: skip
        if said := st.session_state.pop("remark_done", None):
            st.caption(t(f"review.{said}_done"))


def remember(what: str, chat_id: str, message_id: str, text: str) -> None:
    """Store a remark of this kind."""
    {"teach": decisions.teach, "allow": decisions.allow, "appeal": decisions.appeal}[what](chat_id, message_id, text)
    st.session_state["remark_done"] = what


def write_down(what: str, chat_id: str, message_id: str, key: str) -> None:
    """Store what was typed under `key`, the box of this message, unless nothing was."""
    if text := str(st.session_state.get(key) or "").strip():
        remember(what, chat_id, message_id, text)


def history(row: Row, names: dict[str, str]) -> None:
    """What the same account wrote here, and where else it is."""
    others = flagged.elsewhere(row["chat_id"], row["sender_id"])
    lines = [
        t("review.also_here", chat=names.get(other["chat_id"], other["chat_id"]), messages=int(other["messages"]),
          ads=int(other["ads"]))
        for other in others.to_dict("records")
        if other["chat_id"] in names  # archived chats have none
    ]  # fmt: skip
    st.text("\n".join(lines) or t("review.nowhere_else"))
    rows = flagged.history(row["chat_id"], row["sender_id"], HISTORY)
    show_lines(
        [
            line("", moment(r["sent_at"], r["zone"]), said(r), here=r["message_id"] == row["message_id"],
                 note=t("review.was_ad") if r["ads_label"] == "ad" else "")
            for r in rows.to_dict("records")
        ],
        key="history",
    )  # fmt: skip


def policy(chat_id: str) -> None:
    """What the chat allows, as the admin decided."""
    st.markdown(f"**{t('review.policy')}**", help=t("review.policy_help"))
    kept = house.rules_of(store(), chat_id)
    told = []
    if kept.ad_days:
        told.append(t("review.policy_days", days=[weekdays()[day] for day in kept.ad_days]))
    if kept.ad_roles:
        told.append(t("review.policy_roles", roles=[word("platform_role", role) for role in kept.ad_roles]))
    if kept.ad_members:
        told.append(t("review.policy_members", count=len(kept.ad_members)))
    st.text("\n".join(told) or t("review.no_policy"))


def notes(row: Row) -> None:
    """Remarks on the message, and a place for an appeal."""
    st.markdown(f"**{t('review.notes')}**", help=t("review.notes_help"))
    for remark in decisions.remarks(row["chat_id"], row["message_id"]):
        text = word("verdict", remark["text"]) if remark["kind"] == "teach" else plain(words.hidden(remark["text"]))
        st.text(
            t("review.note", kind=t(f"remark.{remark['kind']}"), actor=remark["actor"],
              at=moment(remark["at"], row["zone"]), text=text)
        )  # fmt: skip
    key = f"appeal_{row['message_id']}"
    with st.form("appeal_form", border=False, clear_on_submit=True):
        st.text_area(t("review.appeal"), key=key, max_chars=500, placeholder=t("review.appeal_hint"))
        st.form_submit_button(t("review.appeal_go"), key="appeal_go", on_click=write_down,
                              args=("appeal", row["chat_id"], row["message_id"], key))  # fmt: skip
