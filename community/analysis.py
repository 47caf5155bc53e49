"""The community stage: one chat's MESSAGES and ANNOTATIONS become EDGES, MEMBERS, DAYS, ALERTS and its CHATS row.

Example: `analysis = analyse(messages, annotations, name="读书会", platform="wechat", settings=CommunitySettings())`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.acts import read_acts
from community.alerts import SEVERITIES, Alert, alerts_table, find_alerts
from community.arrivals import read_arrivals
from community.catalysts import catalysts_table, measure_catalysts
from community.churn import find_losses
from community.closeness import score_closeness
from community.conversations import conversations_table
from community.days import Daily, as_table, days_table, measure_days
from community.distinct import distinct
from community.findings import Findings
from community.fission import lasting_camps
from community.incentives import measure_incentives
from community.influence import score_influence
from community.invitations import read_invitations
from community.kept import NOTHING, Kept
from community.losses import find_leaving, losses_table
from community.members import members_table
from community.names import read_called
from community.open_topics import topics_table
from community.panels import Indicator, indicators_table, read_panels
from community.panels.nodes import reached
from community.replies import Links, edges_table, link_replies
from community.risk import predict_risk
from community.risk_features import read_rhythm
from community.role_features import measure_habits, past_habits
from community.roles import assign_roles
from community.roster import Roster, read_roster
from community.settings import CommunitySettings
from community.shifts import find_shifts, shifts_table
from community.suspects import find_suspects
from community.tables import CHATS, check_table
from community.talk import DAY_MS, Talk, ad_accounts, read_talk
from community.temperature import gini, measure_temperature, presence


@dataclass(frozen=True, slots=True)
class Analysis:
    """The tables of one chat; `chats` has one row."""

    edges: pa.Table
    members: pa.Table
    days: pa.Table
    alerts: pa.Table
    chats: pa.Table
    indicators: pa.Table
    catalysts: pa.Table
    losses: pa.Table
    shifts: pa.Table
    conversations: pa.Table
    suspects: pa.Table
    topics: pa.Table


def analyse(
    messages: pa.Table,
    annotations: pa.Table,
    *,
    name: str,
    platform: str,
    settings: CommunitySettings,
    elsewhere: Mapping[str, int] | None = None,
    kept: Kept = NOTHING,
) -> Analysis:
    """Measure one chat; raises ValueError when there are no records or the tables do not belong together.

    `elsewhere`: message id -> other chats in which nearly the same was said, see community/suspects.py.
    `kept`: what an earlier analysis of the chat worked out; the tables are the same with it and without.
    """
    found = examine(messages, annotations, name=name, settings=settings, kept=kept)
    alerts = find_alerts(found)
    indicators = read_panels(found)
    return Analysis(
        edges=edges_table(found.talk, found.links),
        members=members_table(found),
        days=days_table(found.talk, found.links, found.roster, found.daily, settings),
        alerts=alerts_table(alerts, found.talk.chat_id),
        chats=chats_table(found, alerts, platform, indicators),
        indicators=indicators_table(indicators, found.talk.chat_id),
        catalysts=catalysts_table(found.talk, found.catalysts),
        losses=losses_table(found, find_leaving(found)),
        shifts=shifts_table(found, find_shifts(found)),
        conversations=conversations_table(found),
        suspects=find_suspects(found.talk, found.annotations, found.roster, elsewhere),
        topics=topics_table(found),
    )


def examine(
    messages: pa.Table, annotations: pa.Table, *, name: str, settings: CommunitySettings, kept: Kept = NOTHING
) -> Findings:
    """Everything the stage measures about one chat, before it is put into tables."""
    talk, annotations = read_talk(messages, annotations, kept)
    return examine_talk(talk, annotations, link_replies(talk, settings, kept), read_roster(talk), name, settings)


def examine_talk(
    talk: Talk,
    annotations: pa.Table,
    links: Links,
    roster: Roster,
    name: str,
    settings: CommunitySettings,
    *,
    brief: bool = False,
) -> Findings:
    """The same from a chat already read; `brief` leaves out earlier roles, catalysts and camps, which no rule reads."""
    influence = score_influence(talk, links, settings)
    acts = read_acts(talk, links, roster, settings)
    habits = measure_habits(talk, links, acts, influence, settings)
    camps = [] if brief else lasting_camps(talk, links, links.between(talk, settings.link_confidence))
    daily = measure_days(talk, name, len(camps), settings)
    clean = np.flatnonzero(talk.clean)
    closed = daily.stage == "closed"
    rhythm = read_rhythm(talk.day[clean], talk.sender[clean], talk.days)
    return Findings(
        name=name,
        talk=talk,
        annotations=annotations,
        links=links,
        roster=roster,
        called=read_called(talk),
        influence=influence,
        acts=acts,
        habits=habits,
        roles=assign_roles(habits, settings, () if brief else past_habits(talk, links, acts, settings)),
        daily=daily,
        camps=camps,
        risk=None if closed else predict_risk(rhythm, settings),
        incentives=measure_incentives(talk),
        losses=find_losses(talk, links, roster, settings),
        settings=settings,
        ad_members=ad_accounts(talk, settings),
        closeness=score_closeness(talk, influence),
        arrivals=read_arrivals(talk, links, roster, settings),
        invitations=read_invitations(talk, roster),
        catalysts=[] if brief else measure_catalysts(talk, acts, links),
    )


def chats_table(
    findings: Findings, alerts: list[tuple[str, Alert]], platform: str, indicators: list[tuple[str, Indicator]]
) -> pa.Table:
    """The CHATS row."""
    f, talk, daily = findings, findings.talk, findings.daily
    said, ads = int(talk.said.sum()), int(talk.ad.sum())
    scored = talk.mood[talk.since(f.settings.temperature_window)]
    scored = scored[talk.clean[talk.since(f.settings.temperature_window)] & ~np.isnan(scored)]
    heat = daily.temperature.value
    month = talk.since(84)
    per = np.bincount(talk.sender[month][talk.clean[month]], minlength=1)
    worst = max((SEVERITIES.index(a.severity) for _, a in alerts), default=0)
    row = {
        "chat_id": talk.chat_id,
        "name": f.name,
        "platform": platform,
        "zone": talk.zone,
        "first": int(talk.at[0]),
        "last": int(talk.at[-1]),
        "records": len(talk.at),
        "messages": said,
        "members": len(distinct(talk.sender[talk.said])),
        "temperature": float(heat[-1]),
        "temperature_raw": float(daily.raw.value[-1]),
        "temperature_low": float(daily.low[-1]),
        "temperature_high": float(daily.high[-1]),
        "temperature_sample": _sample(daily),
        "temperature_change": float(heat[-1] - heat[-8]) if talk.days > 7 else None,
        "own_percentile": _or_none(daily.own[-1]),
        "stage": daily.stage,
        "node": reached([i for panel, i in indicators if panel == "nodes"]),
        "size": f.size,
        "camps": max(len(f.camps), 1),
        "risk_8w": f.risk.p8 if f.risk else None,
        "risk_12w": f.risk.p12 if f.risk else None,
        "risk_reasons": f.risk.reasons if f.risk else [],
        **_ahead(f, indicators),
        "ads": ads,
        "ads_share": ads / said if said else 0.0,
        "mood": float(scored.mean()) if len(scored) else None,
        "absence_factor": f.absence_factor()[0],
        "gini": _or_none(gini(per)),
        **_incentives(f),
        "incentive_dependent": bool(f.incentives and f.incentives.dependent),
        "kols": f.ids(f.leaders()),
        "alerts": len(alerts),
        "severity": SEVERITIES[worst],
    }
    return check_table(as_table({k: [v] for k, v in row.items()}, CHATS), CHATS)


def _ahead(f: Findings, indicators: list[tuple[str, Indicator]]) -> dict[str, float | int | None]:
    """The volume of the next 28 days, and the regulars who may fall silent, as the panel `outlook` says them."""
    volume = f.outlook.volume
    risky = [i.value for panel, i in indicators if (panel, i.item) == ("outlook", "members")]
    return {
        "messages_28d_low": volume.low if volume else None,
        "messages_28d_expected": volume.middle if volume else None,
        "messages_28d_high": volume.high if volume else None,
        "regulars_at_risk": int(risky[0] or 0) if risky else None,
    }


def _incentives(f: Findings) -> dict[str, float | None]:
    """What incentives do, nothing where there are too few."""
    found, talk = f.incentives, f.talk
    if found is None:
        names = ("incentive_lift", "incentive_wake_share", "incentive_afterglow", "incentive_only_share")
        return dict.fromkeys((*names, "temperature_quiet"))
    start = talk.at >= talk.now - 84 * DAY_MS
    seen = distinct(talk.sender[talk.warm & start])
    quiet = distinct(talk.sender[found.quiet & start])
    heat = measure_temperature(*presence(talk, found.quiet & talk.warm), window=f.settings.temperature_window)
    return {
        "incentive_lift": found.lift,
        "incentive_wake_share": found.wake_share,
        "incentive_afterglow": found.afterglow,
        "incentive_only_share": 1 - len(quiet) / max(len(seen), 1),
        "temperature_quiet": float(heat.value[-1]),
    }


def _sample(daily: Daily) -> str:
    """How far the temperature can be trusted, by days on record and messages of the last 28 days."""
    days, messages = len(daily.counts), float(daily.temperature.messages[-1])
    return "enough" if days >= 28 and messages >= 100 else "thin" if days >= 14 and messages >= 20 else "little"


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
