"""Facts of a week -> the report: sentences that each name the figure they rest on, and the table of figures.

Pure and deterministic: the same facts give the same text in every language. No message is quoted; names of members
can be masked. Example: `weekly_report(facts, mask_names=True).sections[0].sentences[0].text`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from community.reasons import read_reason, reason
from nuanqun.figures import change, clauses, day, listed, number, percent, plain, shown, signed
from nuanqun.report.facts import Facts, Row
from nuanqun.words import rule, sentence, t, topics, word

ENOUGH = 10
"""Messages a week below which shares and topics say nothing."""
MANY = 3.0
"""Times a usual week above which both numbers are told instead of a percentage."""
DESKS = ("manager", "moderator", "admin")
SEVERE = ("critical", "warning", "notice")
MOST = 5
"""Members, warnings and steps named in one list."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement and the id of the figure or section that proves it ("" = it stands for itself)."""

    text: str
    rests_on: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its sentences."""

    id: str
    title: str
    sentences: list[Sentence]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: a number, the week before, an ordinary week, the change, and what the number means."""

    id: str
    title: str
    now: str
    before: str
    usual: str
    change: str
    meaning: str


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """Everything the templates show."""

    title: str
    window: str
    headline: str
    chat_id: str
    sections: list[Section]
    figures: list[Figure]
    trend: list[tuple[date, float, float]]  # day, temperature, raw temperature
    notes: list[str]


_WHOLE: Callable[[Any], str] = lambda value: number(value)  # noqa: E731
_ONE: Callable[[Any], str] = lambda value: number(value, 1)  # noqa: E731
FIGURES: dict[str, Callable[[Any], str]] = {
    "temperature": _ONE,
    "temperature_raw": _ONE,
    "messages": _WHOLE,
    "messages_clean": _WHOLE,
    "senders": _WHOLE,
    "active_days": _WHOLE,
    "newcomers": _WHOLE,
    "joins": _WHOLE,
    "leaves": _WHOLE,
    "questions": _WHOLE,
    "answered_share": percent,
    "ads": _WHOLE,
    "ads_share": lambda value: percent(value, 1),
    "toxic": _WHOLE,
    "incentives": _WHOLE,
    "mood": lambda value: signed(value, 2),
}
"""Figures of the table in their order, and how each is written."""


def weekly_report(facts: Facts, *, mask_names: bool = False) -> WeeklyReport:
    """Say the facts in the language that is spoken; with `mask_names` members are numbered instead of named."""
    names = Names(facts.members, mask=mask_names)
    last = facts.end - timedelta(days=1)
    sections = [
        _temperature(facts),
        _talk(facts),
        _people(facts, names),
        _warnings(facts, names),
        _harm(facts),
        _steps(facts, names),
    ]
    return WeeklyReport(
        title=t("report.title", name=plain(facts.chat["name"])),
        window=t("report.window", start=day(facts.start, year=True), end=day(last, year=True), zone=facts.chat["zone"]),
        headline=_headline(facts),
        chat_id=facts.chat["chat_id"],
        sections=[section for section in sections if section.sentences],
        figures=_figures(facts),
        trend=[(row["day"], row["temperature"], row["temperature_raw"]) for row in facts.days],
        notes=[t("report.note_now"), t("report.note_usual"), *([t("report.note_masked")] if mask_names else [])],
    )


class Names:
    """Names of members as the report may say them: their own, or a number in the order of their influence."""

    def __init__(self, members: list[Row], *, mask: bool) -> None:
        said = {m["member_id"]: t("report.member", n=n) for n, m in enumerate(members, 1)} if mask else {}
        self.by_id = {m["member_id"]: said.get(m["member_id"], plain(m["name"])) for m in members}
        self.masks: dict[str, str] = {}
        for member in members if mask else []:
            for known in (member["name"], member["member_id"], *member["aliases"]):
                self.masks.setdefault(known, said[member["member_id"]])

    def of(self, member_id: str) -> str:
        """The name of one member."""
        return self.by_id.get(member_id, plain(member_id))

    def sentence(self, encoded: str) -> str:
        """A reason in words, with every name in its arguments masked where names are."""
        key, arguments = read_reason(encoded)
        return sentence(reason(key, **{name: self._masked(value) for name, value in arguments.items()}))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.masks.get(item, item) for item in value]
        return self.masks.get(value, value) if isinstance(value, str) else value


def _delta(facts: Facts, name: str) -> float | None:
    now, before = facts.this.get(name), facts.before.get(name)
    return None if now is None or before is None else now - before


def _headline(facts: Facts) -> str:
    worst = next((level for level in SEVERE if any(a["severity"] == level for a in facts.alerts)), "")
    return t(
        "report.headline",
        temperature=f"{facts.this['temperature']:.0f}",
        change=change(_delta(facts, "temperature")),
        stage=word("stage", facts.days[-1]["stage"]),
        warnings=t("report.headline_warnings", count=len(facts.alerts), worst=word("severity", worst))
        if facts.alerts
        else t("report.headline_calm"),
    )


def _figures(facts: Facts) -> list[Figure]:
    return [
        Figure(
            id=f"f-{name}",
            title=t(f"report.figure.{name}"),
            now=write(facts.this.get(name)),
            before=write(facts.before.get(name)),
            usual=write(facts.usual.get(name)),
            change=_change(facts, name),
            meaning=t(f"report.figure.{name}_help"),
        )
        for name, write in FIGURES.items()
    ]


def _change(facts: Facts, name: str) -> str:
    delta = _delta(facts, name)
    if delta is None:
        return "—"
    if name.endswith("_share"):
        return t("report.points", change=change(delta * 100, ""))
    return change(delta, "")


def _temperature(facts: Facts) -> Section:
    last = facts.days[-1]
    said = [
        Sentence(
            t(
                "report.temperature",
                now=f"{facts.this['temperature']:.1f}",
                change=change(_delta(facts, "temperature")),
            ),
            "f-temperature",
        ),
        Sentence(
            t("report.parts", **{p: f"{last[f'temperature_{p}']:.1f}" for p in ("days", "speakers", "volume")}),
            "f-temperature",
        ),
    ]
    false_fire = facts.this["temperature_raw"] - facts.this["temperature"]
    if false_fire >= 1:
        said.append(Sentence(t("report.false_fire", degrees=f"{false_fire:.1f}"), "f-temperature_raw"))
    if facts.chat["risk_12w"] is not None:
        said.append(Sentence(t("report.risk", risk=percent(facts.chat["risk_12w"])), "warnings"))
    return Section("temperature", t("report.section.temperature"), said)


def _talk(facts: Facts) -> Section:
    now, usual = facts.this, facts.usual
    said = [
        Sentence(
            t("report.volume", messages=now["messages"], senders=now["senders"], days=now["active_days"]), "f-messages"
        )
    ]
    if usual.get("messages_clean"):
        ratio = now["messages_clean"] / usual["messages_clean"]
        told = (
            t("report.against_usual", percent=percent(ratio))
            if ratio <= MANY
            else t("report.far_above_usual", now=now["messages_clean"], usual=round(usual["messages_clean"], 1))
        )
        said.append(Sentence(told, "f-messages_clean"))
    if now["messages"] >= ENOUGH and now.get("answered_share") is not None:
        said.append(Sentence(t("report.answered", share=percent(now["answered_share"])), "f-answered_share"))
    if facts.topics and now["messages"] >= ENOUGH:
        titles = topics()
        told = [
            t("report.topic", topic=titles.get(row["topic"], row["topic"]), now=row["now"], before=row["before"])
            for row in facts.topics
        ]
        said.append(Sentence(t("report.topics", topics=listed(told))))
    return Section("talk", t("report.section.talk"), said)


def _people(facts: Facts, names: Names) -> Section:
    said = []
    for member in [m for m in facts.members if m["influence"] is not None][:3]:
        why = clauses([names.sentence(r) for r in member["influence_reasons"][:2]])
        said.append(
            Sentence(
                t("report.kol", name=names.of(member["member_id"]), score=f"{member['influence']:.0f}", why=why),
            )
        )
    if not said:
        said.append(Sentence(t("report.no_kol")))
    if facts.this["newcomers"]:
        said.append(Sentence(t("report.newcomers", count=facts.this["newcomers"]), "f-newcomers"))
    if facts.this["leaves"]:
        said.append(Sentence(t("report.leaves", count=facts.this["leaves"]), "f-leaves"))
    return Section("people", t("report.section.people"), said)


def _ranked(facts: Facts) -> list[Row]:
    return sorted(facts.alerts, key=lambda a: (SEVERE.index(a["severity"]), a["rule"], a["start"]))


def _warnings(facts: Facts, names: Names) -> Section:
    said = [
        Sentence(
            t(
                "report.warning",
                severity=word("severity", alert["severity"]),
                rule=rule(alert["rule"]),
                why=clauses([names.sentence(r) for r in alert["why"][:3]]),
                evidence=len(alert["message_ids"]),
            )
        )
        for alert in _ranked(facts)[:MOST]
    ]
    return Section("warnings", t("report.section.warnings"), said or [Sentence(t("report.no_warnings"))])


def _harm(facts: Facts) -> Section:
    now = facts.this
    said = [
        Sentence(t("report.ads", ads=now["ads"], share=percent(now["ads_share"], 1)), "f-ads"),
        Sentence(t("report.toxic", toxic=now["toxic"], verdicts=facts.verdicts), "f-toxic"),
    ]
    if now["incentives"]:
        said.append(Sentence(t("report.incentives", count=now["incentives"]), "f-incentives"))
    if facts.chat["incentive_dependent"]:
        said.append(Sentence(t("report.dependent", lift=shown(facts.chat["incentive_lift"])), "f-incentives"))
    return Section("harm", t("report.section.harm"), said)


def _steps(facts: Facts, names: Names) -> Section:
    found: list[Sentence] = []
    for alert in _ranked(facts):
        actions = dict(alert["actions"])
        found += [
            Sentence(t("report.step", desk=word("desk", desk), action=names.sentence(actions[desk])), "warnings")
            for desk in DESKS
            if desk in actions
        ]
    for member in [m for m in facts.members if m["influence"] is not None][:2]:
        found += [
            Sentence(t("report.step", desk=word("desk", "manager"), action=names.sentence(r)), "people")
            for r in member["prescription"][:1]
        ]
    unique = {step.text: step for step in found}
    return Section("steps", t("report.section.steps"), list(unique.values())[: MOST + 1])
