"""The members being lost: who was vital and fell silent beyond their own habit, and how to talk to them again.

In: `Findings`. Out: `Leaving` by weight, and the LOSSES table. Vital is the TogetherCrew sense: at least five exchanges
with at least five others. Example: `find_leaving(findings)[0].member`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.findings import Findings
from community.influence import score_influence
from community.reasons import reason
from community.tables import LOSSES, check_table
from community.talk import DAY_MS

LOOK_BACK = 84
LEAST_SILENCE = 14.0
LEAST_DAYS = 8
LEAST_MESSAGES = 20
VITAL_PARTNERS = 5
KOL_REPLIERS = 3
"""In a quiet chat somebody whom two people answered may rank third; that makes no opinion leader."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Leaving:
    """A member being lost; numbers are those of the 84 days before the last word."""

    member: int
    was: str  # kol | vital | regular
    share: float
    active_days: int
    rank: int  # 0 = sample too small
    repliers: int
    last_row: int
    silence: float  # days
    usual_gap: float
    left: bool
    partners: list[int]
    last_rows: list[int]


def find_leaving(findings: Findings) -> list[Leaving]:
    """Who fell silent within the last 84 days though the chat went on, heaviest first, at most twenty."""
    talk = findings.talk
    if findings.daily.stage == "closed":
        return []
    rows = np.flatnonzero(talk.clean)
    last = np.full(talk.members, -1, np.int64)
    last[talk.sender[rows]] = rows
    silence = np.where(last >= 0, (talk.now - talk.at[np.maximum(last, 0)]) / DAY_MS, np.inf)
    gone = findings.gone
    often = np.bincount(talk.sender[rows], minlength=talk.members)
    quiet = ((silence >= LEAST_SILENCE) | gone) & (silence <= LOOK_BACK) & (often >= LEAST_MESSAGES) & ~findings.shut
    candidates = np.flatnonzero(quiet)
    candidates = candidates[np.argsort(-often[candidates], kind="stable")][: 2 * MOST]
    found = [_weigh(findings, int(m), int(last[m]), bool(gone[m])) for m in candidates]
    return sorted((x for x in found if x), key=lambda x: (-x.share, x.member))[:MOST]


def _weigh(findings: Findings, member: int, last: int, gone: bool) -> Leaving | None:
    talk = findings.talk
    until = int(talk.at[last]) + 1
    window = talk.since(LOOK_BACK, until)
    own = np.flatnonzero(talk.clean[window] & (talk.sender[window] == member)) + window.start
    days = np.unique(talk.day[own])
    gap = float(np.quantile(np.diff(days), 0.95)) if len(days) > 1 else float(LOOK_BACK)
    silence = (talk.now - until) / DAY_MS
    went_on = len(np.unique(talk.day[last + 1 :][talk.clean[last + 1 :]])) >= 3
    if len(days) < LEAST_DAYS or not (gone or (silence > max(2 * gap, LEAST_SILENCE) and went_on)):
        return None
    then = score_influence(talk, findings.links, findings.settings, until)
    partners, strong = _partners(findings, member, window)
    rank = int(then.rank[member])
    leads = 0 < rank <= 3 and then.repliers[member] >= KOL_REPLIERS
    return Leaving(
        member=member,
        was="kol" if leads else "vital" if strong >= VITAL_PARTNERS else "regular",
        share=len(own) / max(int(talk.clean[window].sum()), 1),
        active_days=len(days),
        rank=rank,
        repliers=int(then.repliers[member]),
        last_row=last,
        silence=silence,
        usual_gap=gap,
        left=gone,
        partners=partners,
        last_rows=own[::-1][:5].tolist(),
    )


def _partners(findings: Findings, member: int, window: slice) -> tuple[list[int], int]:
    """With whom the member exchanged most, and with how many at least five times."""
    talk, links = findings.talk, findings.links
    rows = findings.between
    rows = rows[(rows >= window.start) & (rows < window.stop)]
    by, to = talk.sender[rows], talk.sender[links.parent[rows]]
    other = np.concatenate([to[by == member], by[to == member]])
    who, times = np.unique(other[~findings.shut[other]], return_counts=True)
    order = np.argsort(-times, kind="stable")
    return who[order][:5].tolist(), int((times >= 5).sum())


def losses_table(findings: Findings, found: list[Leaving]) -> pa.Table:
    """The LOSSES table."""
    talk = findings.talk
    topics = [findings.topic_of(x.last_rows) for x in found]
    columns = {
        "chat_id": [talk.chat_id] * len(found),
        "member_id": findings.ids([x.member for x in found]),
        **{name: [getattr(x, name) for x in found] for name in ("was", "share", "active_days", "repliers", "left")},
        **{name: [getattr(x, name) for x in found] for name in ("silence", "usual_gap")},
        "influence_rank": [x.rank or None for x in found],
        "last_at": [int(talk.at[x.last_row]) for x in found],
        "last_topic": topics,
        "partners": [findings.ids(x.partners) for x in found],
        "message_ids": [findings.message_ids(x.last_rows) for x in found],
        "why": [[_why(findings, x)] for x in found],
        "opener": [_opener(findings, x, topic) for x, topic in zip(found, topics, strict=True)],
    }
    return check_table(pa.table({f.name: pa.array(columns[f.name], f.type) for f in LOSSES}, schema=LOSSES), LOSSES)


def _why(findings: Findings, x: Leaving) -> str:
    return reason(
        "loss.left" if x.left else "loss.silent",
        name=findings.called.name[x.member],
        days=round(x.silence),
        gap=round(x.usual_gap),
        percent=round(100 * x.share),
        repliers=x.repliers,
    )


def _opener(findings: Findings, x: Leaving, topic: str | None) -> list[str]:
    """Who should write, about what: the closest partner who is still there, an unanswered last word first."""
    talk = findings.talk
    alive = [m for m in x.partners if findings.habits.silent_days[m] < LEAST_SILENCE]
    name = findings.called.name[x.member]
    words = [reason("opener.partner", name=name, partner=findings.called.name[alive[0]])] if alive else []
    if talk.question[x.last_row] and x.last_row not in set(findings.links.parent[findings.between].tolist()):
        return [*words, reason("opener.unanswered", name=name, days=round(x.silence))]
    if topic:
        return [*words, reason("opener.topic", name=name, topic=topic)]
    return [*words, reason("opener.plain", name=name, days=round(x.silence))]
