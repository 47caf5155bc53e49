"""A chat week by week: what the stage would have known at the end of every week, and which rules would have fired.

In: MESSAGES and ANNOTATIONS of one chat. Out: `Findings` cut at each week; nothing in them knows of later records.
Parts that no rule reads (earlier roles, catalysts, camps) are left out. Example: `for day, known in replay(...): ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from community.analysis import examine_talk
from community.findings import Findings
from community.replies import link_replies
from community.roster import read_roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk, read_talk

FIRST_DAY = 56
WEEK = 7


def replay(
    talk: Talk, annotations: pa.Table, *, name: str, settings: CommunitySettings, first_day: int = FIRST_DAY
) -> Iterator[tuple[int, Findings]]:
    """(day before which everything is known, findings) of every week from `first_day` on; weeks end with local days.

    Links are those of the whole record: an answer is linked when it is given and never changed afterwards.
    """
    links, roster = link_replies(talk, settings), read_roster(talk)
    midnight = talk.midnight
    for day in range(first_day, talk.days + 1, WEEK):
        then = talk.until(min(midnight + day * DAY_MS, talk.now))
        rows = len(then.at)
        if then.clean.any():
            known = annotations.slice(0, rows)
            yield day, examine_talk(then, known, links.until(rows), roster.until(rows), name, settings, brief=True)


def read_record(messages: pa.Table, annotations: pa.Table, archive_end: int) -> tuple[Talk, pa.Table]:
    """A chat whose silence counts until `archive_end` (ms UTC)."""
    talk, annotations = read_talk(messages, annotations)
    return talk.until(max(archive_end, talk.now)), annotations
