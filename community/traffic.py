"""Incentives and the traffic around them: red packets, lucky draws, offers as 接龙, and the thanks they earn.

In: columns of one chat in time order. Out: masks, one entry a record: `traffic` and floods are no talk and warm nobody;
`incentive` is what may wake a chat.
Example: `traffic, incentive = find_traffic(messages, texts, wording, at, said, length)`.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from community.distinct import distinct
from community.masks import among
from community.wording import Wording

THANKS_MINUTES = 30
THANKS_LENGTH = 14
FLOOD_ROWS = 5
ECHOES = 3
FLOOD_MINUTES = 5
ECHO_LENGTH = 40
_CHAIN = r"^\s*#?(群?接龙|接龍)"
_PRICE = r"\d\s*(元|块|塊|/份|/斤|/箱)|[¥￥]\s*\d|福利|特价|特價|拼团|拼團|团购|團購|有奖|有獎|赠|贈"
_FIRST_ENTRY = re.compile(r"\n\s*1\s*[.、．:：]")


def find_traffic(
    messages: pa.Table, texts: pa.Array, wording: Wording, at: np.ndarray, said: np.ndarray, length: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Red-packet traffic (packets, transfers and short thanks within 30 minutes), and the incentives themselves."""
    packet = among(messages["kind"], "red_packet", "transfer") & said
    thanks = wording.says("thanks") & (length <= THANKS_LENGTH) & said & ~packet
    called = wording.says("incentive") & said & ~thanks
    incentive = packet | called | _offers(messages, texts, wording, said)
    last = np.maximum.accumulate(np.where(incentive, np.arange(len(at)), -1))
    near = (last >= 0) & (at - at[np.maximum(last, 0)] <= THANKS_MINUTES * 60_000)
    return packet | (thanks & near), incentive


def find_floods(
    texts: pa.Array, at: np.ndarray, sender: np.ndarray, said: np.ndarray, trivial: np.ndarray, length: np.ndarray
) -> np.ndarray:
    """Rows of +1 and 收到 (five or more with no word between) and 复读 (one text from three people); the first stays.

    Within a row no pause is longer than five minutes.
    """
    flood = np.zeros(len(at), bool)
    rows = np.flatnonzero(said)
    if len(rows) < ECHOES:
        return flood
    run = np.cumsum(~trivial[rows] | (np.diff(at[rows], prepend=at[rows[0]]) > FLOOD_MINUTES * 60_000))
    times = np.bincount(run[trivial[rows]], minlength=int(run[-1]) + 1)
    first = np.append(True, (run[1:] != run[:-1]) | ~trivial[rows][:-1])
    flood[rows[trivial[rows] & ~first & (times[run] >= FLOOD_ROWS)]] = True
    flood[_echoes(texts, at, sender, rows[(length[rows] > 0) & (length[rows] <= ECHO_LENGTH)])] = True
    return flood


def _echoes(texts: pa.Array, at: np.ndarray, sender: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows that repeat a text of the last minutes which at least three people say in this row."""
    code = texts.take(pa.array(rows)).dictionary_encode().indices.to_numpy()
    rows = rows[np.bincount(code)[code] >= ECHOES] if len(rows) else rows
    if not len(rows):
        return rows
    code = texts.take(pa.array(rows)).dictionary_encode().indices.to_numpy()
    order = np.lexsort((rows, code))
    rows, code = rows[order], code[order]
    apart = (np.diff(code, prepend=-1) != 0) | (np.diff(at[rows], prepend=at[rows[0]]) > FLOOD_MINUTES * 60_000)
    run = np.cumsum(apart) - 1
    voices = distinct(run.astype(np.int64) * (int(sender.max()) + 1) + sender[rows]) // (int(sender.max()) + 1)
    return rows[~apart & (np.bincount(voices)[run] >= ECHOES)]


def chain_calls(messages: pa.Table, texts: pa.Array, wording: Wording, said: np.ndarray) -> np.ndarray:
    """The call of each 接龙; the entries, which repeat its head, are answers."""
    chain = (among(messages["kind"], "chain") | wording.matches(_CHAIN)[: len(said)]) & said
    rows = np.flatnonzero(chain)
    seen: set[str] = set()
    calls = np.zeros(len(said), bool)
    for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        head = _FIRST_ENTRY.split(text, maxsplit=1)[0].strip()
        calls[row] = head not in seen
        seen.add(head)
    return calls


def _offers(messages: pa.Table, texts: pa.Array, wording: Wording, said: np.ndarray) -> np.ndarray:
    """The calls of 接龙 that sell something."""
    return chain_calls(messages, texts, wording, said) & wording.matches(_PRICE)
