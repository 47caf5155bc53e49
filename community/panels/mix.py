"""What the talk is made of, last 28 days: content, relation, trade; the shares add up to 1."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.findings import Findings
from community.masks import among
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS, Talk

CONTENT_LENGTH = 15  # characters of Chinese
LETTERS = 45
"""The same for texts without any: three letters carry about as much as one of its characters."""
LEAST = 20


def read(findings: Findings) -> list[Indicator]:
    """Shares of members' messages; the sentence gives the 28 days before as well."""
    talk = findings.talk
    trade, content = _masks(findings)
    shares = [_shares(talk, trade, content, end) for end in (talk.now, talk.now - 28 * DAY_MS)]
    found = []
    for place, item in enumerate(("content", "relation", "trade")):
        now, before = (s[place] if s is not None else None for s in shares)
        why = []
        if now is not None:
            then = {} if before is None else {"before": round(100 * before)}
            key = f"panel.mix.{item}" + ("" if then else ".first")
            why = [reason(key, percent=round(100 * now), **then)]
        found.append(Indicator(item, now, why))
    return found


def _masks(findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    """Trade: ads, offers, packets, prices. Content: what asks, explains, judges or tells something at length."""
    talk, acts = findings.talk, findings.acts
    trade = talk.ad | talk.traffic | talk.incentive | talk.kind("red_packet", "transfer", "mini_program")
    trade |= talk.says("trade")
    topical = np.zeros(len(talk.at), bool)
    if "topic_label" in findings.annotations.schema.names:
        labels = findings.annotations["topic_label"]
        topical = ~among(labels, "chitchat") & ~labels.is_null().to_numpy() & (talk.length > 6)
    content = topical | acts["asks"] | acts["explains"] | acts["judges"] | acts["keeps"] | acts["originals"]
    return trade, (content | _long(talk)) & ~talk.trivial


def _long(talk: Talk) -> np.ndarray:
    """Texts long enough to tell something."""
    long = talk.length >= LETTERS
    middling = np.flatnonzero((talk.length >= CONTENT_LENGTH) & ~long)
    chinese = pc.match_substring_regex(talk.texts.take(pa.array(middling)), r"\p{Han}")
    long[middling[chinese.to_numpy(zero_copy_only=False).astype(bool)]] = True
    return long


def _shares(talk: Talk, trade: np.ndarray, content: np.ndarray, end: int) -> tuple[float, float, float] | None:
    window = talk.since(28, end)
    said = talk.said[window] & ~talk.bot[window]
    total = int(said.sum())
    if total < LEAST:
        return None
    traded = int((said & trade[window]).sum())
    told = int((said & content[window] & ~trade[window]).sum())
    return told / total, (total - told - traded) / total, traded / total
