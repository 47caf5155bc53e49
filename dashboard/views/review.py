"""The review queue: what the models suggest, why, in which conversation; a person decides.

The selection is keyed by the ids of the rows on the page: when the rows change, it starts again, and a decision
always carries the id that was on screen. A verdict never overwrites a suggestion.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, load, words
from dashboard.marked import line, show_lines
from dashboard.words import NOTHING, moment, number, percent, plain, t, word
from nlp.normalize import normalize_texts

LABELS = (
    ("ad", "A"),
    ("abuse", "D"),
    ("fine", "F"),
    ("unsure", "S"),
)  # verdicts with their keys: the left hand stays where it is
_UNDO_KEY = "Z"
HEADS = (
    ("ads", "ad"),
    ("toxicity", "toxic"),
)  # the heads that suggest, and the label that makes a message a suggestion


def choose(name: str, options: tuple[str, ...], place_: Any) -> str:
    """A filter bound to the URL; its words are `review.<name>_<option>`."""
    chosen = place_.segmented_control(
        t(f"review.{name}"), options, default=options[0], required=True, key=name, bind="query-params",
        format_func=lambda option: t(f"review.{name}_{option}"), help=t(f"review.{name}_help"),
    )  # fmt: skip
    return chosen or options[0]


def filters(chats: Frame) -> load.Filter:
    """What the URL and the widgets ask for."""
    first, second = st.columns([1, 1], vertical_alignment="bottom")
    with first:
        chat_id = blocks.pick_chat(chats, every=True)
    text = second.text_input(
        t("review.text"), key="text", bind="query-params", placeholder=t("review.text_hint"), help=t("review.text_help")
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    kind = choose("kind", ("all", "ad", "abuse"), row)
    status = choose("status", ("open", "decided", "all"), row)
    order = choose("order", ("sure", "unsure", "new"), row)
    return load.Filter(chat_id=chat_id, kind=kind, status=status, order=order, text=(text or "").strip())


def table(rows: Frame, names: dict[str, str]) -> int:
    """The page of the queue; returns the position of the selected row."""
    shown = pd.DataFrame(
        {
            "suggestion": [word("suggestion", s) for s in rows["suggestion"]],
            "text": [plain(text) for text in rows["text"]],
            "score": rows["score"].astype("float64") * 100,
            "sender": [plain(sender) for sender in rows["sender"]],
            "sent": [moment(at, zone) for at, zone in zip(rows["sent_at"], rows["zone"], strict=True)],
            "chat": [names.get(chat_id, chat_id) for chat_id in rows["chat_id"]],
            "verdict": [word("verdict", label) for label in rows["verdict"]],
        }
    )
    columns = {
        **{name: blocks.column(name) for name in ("suggestion", "sender", "sent", "chat", "verdict")},
        "score": blocks.column("score", st.column_config.ProgressColumn, min_value=0, max_value=100, format="%.0f%%"),
        "text": blocks.column("text", width="large"),
    }
    key = f"queue_{abs(hash(tuple(rows['message_id'])))}"
    ids = rows["message_id"].tolist()
    follow = st.session_state.get("review_next")
    chosen = st.dataframe(
        shown, column_config=columns, hide_index=True, on_select="rerun", selection_mode="single-row-required",
        selection_default={"selection": {"rows": [ids.index(follow) if follow in ids else 0]}}, key=key,
        height=320, placeholder=NOTHING, alt=t("review.table_alt"),
    )  # fmt: skip
    position = (chosen["selection"]["rows"] or [0])[0]
    return min(position, len(rows) - 1)


def decide(row: Row, label: str, following: str | None) -> None:
    """Store the verdict on the row that was on screen and go to the one after it."""
    st.session_state["review_done"] = (load.decide(row, label), row["message_id"], label)
    st.session_state["review_next"] = following


def take_back() -> None:
    """Undo the last verdict of this session and return to its message."""
    verdict_id, message_id, _ = st.session_state.pop("review_done")
    load.undo(verdict_id)
    st.session_state["review_next"] = message_id


def buttons(row: Row, following: str | None) -> None:
    """Decide by click or key; undo the last."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, shortcut in LABELS:
            st.button(
                t(f"verdict.{label}"), key=f"decide_{label}", shortcut=shortcut, on_click=decide,
                args=(row, label, following), type="primary" if label == row["suggestion"] else "secondary",
                help=t(f"review.decide_{label}_help"),
            )  # fmt: skip
        undo_button()


def undo_button() -> None:
    """Take back the last verdict of this session, if there is one."""
    done = st.session_state.get("review_done")
    if done:
        st.button(t("review.undo"), key="undo", shortcut=_UNDO_KEY, on_click=take_back, help=t("review.undo_help"))
        st.caption(t("review.done", label=t(f"verdict.{done[2]}")))


def evidence(row: Row) -> None:
    """The original with the evidence highlighted, and the normalised form that the models read."""
    found = [span for name, label in HEADS if row[f"{name}_label"] == label for span in row[f"{name}_evidence"]]
    spans = [{**span, "why": reason_of(span["why"])} for span in found]
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{t('review.original')}**", help=t("review.original_help"))
        note = t("review.because", why="、".join(dict.fromkeys(s["why"] for s in spans))) if spans else ""
        show_lines([line("", "", row["text"], spans, here=True, note=note)], key="original")
    with right:
        st.markdown(f"**{t('review.normalised')}**", help=t("review.normalised_help"))
        show_lines([line("", "", normalize_texts([row["text"]]).texts[0])], key="normalised")


def reason_of(why: str | None) -> str:
    """The reason of a span in words; a plain cue is shown as it is."""
    return words.sentence(why) if why and why.startswith("[") else word("evidence", why)


def probability(row: Row, head: str, label: str) -> float | None:
    """How probable `label` is; a head's score speaks about the label it chose."""
    score = row[f"{head}_score"]
    if pd.isna(score):
        return None
    return float(score) if row[f"{head}_label"] == label else 1 - float(score)


def detail(row: Row, names: dict[str, str]) -> None:
    """One message in full: scores, evidence, and the conversation around it."""
    scores = [t(f"review.{name}_score", score=percent(probability(row, name, label))) for name, label in HEADS]
    st.text(
        t("review.who", sender=row["sender"], chat=names.get(row["chat_id"], row["chat_id"]),
          sent=moment(row["sent_at"], row["zone"]), scores="，".join(scores)),
        help=t("review.who_help"),
    )  # fmt: skip
    evidence(row)
    st.markdown(f"**{t('review.around')}**", help=t("review.around_help"))
    blocks.messages(load.around(row["chat_id"], row["message_id"]), "around")


def pages_of(total: int) -> int:
    """The page on screen, chosen below the table; a page that a filter made disappear becomes the last one."""
    pages = max(1, -(-total // load.PAGE))
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = pages
    return st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1


def queue(wanted: load.Filter, names: dict[str, str]) -> None:
    """The page of the queue and the selected message."""
    total = load.count_flagged(wanted)
    st.caption(t("review.count", total=number(total)))
    if not total:
        blocks.empty("empty.no_flagged", "empty.no_flagged_why")
        undo_button()
        return
    above = st.container()
    rows = load.flagged(wanted, pages_of(total))
    with above:
        position = table(rows, names)
    listed = rows.to_dict("records")
    later = listed[position + 1]["message_id"] if position + 1 < len(listed) else None
    buttons(listed[position], later)
    detail(listed[position], names)


def show() -> None:
    """The page."""
    blocks.title("review")
    chats = blocks.need_chats()
    queue(filters(chats), dict(zip(chats["chat_id"], chats["name"], strict=True)))


show()
