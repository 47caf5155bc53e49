"""Records that are really text: an old chat pasted into a message, empty lines and all.

In: the text records of an export that is written in order of time. Out: the same with pasted ones put back into the
body they stand in. Example: `for record in without_pasted(lambda: split_records(...), when, who): ...`.
A header that leaps back in time under a name that nobody bears otherwise was written by no exporter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from ingest.text_lines import TextRecord

SLACK = timedelta(minutes=1)
"""Clocks of phones differ a little: so far back is no leap."""
BATCH = 20
"""So many records in a row that stay back are an older export appended to a newer one."""

Read = Callable[[], Iterable[TextRecord]]
When = Callable[[TextRecord], datetime | None]
Who = Callable[[TextRecord], str]


def without_pasted(read: Read, when: When, who: Who) -> Iterator[TextRecord]:
    """Every record of `read()`, which is called twice; a header whose date does not exist is text, too.

    Memory: one record and the names. `when` gives None for what is no date, `who` the name in a header.
    """
    known = _bearers(read(), when, who)
    kept: TextRecord | None = None
    last: datetime | None = None
    for record in read():
        if record.header is not None:
            moment = when(record)
            leaps = moment is None or (last is not None and moment < last - SLACK and who(record) not in known)
            if leaps and kept is not None:
                kept.lines += [record.header.string, *record.lines]
                continue
            last = moment or last
        if kept is not None:
            yield kept
        kept = record
    if kept is not None:
        yield kept


def _bearers(records: Iterable[TextRecord], when: When, who: Who) -> set[str]:
    """Names under which something was written without a leap back in time."""
    names: set[str] = set()
    behind: list[str] = []
    last: datetime | None = None
    for record in records:
        moment = when(record) if record.header is not None else None
        if moment is None:
            continue
        if last is None or moment >= last - SLACK:
            names.add(who(record))
            behind.clear()
            last = moment
            continue
        behind.append(who(record))
        if len(behind) >= BATCH:
            names.update(behind)
            behind.clear()
            last = moment
    return names.union(behind)
