"""Planted fates against what the community stage says of them; prints one JSON.

`python benchmarks/fates.py --seeds 200 [--first 0]`: a seed gives two dying chats, three steady ones and a trader's.
They go straight to tables (`nuanqun/simulate/tables.py`): no text model runs, the annotations are the planted truth
with the noise given, so the numbers judge the community stage alone. Dying = from the planted decline to the day on
which the planted level is a fifth of the best; warned = a warning or critical alert of a rule about decline. Intervals
are 95 % by bootstrap over chats.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
from sklearn.metrics import f1_score

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else benchmarks/community.py hides the stage

from community import CommunitySettings  # noqa: E402
from community.alerts import SEVERITIES, find_alerts  # noqa: E402
from community.analysis import examine  # noqa: E402
from community.findings import Findings  # noqa: E402
from community.replay import read_record, replay  # noqa: E402
from nuanqun.simulate import FATES, START, SimulatedChat  # noqa: E402
from nuanqun.simulate.ads import Campaign, make_campaign  # noqa: E402
from nuanqun.simulate.chat import simulate_chat  # noqa: E402
from nuanqun.simulate.fates import Fate, value  # noqa: E402
from nuanqun.simulate.tables import Tables, chat_tables  # noqa: E402

DECLINE_RULES = ("dormancy_risk", "core_member_lost", "cold_drop", "ad_flood", "kol_silent")
AHEAD = 14  # days
FAINT = 0.2
LEAST_MESSAGES = 20
SETTINGS = CommunitySettings()


def main() -> None:
    """Simulate, replay, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument(
        "--noise", type=float, default=1.0, help="errors of the annotations; 1 = about the light model's"
    )
    options = parser.parse_args()
    start = time.perf_counter()
    found = Tally()
    for seed in range(options.first, options.first + options.seeds):
        found.add_seed(seed, options.noise)
    print(json.dumps(found.report() | {"seeds": options.seeds, "first": options.first, "noise": options.noise}
                     | {"seconds": round(time.perf_counter() - start, 1)}, ensure_ascii=False))  # fmt: skip


def steady(fate: Fate) -> Fate:
    """The same chat without its end: the level of the first weeks goes on, nobody floods it, nobody leaves at once."""
    level = fate.threads[1][1]
    threads = (fate.threads[0], (fate.threads[1][0], level), (fate.days, level))
    ads = ((0, 0.05), (fate.days, 0.05))
    return replace(fate, fate="warm", threads=threads, ads=ads, decline=None, core_leaves=None, tail=None)


def make(fate: Fate, seed: int, campaigns: list[Campaign]) -> SimulatedChat:
    """One chat of the seed."""
    return simulate_chat(fate, seed, 0, START, 1.0, campaigns)


def end_of(fate: Fate, chat: SimulatedChat) -> tuple[int, int]:
    """(day of the planted decline, day on which the planted level is a fifth of the best)."""
    best = max(level for _, level in fate.threads)
    begins = int(fate.decline or 0)
    faint = next(d for d in range(begins, fate.days) if value(fate.threads, d) <= FAINT * best)
    moved = (chat.decline_start or date.min).toordinal() - chat.start.toordinal() - begins
    return begins + moved, faint + moved


class Tally:
    """Counts over seeds."""

    def __init__(self) -> None:
        self.leads: list[float | None] = []  # of every dying chat; None = never warned in time to count
        self.first_rule: Counter[str] = Counter()
        self.weeks: list[tuple[int, int]] = []  # (falsely warned, all) of every steady chat
        self.false_rule: Counter[str] = Counter()
        self.dependent: dict[bool, list[bool]] = defaultdict(list)  # planted -> found
        self.kols: list[bool] = []
        self.roles: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)

    def add_seed(self, seed: int, noise: float) -> None:
        """Simulate and judge the chats of one seed."""
        rng = Random(f"nuanqun/{seed}/campaigns")
        campaigns = [make_campaign(rng, number) for number in range(90)]
        for name in ("mother_baby", "tech"):
            self.add_dying(FATES[name], make(FATES[name], seed, campaigns), noise, seed)
        for name in ("reading_club", "mother_baby", "tech"):
            chat = make(steady(FATES[name]), seed, campaigns)
            self.add_steady(chat, noise, seed)
        trader = make(FATES["group_buy"], seed, campaigns)
        self.add_end(trader, chat_tables(trader, noise=noise, seed=seed), planted=True)

    def add_dying(self, fate: Fate, chat: SimulatedChat, noise: float, seed: int) -> None:
        """How many days before the end the first warning after the planted decline came."""
        tables = chat_tables(chat, noise=noise, seed=seed)
        begins, ends = end_of(fate, chat)
        for day, rules in warned_weeks(tables, chat, first_day=begins - begins % 7):
            if day >= begins and rules:
                self.leads.append(float(ends - day))
                self.first_rule.update(rules)
                return
        self.leads.append(None)

    def add_steady(self, chat: SimulatedChat, noise: float, seed: int) -> None:
        """Weeks with a warning about decline, and what the end of the chat says of KOLs, roles and incentives."""
        tables = chat_tables(chat, noise=noise, seed=seed)
        given = [rules for _, rules in warned_weeks(tables, chat, first_day=84)]
        self.weeks.append((sum(bool(rules) for rules in given), len(given)))
        self.false_rule.update(rule for rules in given for rule in rules)
        self.add_end(chat, tables, planted=False)
        self.add_roles(chat, seed)

    def add_end(self, chat: SimulatedChat, tables: Tables, *, planted: bool) -> None:
        """Dependence and the top three of the whole record."""
        findings = examine(tables.messages, tables.annotations, name=chat.name, settings=SETTINGS)
        self.dependent[planted].append(bool(findings.incentives and findings.incentives.dependent))
        top = set(findings.ids(findings.leaders()))
        if not planted:
            self.kols += [member_id in top for member_id, member in tables.members.items() if member.kol]

    def add_roles(self, chat: SimulatedChat, seed: int) -> None:
        """Planted against found roles, with and without noise."""
        for noise in (0.0, 1.0):
            tables = chat_tables(chat, noise=noise, seed=seed)
            found = examine(tables.messages, tables.annotations, name=chat.name, settings=SETTINGS)
            for m, true, social, part in _roles(found, tables):
                for ground in ("all", "20_messages")[: 1 + (found.habits.messages[m] >= LEAST_MESSAGES)]:
                    key = f"noise_{noise:.0f}_{ground}"
                    self.roles["social", key].append((true.social, social))
                    self.roles["participation", key].append((true.participation, part))

    def report(self) -> dict:
        """Everything as plain numbers."""
        early = [lead is not None and lead >= AHEAD for lead in self.leads]
        warned, weeks = np.array(self.weeks).T
        return {
            "dying_warned_14_days_ahead": share(early),
            "median_lead_days": float(np.median([lead for lead in self.leads if lead is not None])),
            "never_warned": sum(lead is None for lead in self.leads),
            "first_warning_by_rule": dict(self.first_rule),
            "steady_weeks_warned": ratio(warned, weeks),
            "steady_weeks_warned_by_rule": {r: round(n / int(weeks.sum()), 4) for r, n in self.false_rule.items()},
            "dependence_found": share(self.dependent[True]),
            "dependence_false": share(self.dependent[False]),
            "kol_in_top_3": share(self.kols),
            "roles_macro_f1": {f"{system}_{key}": macro_f1(pairs) for (system, key), pairs in self.roles.items()},
        }


def warned_weeks(tables: Tables, chat: SimulatedChat, *, first_day: int) -> list[tuple[int, list[str]]]:
    """(day, rules about decline that warn) of every week."""
    talk, notes = read_record(tables.messages, tables.annotations, 0)
    found = []
    for day, findings in replay(talk, notes, name=chat.name, settings=SETTINGS, first_day=first_day):
        alerts = [r for r, a in find_alerts(findings) if SEVERITIES.index(a.severity) >= SEVERITIES.index("warning")]
        found.append((day, [rule for rule in alerts if rule in DECLINE_RULES]))
    return found


def _roles(findings: Findings, tables: Tables):
    for m, member_id in enumerate(findings.talk.member_ids):
        true = tables.members.get(str(member_id))
        if true is not None and not true.ad_account:
            yield m, true, findings.roles.social[m], findings.roles.participation[m]


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """Over the planted roles; who was planted without a role ("undecided") counts only as a mistake for others."""
    true, found = zip(*pairs, strict=True)
    labels = sorted(set(true) - {"undecided"})
    return round(float(f1_score(true, found, average="macro", labels=labels, zero_division="warn")), 3)


def share(hits: list[bool]) -> dict:
    """Share of hits with its interval."""
    return ratio(np.array(hits, float), np.ones(len(hits)))


def ratio(part: np.ndarray, whole: np.ndarray) -> dict:
    """Pooled ratio with a bootstrap over its terms."""
    spin = np.random.default_rng(1).integers(0, len(part), (1000, len(part)))
    draws = part[spin].sum(1) / whole[spin].sum(1)
    low, high = np.quantile(draws, [0.025, 0.975])
    ends = [round(float(low), 3), round(float(high), 3)]
    return {"value": round(float(part.sum() / whole.sum()), 4), "ci95": ends, "n": int(whole.sum())}


if __name__ == "__main__":
    main()
