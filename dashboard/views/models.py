"""Models of this workspace: learn from verdicts, compare two, use one, go back; scores on what each had not seen."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import Row, blocks, guard, learning
from dashboard.marked import line, said, show_lines
from dashboard.progress import show_jobs
from dashboard.words import NOTHING, moment, number, percent, plain, refusal, t, word
from nuanqun.errors import WorkspaceError

_SAID = "models_said"
SHIPPED = 0


def name_of(model: int) -> str:
    """A model by its number."""
    return t("models.shipped") if model == SHIPPED else t("models.number", number=model)


def measured(side: Row, what: str) -> str:
    """A score with its 95 % interval."""
    if not side:
        return NOTHING
    low, high = side["ci95"][what]
    return t("models.score", value=percent(side[what], 1), low=percent(low, 1), high=percent(high, 1))


def in_use(rows: list[Row]) -> None:
    """Which model is active, and the way back."""
    now = next(row for row in rows if row["active"])
    st.header(t("models.in_use", name=name_of(now["number"])), anchor=False)
    before = learning.before()
    label = t("models.back") if before is None else t("models.back_to", name=name_of(before))
    why = t("models.back_help" if before is not None else "models.back_none")
    if st.button(label, key="roll_back", disabled=before is None, help=why):
        attempt(learning.roll_back)


def attempt(change: Any, *arguments: Any) -> None:
    """Do it and say so on the next run; what will not do is said at once."""
    try:
        change(*arguments)
    except WorkspaceError as error:
        st.error(t("models.not_possible"))
        st.text(refusal(plain(str(error))))
        return
    st.session_state[_SAID] = t("models.switched")
    st.rerun()


def learn() -> None:
    """What there is to learn from, and the button that starts it; what came of the last time."""
    blocks.section("learn")
    found = learning.lessons()
    labels = "　".join(f"{t('verdict.' + name)} {number(found[name])}" for name in ("ad", "abuse", "fine", "unsure"))
    st.text(t("models.lessons", labels=labels, teach=found["teach"], allow=found["allow"]))
    st.button(
        t("models.learn"), type="primary", key="learn", help=t("models.learn_help"), on_click=learning.start_learning
    )
    done = learning.last("learn")
    if done is not None and done.result is not None:
        made = done.result["model"]
        st.text(t("models.learned", name=name_of(made)) if made else t("models.nothing_learned"))
        for head in done.result["heads"]:
            why = t(f"models.refused_{head['refused']}", rows=head["rows"], yes=head["yes"]) if head["refused"] else ""
            st.text(t("models.head", head=word("head", head["head"]), rows=head["rows"], said=why or t("models.taken")))


def table(rows: list[Row]) -> None:
    """Every model with what was measured when it was made: on verdicts it had not seen, and on the gold set."""
    blocks.section("models_learned")
    lines = []
    for row in rows:
        heads = row["measured"] or [{}]
        for head in heads:
            lines.append(
                {
                    "model": name_of(row["number"]),
                    "state": t("models.active") if row["active"] else "",
                    "made": row["at"][:16].replace("T", " ") if row["at"] else NOTHING,
                    "head": word("head", head["head"]) if head else NOTHING,
                    "verdicts_used": head.get("rows"),
                    "unseen_before": measured(head.get("verdicts_before", {}), "accuracy"),
                    "unseen_after": measured(head.get("verdicts_after", {}), "accuracy"),
                    "gold_before": measured(head.get("gold_before", {}), "f1"),
                    "gold_after": measured(head.get("gold_after", {}), "f1"),
                }
            )
    shown = pd.DataFrame(lines)
    columns = {name: blocks.column(name) for name in shown}
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("models.table_alt"))


def choose(rows: list[Row]) -> None:
    """Two models: compare them, or use the second."""
    blocks.section("models_compare")
    numbers = [row["number"] for row in rows]
    if len(numbers) < 2:
        st.caption(t("models.only_one"))
        return
    now = next(row["number"] for row in rows if row["active"])
    first, second = st.columns(2)
    old = first.selectbox(t("models.old"), numbers, numbers.index(now), key="model_old", format_func=name_of)
    others = [one for one in numbers if one != old]
    picked = second.selectbox(t("models.new"), others, key="model_new", format_func=name_of)
    new = others[0] if picked is None else picked
    with st.container(horizontal=True):
        st.button(t("models.compare"), key="compare", help=t("models.compare_help"),
                  on_click=learning.start_comparison, args=(old, new))  # fmt: skip
        if st.button(t("models.use", name=name_of(new)), key="use", type="primary", disabled=new == now):
            attempt(learning.use_model, new)
    done = learning.last("compare")
    if done is not None and done.result is not None and done.body == {"old": old, "new": new}:
        compared(done.result)


def compared(found: Row) -> None:
    """Scores on the gold set side by side, and messages that the two call differently."""
    shown = pd.DataFrame(
        {
            "head": [word("head", row["head"]) for row in found["gold"]],
            "gold_before": [measured(row["before"], "f1") for row in found["gold"]],
            "gold_after": [measured(row["after"], "f1") for row in found["gold"]],
        }
    )
    columns = {name: blocks.column(name) for name in shown}
    st.dataframe(shown, column_config=columns, hide_index=True, alt=t("models.compare_alt"))
    st.text(t("models.differ", changed=found["changed"], looked=found["looked_at"]))
    rows: list[Row] = learning.messages_of(found["examples"]).to_dict("records")
    show_lines(
        [
            line(row["sender"], moment(row["sent_at"], row["zone"]), said(row),
                 note=t("models.change", head=word("head", row["head"]), before=percent(row["before_probability"]),
                        after=percent(row["after_probability"])))
            for row in rows
        ],
        key="differ",
    )  # fmt: skip


def show() -> None:
    """The page."""
    blocks.title("models")
    guard.need("change_settings")
    blocks.outcome(_SAID)
    show_jobs()
    rows = learning.versions()
    in_use(rows)
    learn()
    table(rows)
    choose(rows)


show()
