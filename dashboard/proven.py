"""What the back-test said of a warning rule, in one line beside every warning.

In: the id of a rule. Out: words. Example: `proven("dormancy_risk")`.
"""

from __future__ import annotations

from community.alert_record import read_alert_record
from dashboard.words import clauses, number, percent, t


def proven(rule: str) -> str:
    """How often the rule was right, what it foresaw and how early, and how often it cried wolf."""
    record = read_alert_record(rule)
    if record is None:
        return t("proven.untested")
    said = [t("proven.tested", chats=record.chats, years=number(record.group_years, 1))]
    if record.precision is None:
        return clauses([*said, t("proven.never")])
    said.append(
        t("proven.right", warnings=record.warnings, share=percent(record.precision), ends=_ends(record.precision_ci95))
    )
    if record.recall is not None:
        lead = "" if record.median_lead_days is None else t("proven.lead", days=number(record.median_lead_days))
        share, ends = percent(record.recall), _ends(record.recall_ci95)
        said.append(t("proven.foreseen", events=record.events, share=share, ends=ends, lead=lead))
    if record.false_per_group_year is not None:
        said.append(t("proven.false", times=number(record.false_per_group_year, 2)))
    return clauses(said)


def _ends(interval: tuple[float, float] | None) -> str:
    """The 95 % interval in brackets, nothing where there is none."""
    return "" if interval is None else t("proven.ends", low=percent(interval[0]), high=percent(interval[1]))
