"""Planted fates against what the community stage says of them: `nuanqun backtest fates --seeds 200 --kept fates.jsonl`.

A seed gives two dying chats, three steady ones and a trader's. They go straight to tables, so no text model runs: the
annotations are the planted truth with the noise given, and the numbers judge the community stage alone. Dying = from
the planted decline to the day on which the planted level is a fifth of the best; warned = a warning or critical alert
of a rule about decline. In a steady chat too some people leave for good, by plan: a warning whose first member has
left so is not false (`steady_weeks_warned_any` counts it all the same). What a seed gave is kept, one JSON line each,
so that a long run goes on where it stopped. Intervals are 95 % by bootstrap over seeds. Example:
`report([judge_seed(0, 1.0)])`.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from community.alerts import SEVERITIES, find_alerts
from community.analysis import examine
from community.findings import Findings
from community.replay import read_record, replay
from community.settings import CommunitySettings
from nuanqun.backtest import bootstrap, result_of
from nuanqun.errors import NuanqunError
from nuanqun.simulate import FATES, START, SimulatedChat
from nuanqun.simulate.ads import Campaign, make_campaign
from nuanqun.simulate.chat import simulate_chat
from nuanqun.simulate.fates import Fate, value
from nuanqun.simulate.tables import Tables, chat_tables

DECLINE_RULES = ("dormancy_risk", "core_member_lost", "cold_drop", "ad_flood", "kol_silent")
DYING, STEADY, TRADER = ("mother_baby", "tech"), ("reading_club", "mother_baby", "tech"), "group_buy"
AHEAD = 14  # days
FAINT = 0.2
LEAST_MESSAGES = 20
DRAWS = 300
AIMS = {
    "dying_warned_14_days_ahead": ">= 0.8",
    "steady_weeks_warned": "<= 0.05",
    "dependence_found": "reported",
    "dependence_false": "<= 0.05",
    "kol_in_top_3": ">= 0.9",
}


def run(first: int, seeds: int, *, noise: float, kept: Path | None, say: Callable[[str], None]) -> dict:
    """The document of the command; raises NuanqunError when `kept` was made with another noise."""
    start = time.perf_counter()
    rows = {row["seed"]: row for row in _read(kept)}
    if any(row["noise"] != noise for row in rows.values()):
        raise NuanqunError(f"{kept} holds seeds judged with another noise than {noise}: give another file")
    for seed in range(first, first + seeds):
        if seed not in rows:
            rows[seed] = judge_seed(seed, noise)
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(rows[seed]) + "\n")
            say(f"seed {seed}")
    asked = [rows[seed] for seed in range(first, first + seeds)]
    result = report(asked)
    numbers = [row["seed"] for row in asked]
    ci95 = bootstrap(numbers, lambda drawn: _flat(_rates([asked[i] for i in drawn])), draws=DRAWS)
    more = {"aims": AIMS, "first": first, "noise": noise}
    return result_of("fates", seeds, {}, result, ci95, time.perf_counter() - start, **more)


def _read(kept: Path | None) -> Iterator[dict]:
    if kept and kept.exists():
        yield from (json.loads(line) for line in kept.read_text("utf-8").splitlines())


def steady(fate: Fate) -> Fate:
    """The same chat without its end: the level of the first weeks goes on, nobody floods it, nobody leaves at once."""
    level = fate.threads[1][1]
    threads = (fate.threads[0], (fate.threads[1][0], level), (fate.days, level))
    ads = ((0, 0.05), (fate.days, 0.05))
    return replace(fate, fate="warm", threads=threads, ads=ads, decline=None, core_leaves=None, tail=None)


def end_of(fate: Fate, chat: SimulatedChat) -> tuple[int, int]:
    """(day of the planted decline, day on which the planted level is a fifth of the best)."""
    best = max(level for _, level in fate.threads)
    begins = int(fate.decline or 0)
    faint = next(d for d in range(begins, fate.days) if value(fate.threads, d) <= FAINT * best)
    moved = (chat.decline_start or date.min).toordinal() - chat.start.toordinal() - begins
    return begins + moved, faint + moved


def judge_seed(seed: int, noise: float) -> dict:
    """What the stage says of the six chats of a seed, as plain lists."""
    rng = Random(f"nuanqun/{seed}/campaigns")
    campaigns = [make_campaign(rng, number) for number in range(90)]
    row: dict = {"seed": seed, "noise": noise, "dying": {}, "steady": {}, "dependence": {}, "kols": [], "roles": {}}
    for name in DYING:
        row["dying"][name] = _judge_dying(FATES[name], seed, noise, campaigns)
    for name in STEADY:
        chat = _make(steady(FATES[name]), seed, campaigns)
        tables = chat_tables(chat, noise=noise, seed=seed)
        row["steady"][name] = [_split(chat, tables, day, given) for day, given in _warned_weeks(tables, chat, 84)]
        findings = _examine(tables, chat)
        row["dependence"][name] = _dependent(findings)
        top = set(findings.ids(findings.leaders()))
        row["kols"] += [member_id in top for member_id, member in tables.members.items() if member.kol]
        for key, times in _roles(chat, seed).items():
            row["roles"][key] = row["roles"].get(key, 0) + times
    trader = _make(FATES[TRADER], seed, campaigns)
    row["dependence"][TRADER] = _dependent(_examine(chat_tables(trader, noise=noise, seed=seed), trader))
    return row


def _make(fate: Fate, seed: int, campaigns: list[Campaign]) -> SimulatedChat:
    return simulate_chat(fate, seed, 0, START, 1.0, campaigns)


def _examine(tables: Tables, chat: SimulatedChat) -> Findings:
    return examine(tables.messages, tables.annotations, name=chat.name, settings=CommunitySettings())


def _dependent(findings: Findings) -> bool:
    return bool(findings.incentives and findings.incentives.dependent)


def _judge_dying(fate: Fate, seed: int, noise: float, campaigns: list[Campaign]) -> dict:
    """Days between the first warning after the planted decline and the end, None = never warned; and by which rules."""
    chat = _make(fate, seed, campaigns)
    begins, ends = end_of(fate, chat)
    tables = chat_tables(chat, noise=noise, seed=seed)
    for day, given in _warned_weeks(tables, chat, begins - begins % 7):
        if day >= begins and given:
            return {"lead": ends - day, "rules": list(given)}
        if day > ends:
            break
    return {"lead": None, "rules": []}


def _warned_weeks(tables: Tables, chat: SimulatedChat, first_day: int) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """(day, rule about decline that warns -> ids of the members it names) of every week."""
    talk, notes = read_record(tables.messages, tables.annotations, 0)
    loud = SEVERITIES.index("warning")
    for day, findings in replay(talk, notes, name=chat.name, settings=CommunitySettings(), first_day=first_day):
        alerts = [(rule, alert) for rule, alert in find_alerts(findings) if SEVERITIES.index(alert.severity) >= loud]
        yield day, {rule: alert.member_ids for rule, alert in alerts if rule in DECLINE_RULES}


def _split(chat: SimulatedChat, tables: Tables, day: int, given: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rules that warned in a week of a steady chat, and those of them that named nobody who left by plan."""
    until = chat.start + timedelta(days=day)
    gone = {m for m, member in tables.members.items() if member.quiet_after and member.quiet_after.date() < until}
    return {"rules": list(given), "false": [rule for rule, named in given.items() if not gone & set(named[:1])]}


def _roles(chat: SimulatedChat, seed: int) -> Counter[str]:
    """How often a planted role was found as which, `system/noise/who/planted/found` -> times."""
    found: Counter[str] = Counter()
    for noise in (0.0, 1.0):
        tables = chat_tables(chat, noise=noise, seed=seed)
        f = _examine(tables, chat)
        for m, member_id in enumerate(f.talk.member_ids):
            true = tables.members.get(str(member_id))
            if true is None or true.ad_account:
                continue
            for who in ("all", "20_messages")[: 1 + (f.habits.messages[m] >= LEAST_MESSAGES)]:
                found[f"social/{noise:.0f}/{who}/{true.social}/{f.roles.social[m]}"] += 1
                found[f"participation/{noise:.0f}/{who}/{true.participation}/{f.roles.participation[m]}"] += 1
    return found


def report(rows: list[dict]) -> dict:
    """Rates of the aims, and what stands behind them; raises ValueError without rows."""
    if not rows:
        raise ValueError("fates: no seed judged")
    dying = [d for row in rows for d in row["dying"].values()]
    weeks = [week["false"] for row in rows for given in row["steady"].values() for week in given]
    leads = [d["lead"] for d in dying if d["lead"] is not None]
    false = Counter(rule for rules in weeks for rule in rules)
    return _rates(rows) | {
        "median_lead_days": float(np.median(leads)) if leads else None,
        "never_warned": sum(d["lead"] is None for d in dying),
        "first_warning_by_rule": dict(Counter(rule for d in dying for rule in d["rules"])),
        "steady_weeks_warned_by_rule": {rule: times / len(weeks) for rule, times in false.items()},
        "chats": {"dying": len(dying), "steady": len(STEADY) * len(rows), "steady_weeks": len(weeks)},
    }


def _rates(rows: list[dict]) -> dict:
    early = [(d["lead"] or 0) >= AHEAD for row in rows for d in row["dying"].values()]
    weeks = [week for row in rows for given in row["steady"].values() for week in given]
    dependent = [(name == TRADER, said) for row in rows for name, said in row["dependence"].items()]
    return {
        "dying_warned_14_days_ahead": float(np.mean(early)),
        "steady_weeks_warned": float(np.mean([bool(week["false"]) for week in weeks])),
        "steady_weeks_warned_any": float(np.mean([bool(week["rules"]) for week in weeks])),
        "dependence_found": float(np.mean([said for planted, said in dependent if planted])),
        "dependence_false": float(np.mean([said for planted, said in dependent if not planted])),
        "kol_in_top_3": float(np.mean([hit for row in rows for hit in row["kols"]])),
        "roles_macro_f1": _macro_f1(rows),
    }


def _macro_f1(rows: list[dict]) -> dict[str, float]:
    """Over the planted roles; who was planted without a role ("undecided") counts only as a mistake for others."""
    cells = [(*key.split("/"), times) for row in rows for key, times in row["roles"].items()]
    table = pd.DataFrame(cells, columns=["system", "noise", "who", "true", "found", "times"])
    scores = {}
    for _, part in table.groupby(["system", "noise", "who"]):
        system, noise, who = str(part.system.iloc[0]), str(part.noise.iloc[0]), str(part.who.iloc[0])
        labels = sorted(set(part.true) - {"undecided"})
        score = f1_score(
            part.true, part.found, labels=labels, average="macro", sample_weight=part.times, zero_division="warn"
        )
        scores[f"{system}_noise_{noise}_{who}"] = float(score)
    return scores


def _flat(rates: dict) -> dict[str, float]:
    return {k: v for k, v in rates.items() if k != "roles_macro_f1"} | rates["roles_macro_f1"]
