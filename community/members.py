"""MEMBERS: one row for everybody who spoke, joined, was brought in or left.

In: `Findings`. Out: the MEMBERS table. Example: `members_table(findings)`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from community.acts import show_roles
from community.days import as_table
from community.findings import Findings
from community.influence import top_messages, wilson
from community.prescriptions import prescribe
from community.reasons import reason
from community.roles import PARTICIPATION, SOCIAL
from community.tables import MEMBERS, check_table
from community.talk import bots

_TIME = pa.timestamp("ms", tz="UTC")


def members_table(findings: Findings) -> pa.Table:
    """The MEMBERS table; people whom system lines name and who wrote under that name appear once."""
    f, talk, influence, roles = findings, findings.talk, findings.influence, findings.roles
    advice = prescribe(findings)
    columns = {
        "chat_id": [talk.chat_id] * talk.members,
        "member_id": [str(m) for m in talk.member_ids],
        "name": f.called.name,
        "aliases": f.called.aliases,
        "platform_role": f.called.role,
        "is_bot": bots(talk),
        "invited_by": [str(talk.member_ids[i]) if i >= 0 else None for i in f.roster.inviter.tolist()],
        "messages": np.bincount(talk.sender[talk.said], minlength=talk.members),
        "messages_84d": influence.messages,
        "active_days_84d": influence.active_days,
        "ads": np.bincount(talk.sender[talk.ad], minlength=talk.members),
        "repliers_84d": influence.repliers,
        "partners_84d": influence.partners,
        "starts_84d": influence.starts,
        "influence": influence.score,
        "influence_rank": pa.array(influence.rank, pa.int32(), mask=influence.rank == 0),
        "influence_reasons": _influence_reasons(findings),
        "participation_role": roles.participation,
        "participation_score": roles.participation_score,
        "participation_stability": roles.participation_stability,
        "participation_message_ids": show_roles(talk, f.acts, roles.participation, f.settings.influence_window),
        "participation_reasons": roles.participation_reasons,
        "social_role": roles.social,
        "social_score": roles.social_score,
        "social_stability": roles.social_stability,
        "social_message_ids": show_roles(talk, f.acts, roles.social, f.settings.influence_window),
        "identities": roles.identities(),
        "social_reasons": roles.social_reasons,
        "role_scores": _role_scores(roles.scores),
        "closeness": f.closeness,
        "silence_risk": np.where(findings.shut, np.nan, f.outlook.silent),
        "closeness_tier": pa.array(f.tier, pa.string()),
        "prescription": advice.reasons,
        "prescription_message_ids": advice.message_ids,
        **_times(findings),
        **_answered(findings),
    }
    table = as_table(columns, MEMBERS)
    return check_table(table.filter(pa.array(f.roster.same_as == np.arange(talk.members))), MEMBERS)


def _times(findings: Findings) -> dict[str, pa.Array]:
    talk = findings.talk
    first, last = _seen(findings)
    left = talk.at[np.maximum(findings.roster.left_row(talk.members), 0)]
    away = (findings.roster.left_row(talk.members) >= 0) & (left >= last)
    return {
        "first_seen": pa.array(first, _TIME),
        "last_seen": pa.array(last, _TIME),
        "left_at": pa.array(left, _TIME, mask=~away),
    }


def _answered(findings: Findings) -> dict[str, np.ndarray | list[list[str]]]:
    influence = findings.influence
    low, high = wilson(influence.replied, influence.messages)
    sent = np.where(influence.messages > 0, influence.messages, np.nan)
    top = top_messages(findings.talk, findings.links, findings.settings)
    return {
        "replies_per_message": influence.received / sent,
        "replies_low": low,
        "replies_high": high,
        "top_message_ids": [top.get(m, []) for m in range(findings.talk.members)],
    }


def _seen(findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    """First and last time of each member: own records, joins and leaves."""
    talk, roster = findings.talk, findings.roster
    own = np.flatnonzero(talk.sender >= 0)
    member = np.concatenate([talk.sender[own], roster.join_member, roster.leave_member])
    at = talk.at[np.concatenate([own, roster.join_row, roster.leave_row])]
    first = np.full(talk.members, talk.now, np.int64)
    last = np.full(talk.members, talk.at[0], np.int64)
    np.minimum.at(first, member, at)
    np.maximum.at(last, member, at)
    unseen = first > last  # named in a system line only: seen when the export begins
    return np.where(unseen, talk.at[0], first), last


def _influence_reasons(findings: Findings) -> list[list[str]]:
    influence = findings.influence
    enough = influence.candidates >= findings.settings.min_members
    columns = (influence.active_days, influence.repliers, influence.starts, influence.received)
    found = []
    for rank, days, repliers, starts, received in zip(
        influence.rank.tolist(), *(c.tolist() for c in columns), strict=True
    ):
        if rank == 0:
            few = "influence.few_messages" if enough else "influence.few_members"
            found.append([reason(few, members=influence.candidates)])
            continue
        words = [reason("influence.reach", days=days, repliers=repliers)]
        if starts:
            words.append(reason("influence.starts", starts=starts))
        if received:
            words.append(reason("influence.received", answers=received))
        found.append(words)
    return found


def _role_scores(scores: np.ndarray) -> pa.Array:
    names = PARTICIPATION + SOCIAL
    offsets = np.arange(len(scores) + 1, dtype=np.int32) * len(names)
    keys = pa.array(list(names) * len(scores), pa.string())
    return pa.MapArray.from_arrays(offsets, keys, pa.array(scores.ravel(), pa.float32()))
