"""Questions of the last 28 days: how many, how fast answered, which are still open, who usually answers."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS, MINUTE_MS

LEAST_WAIT = 60.0  # minutes


def read(findings: Findings) -> list[Indicator]:
    """A question counts as open when nobody else answered and it is older than the chat's usual answer takes."""
    if "question_label" not in findings.annotations.schema.names:
        return []
    talk = findings.talk
    asked = int((talk.question & talk.clean & (talk.at >= talk.now - 28 * DAY_MS)).sum())
    waits = _waits(findings)
    usual = max(float(np.quantile(waits, 0.75)) if len(waits) else 0.0, LEAST_WAIT)
    waiting = findings.open_questions()
    waiting = waiting[talk.now - talk.at[waiting] > usual * MINUTE_MS]
    share = len(waiting) / asked if asked else None
    helpers = findings.helpers()
    median = float(np.median(waits)) if len(waits) else None
    said = {"open": [], "wait": [], "helpers": []}
    if share is not None:
        percent = {"percent": round(100 * share), "minutes": round(usual)}
        said["open"] = [reason("panel.questions.open", count=len(waiting), **percent)]
    if median is not None:
        said["wait"] = [reason("panel.questions.wait", minutes=max(round(median), 1))]
    if len(helpers):
        said["helpers"] = [reason("panel.questions.helpers", names=findings.names(helpers), count=len(helpers))]
    askers = list(dict.fromkeys(talk.sender[waiting].tolist()))[:20]
    return [
        Indicator("asked", asked, [reason("panel.questions.asked", count=asked)]),
        Indicator("open", len(waiting), said["open"], findings.ids(askers), findings.message_ids(waiting)),
        Indicator("wait", median, said["wait"]),
        Indicator("helpers", len(helpers), said["helpers"], findings.ids(helpers[:10])),
    ]


def _waits(findings: Findings) -> np.ndarray:
    """Minutes from each question of the last 84 days to its first answer within a day."""
    talk, links = findings.talk, findings.links
    rows = findings.between
    parent, place = np.unique(links.parent[rows], return_index=True)
    minutes = (talk.at[rows[place]] - talk.at[parent]) / MINUTE_MS
    kept = talk.question[parent] & talk.clean[parent] & (talk.at[parent] >= talk.now - 84 * DAY_MS)
    return minutes[kept & (minutes <= 24 * 60)]
