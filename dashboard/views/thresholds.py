"""Thresholds: from when a message is an ad, and from when a warning fires; with their effect on what was reviewed."""

from __future__ import annotations

import streamlit as st

from community.alerts import rules
from dashboard import blocks, history, load, office
from dashboard.progress import show_jobs
from dashboard.words import NOTHING, number, rule, t, word

CHOICES = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
MOST_VALUES = 12
_SAID = "thresholds_said"


def ads() -> float:
    """The threshold of ads, and what it means for the reviewed messages."""
    now = float(office.setting("ads_threshold", 0.5))
    chosen = st.select_slider(
        t("thresholds.ads"), CHOICES, now if now in CHOICES else 0.5, format_func=lambda v: f"{v:.0%}",
        help=t("thresholds.ads_help"), key="ads_threshold",
    )  # fmt: skip
    rows = history.reviewed()
    if rows.empty:
        st.caption(t("thresholds.no_reviewed"))
        return chosen
    effect = history.threshold_effect(rows, CHOICES)
    st.caption(t("thresholds.reviewed", count=len(rows), ads=int(rows["is_ad"].sum())))
    shown = effect.assign(**{name: effect[name] * 100 for name in ("threshold", "precision", "recall")})
    columns = {
        "threshold": blocks.column("threshold", st.column_config.NumberColumn, format="%.0f%%"),
        "flagged": blocks.column("flagged", st.column_config.NumberColumn),
        "right": blocks.column("right", st.column_config.NumberColumn),
        **{n: blocks.column(n, st.column_config.NumberColumn, format="%.1f%%") for n in ("precision", "recall")},
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("thresholds.effect_alt"))
    return chosen


def effect_of(values: list[float]) -> str:
    """What a rule warns of now, with the numbers that a new threshold would be held against."""
    if not values:
        return t("thresholds.rule_quiet")
    told = [number(value, 2) for value in sorted(values, reverse=True)[:MOST_VALUES]]
    return t("thresholds.rule_values", count=len(values), values=told)


def warnings() -> dict[str, dict[str, float]]:
    """The knobs of every warning rule that differ from the rule's own."""
    saved, changed = office.setting("thresholds", {}), {}
    standing = load.table("alerts")
    for rule_id, known in rules().items():
        if not known.thresholds:
            continue
        own = standing[standing["rule"] == rule_id]
        with st.expander(t("thresholds.rule", rule=rule(rule_id), count=own["chat_id"].nunique())):
            st.caption(effect_of(own["value"].tolist()))
            grid = st.grid(min_column_width=180)
            for name, usual in known.thresholds.items():
                value = grid.number_input(
                    word("knob", name), value=float(saved.get(rule_id, {}).get(name, usual)),
                    key=f"knob_{rule_id}_{name}", help=t("thresholds.usual", value=float(usual)),
                )  # fmt: skip
                if value != float(usual):
                    changed.setdefault(rule_id, {})[name] = float(value)
    return changed


def show() -> None:
    """The page."""
    blocks.title("thresholds")
    blocks.outcome(_SAID)
    show_jobs()
    blocks.section("threshold_ads")
    ads_threshold = ads()
    blocks.section("threshold_warnings")
    alarm = st.slider(
        t("thresholds.risk"), 0.3, 0.95, float(office.setting("risk_alarm", 0.6)), 0.05, format="percent",
        help=t("thresholds.risk_help"),
    )  # fmt: skip
    risks = load.chats()["risk_12w"].dropna()
    known = t("thresholds.risk_effect", named=int((risks >= alarm).sum()), known=len(risks))
    st.caption(known if len(risks) else t("thresholds.risk_unknown"))
    st.caption(t("thresholds.other_rules"))
    changed = warnings()
    if st.button(t("thresholds.save"), type="primary", key="save_thresholds"):
        office.save_thresholds(ads_threshold, alarm, changed)
        st.session_state[_SAID] = t("thresholds.saved")
        st.rerun()


show()
