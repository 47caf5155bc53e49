"""The one sentence a manager reads first: pure functions of CHATS and ALERTS.

In: frames of the store. Out: one sentence. Example: `overview(chats, alerts)` -> "6 个群中 2 个要处理：…".
"""

from __future__ import annotations

import pandas as pd

from dashboard import Frame, Row
from dashboard.words import change, joined, percent, rule, t, word

COOLING = -3.0
"""Degrees a week from which a chat counts as cooling."""
WARMING = 3.0
SERIOUS = ("critical", "warning")


def overview(chats: Frame, alerts: Frame) -> str:
    """What needs attention over all chats, warnings that concern most chats first."""
    cooling = int((chats["temperature_change"] <= COOLING).sum())
    said = [t("headline.cooling", count=cooling)] if cooling else []
    serious = alerts[alerts["severity"].isin(SERIOUS)]
    by_rule = serious.groupby("rule")["chat_id"].nunique().sort_values(ascending=False, kind="stable")
    said += [t("headline.rule", count=int(count), rule=rule(str(name))) for name, count in by_rule.items()]
    if not said:
        return t("headline.calm", count=len(chats))
    return t("headline.overview", count=len(chats), said=joined(said))


def chat(row: Row, alerts: Frame) -> str:
    """The state of one chat: temperature with its direction, stage, risk, and how many warnings stand."""
    risk = row["risk_12w"]
    return t(
        "headline.chat",
        temperature=f"{row['temperature']:.0f}",
        change=change(row["temperature_change"]),
        stage=word("stage", row["stage"]),
        risk=t("headline.risk_unknown") if pd.isna(risk) else t("headline.risk", risk=percent(risk)),
        warnings=t("headline.warnings", count=len(alerts)) if len(alerts) else t("headline.no_warnings"),
    )


def reason_of(alerts: list[Row]) -> str | None:
    """The first reason of the worst warning of a chat, encoded; None without warnings."""
    worst = _worst(alerts)
    return None if worst is None or len(worst["why"]) == 0 else str(worst["why"][0])


def next_step(alerts: list[Row], desk: str = "manager") -> str | None:
    """What `desk` should do about the worst warning of a chat, encoded; None without warnings."""
    worst = _worst(alerts)
    if worst is None:
        return None
    actions = dict(worst["actions"])
    return actions.get(desk) or next(iter(actions.values()), None)


def by_chat(alerts: Frame) -> dict[str, list[Row]]:
    """The warnings of every chat that has some."""
    found: dict[str, list[Row]] = {}
    for alert in alerts.to_dict("records"):
        found.setdefault(alert["chat_id"], []).append(alert)
    return found


def _worst(alerts: list[Row]) -> Row | None:
    rank = {"critical": 0, "warning": 1}
    return min(alerts, key=lambda alert: (rank.get(alert["severity"], 2), alert["start"]), default=None)
