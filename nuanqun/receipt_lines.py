"""The receipt (体检单) of a chat on a terminal, in the words of the catalogue.

In: a chat object of `import --json`. Out: lines. Example: `print_receipts(report.receipts, report.rejected)`.
Names and excerpts are hostile: invisible and control characters go, and nothing is read as markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ingest.find import Rejection
from ingest.formats import formats
from ingest.receipt import Receipt
from nuanqun.figures import NOTHING, listed, moment, number, percent, plain
from nuanqun.words import issue, masks_in_words, refusal, t, word

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MOST = 3
"""Gaps, other formats and examples a reason that are named."""


def print_receipts(receipts: Iterable[Receipt], rejected: Iterable[Rejection]) -> None:
    """Every receipt in a frame of its own and every refusal, on stderr."""
    console = Console(stderr=True)
    for receipt in receipts:
        body = receipt.to_json()
        title = t(
            "receipt.title",
            name=_safe(body["name"]),
            platform=word("platform", body["platform"]),
            format=_title(body["format"]),
        )
        console.print(Panel(Text("\n".join(receipt_lines(body))), title=Text(title), title_align="left"))
    for rejection in rejected:
        said = _safe(f"{refusal(rejection.reason)} {refusal(rejection.hint) if rejection.hint else ''}")
        console.print(Text(t("terminal.rejected", path=_safe(rejection.path), why=said), style="red"), soft_wrap=True)


def receipt_lines(body: dict[str, Any]) -> Iterator[str]:
    """What was read, who wrote it, what is new, when, how sure, and what is doubtful."""
    shares = body["shares"]
    yield t(
        "terminal.counts", **_counts(body, "records", "messages", "system", "placeholders"),
        system_share=percent(shares["system"]), placeholder_share=percent(shares["placeholders"]),
    )  # fmt: skip
    yield t("terminal.members", **_counts(body, "members"), known=number(body["known_members"]),
            new=number(body["new_members"]))  # fmt: skip
    yield t("terminal.merge", **_counts(body, "new", "duplicates"), share=percent(shares["duplicates"]),
            **{name: number(count) for name, count in body["stored"].items()})  # fmt: skip
    first, last = (_time(body[name], body["zone"]) for name in ("first", "last"))
    source = word("zone_source", body["zone_source"])
    yield t("terminal.span", first=first, last=last, zone=body["zone"], source=source, encoding=body["encoding"])
    yield _format(body)
    yield from _doubts(body)


def _format(body: dict[str, Any]) -> str:
    others = [
        t("terminal.candidate", format=_title(other["format"]), sure=percent(other["confidence"]))
        for other in body["runners_up"][:MOST]
    ]
    sure = percent(body["confidence"])
    if not others:
        return t("terminal.format_only", format=_title(body["format"]), sure=sure)
    return t("terminal.format", format=_title(body["format"]), sure=sure, others=listed(others))


def _doubts(body: dict[str, Any]) -> Iterator[str]:
    if body["clock_backwards"]:
        yield "⚠ " + t("terminal.backwards", count=number(body["clock_backwards"]))
    for gap in body["gaps"][:MOST]:
        yield "⚠ " + t("terminal.gap", start=gap["start"], end=gap["end"], days=number(gap["days"]))
    if len(body["gaps"]) > MOST:
        yield "⚠ " + t("terminal.more_gaps", count=number(len(body["gaps"]) - MOST))
    for warning in body["warnings"]:
        if not warning.startswith("clock_backwards"):
            yield "⚠ " + _safe(issue(warning))
    if body["skipped"]:
        yield "⚠ " + t("terminal.skipped", count=number(len(body["skipped"])))
    shown: Counter[str] = Counter()
    for place in body["skipped"]:
        shown[place["reason"]] += 1
        if shown[place["reason"]] <= MOST:
            excerpt = masks_in_words(_safe(place["excerpt"]))
            yield t("receipt.example", line=place["line"], excerpt=f"{issue(place['reason'])}　{excerpt}")


def _safe(text: str) -> str:
    """Foreign text without what moves the cursor, colours the screen or reverses letters."""
    return _CONTROL.sub("▯", plain(text))


def _counts(body: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: number(body[name]) for name in names}


def _time(text: str | None, zone: str) -> str:
    return moment(datetime.fromisoformat(text), zone) if text else NOTHING


def _title(name: str) -> str:
    known = formats().get(name)
    return known.title if known else name
