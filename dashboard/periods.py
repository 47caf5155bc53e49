"""Numbers of a period beside the period before: pure functions of DAYS, and their words.

In: DAYS of one chat, or counts a day of many. Out: `Period`s by name, and captions like "↑ 比前 28 天 +2.3（95%…）".
Example: `moved(of_chat(days, 28)["messages"])`.
"""

from __future__ import annotations

import numpy as np

from community.periods import LEAST_COUNT, Period, compare, compare_share
from dashboard import Frame
from dashboard.words import number, signed, t

SPANS = (7, 28, 84)
SPAN = 28
MANY = 3.0
SHARES = ("answered", "ads_share", "toxic_share")
SUMS = ("newcomers", "questions")
"""Shown as the sum of the period, compared as a mean a day."""


def of_chat(days: Frame, span: int) -> dict[str, Period]:
    """The numbers of one chat that have a course: means a day, shares of the period, mood."""
    column = {name: days[name].to_numpy(float) for name in _COLUMNS}
    clean, every = column["messages_clean"], column["messages"]
    return {
        "messages_day": compare(clean, span),
        "speakers": compare(column["senders_clean"], span),
        "answered": compare_share(column["answered_share"] * clean, clean, span),
        "ads_share": compare_share(column["ads"], every, span),
        "toxic_share": compare_share(column["toxic"], every, span),
        "mood": compare_share(column["mood"] * clean, clean, span),
        "newcomers": compare(column["newcomers"], span),
        "questions": compare(column["questions"], span),
        "temperature": compare(column["temperature"], span, counts=False),
    }


_COLUMNS = ("messages_clean", "messages", "senders_clean", "answered_share", "ads", "toxic", "mood", "newcomers",
            "questions", "temperature")  # fmt: skip


def together(recent: Frame, span: int) -> dict[str, Period]:
    """Of many chats at once; `recent` has `back` (0 = the last day of each export) and counts a day."""
    most = 2 * SPANS[-1]
    counts = ["messages_clean", "ads", "senders_clean"]
    sums = recent.groupby("back")[counts].sum().reindex(range(most), fill_value=0)
    sums = sums[::-1]
    known = int(recent["back"].max()) + 1 if len(recent) else 0
    sums = sums.tail(known)
    return {
        "messages_all": compare(sums["messages_clean"].to_numpy(float), span),
        "ads_all": compare(sums["ads"].to_numpy(float), span),
        "speakers": compare(sums["senders_clean"].to_numpy(float), span),
    }


def value(name: str, period: Period) -> str:
    """The number itself as it is written."""
    if name in SHARES:
        return number(100 * period.now, 1 if name != "answered" else 0) + ("" if np.isnan(period.now) else "%")
    if name in SUMS or name.endswith("_all"):
        return number(None if np.isnan(period.now) else round(period.now * period.on_record))
    return signed(period.now, 2) if name == "mood" else number(period.now, 1)


def moved(name: str, period: Period) -> str:
    """Arrow, change and interval in words; "too few" where nothing can be said."""
    scale, unit, places = (
        (100.0, t("period.points"), 1) if name in SHARES
        else (float(period.days), "", 0) if name in SUMS or name.endswith("_all")
        else (1.0, "", 2 if name == "mood" else 1)
    )  # fmt: skip
    if period.low is None or period.high is None:
        return t("period.few", days=period.days)
    if period.low == period.high == 0:
        return t("period.equal", days=period.days)
    change, low, high = (signed(x * scale, places) for x in (period.difference, period.low, period.high))
    return t(f"period.{period.arrow}", days=period.days, change=change, low=low, high=high, unit=unit)


def growth(period: Period) -> str:
    """The relative change of a count for a table: ↑ 32%, → when it may be chance, "too few" when little is known.

    Of hardly anything no share is said, and of more than MANY times as much how many times.
    """
    if period.arrow == "few":
        return t("period.few_short")
    if period.arrow == "up" and period.before * period.days < LEAST_COUNT / 2:
        return t("period.from_little")
    if not period.before > 0:
        return t("period.few_short")
    if period.difference > MANY * period.before:
        return t("period.times_short", times=round(period.now / period.before, 1))
    share = number(100 * abs(period.difference) / period.before)
    return {"up": f"↑ {share}%", "down": f"↓ {share}%", "same": "→"}[period.arrow]
