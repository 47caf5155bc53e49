"""Names in running text: `thanks tom`, `小王你觉得呢`, a nick cut short, one part of a long card.

In: `Talk`, the names members bore. Out: pairs (row, name code). A word that the chat uses far more often than its
bearer writes (a member called `help` or 大家) is no name. Example: `rows, codes = find_plain(talk, names.code)`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.kept import Answer
from community.lexicon import may_hold
from community.talk import Talk

_NOT_NICK = r"[^\w\[\]\\^{}|`-]+"
_PARTS = re.compile(r"[\s\-_/|·.,()（）【】\[\]~—]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TAIL = re.compile(r"[\d_`^|\\\[\]-]+$")
LEAST_LATIN, LEAST_HAN, MOST_HAN = 3, 2, 12
FREE_USES = 8
USES_PER_MESSAGE = 2.0


def find_plain(talk: Talk, code: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of members' messages and the name codes found in them, without `@` and wherever they stand."""
    latin, han = read_aliases(code)
    rows, codes = _found(talk, "latin", latin, _latin)
    if han:
        more_rows, more_codes = _found(talk, "han", han, _han)
        rows, codes = np.concatenate([rows, more_rows]), np.concatenate([codes, more_codes])
    return _uncommon(talk, code, rows, codes)


Search = Callable[[pa.Array, dict[str, int]], tuple[np.ndarray, np.ndarray]]


def _found(talk: Talk, name: str, aliases: dict[str, int], search: Search) -> tuple[np.ndarray, np.ndarray]:
    """Rows of members' messages, and the codes of the aliases in them, in the order of rows."""

    def answer(block: slice) -> Answer:
        place, code = search(talk.texts[block], aliases)
        return {"place": place.astype(np.int32), "code": code.astype(np.int32)}

    found = talk.wording.by_block(name, repr(aliases), answer)
    rows = np.concatenate([start + one["place"].astype(np.int64) for start, one in found])
    codes = np.concatenate([one["code"].astype(np.int64) for _, one in found])
    return rows[talk.said[rows]], codes[talk.said[rows]]


def read_aliases(code: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What each name may be called by, in lower case: itself, and parts of it that only one name has."""
    whole = {name.lower(): number for name, number in code.items()}
    parts: dict[str, set[int]] = {}
    for name, number in whole.items():
        for part in {*_PARTS.split(name), _TAIL.sub("", name)} - {name, ""}:
            parts.setdefault(part, set()).add(number)
    for part, numbers in parts.items():
        if len(numbers) == 1 and not part.isdigit():
            whole.setdefault(part, next(iter(numbers)))
    han = {n: c for n, c in whole.items() if _HAN.search(n) and LEAST_HAN <= len(n) <= MOST_HAN}
    latin = {n: c for n, c in whole.items() if n not in han and len(n) >= LEAST_LATIN and not n.isdigit()}
    return latin, han


def _latin(texts: pa.Array, latin: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    words = pc.split_pattern_regex(pc.utf8_lower(texts), _NOT_NICK)
    flat = pc.list_flatten(words)
    place = pc.fill_null(pc.index_in(flat, pa.array(list(latin), pa.string())), -1).to_numpy()
    hit = np.flatnonzero(place >= 0)
    codes = np.fromiter(latin.values(), np.int64, len(latin))
    return pc.list_parent_indices(words).to_numpy()[hit], codes[place[hit]]


def _han(texts: pa.Array, han: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    lengths: dict[str, list[int]] = {}
    for name in han:
        lengths.setdefault(name[:2], []).append(len(name))
    longest = {head: sorted(set(found), reverse=True) for head, found in lengths.items()}
    some = may_hold(texts, list(longest))
    rows, codes = [], []
    for row, text in zip(some.tolist(), texts.take(pa.array(some)).to_pylist(), strict=True):
        for start in range(len(text) - 1):
            for k in longest.get(text[start : start + 2], ()):
                found = han.get(text[start : start + k])
                if found is not None:
                    rows.append(row)
                    codes.append(found)
                    break
    return np.array(rows, np.int64), np.array(codes, np.int64)


def _uncommon(talk: Talk, code: dict[str, int], rows: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop names that are everyday words here: used much more often than their bearers write."""
    if not len(rows):
        return rows, codes
    sent: Counter[str] = Counter()
    for column in ("sender_name", "sender_card"):
        for entry in talk.messages[column].combine_chunks().filter(pa.array(talk.said)).value_counts().to_pylist():
            sent[(entry["values"] or "").strip()] += entry["counts"]
    written = np.zeros(max(code.values()) + 1)
    for name, number in code.items():
        written[number] = sent[name]
    used = np.bincount(codes, minlength=len(written))
    kept = used <= np.maximum(FREE_USES, USES_PER_MESSAGE * written)
    return rows[kept[codes]], codes[kept[codes]]
