"""What is computed on whole arrays says the same as the plain way of saying it, a text or a span at a time."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from community.distinct import distinct, voices
from community.lexicon import find_phrases, may_hold, phrases, read_phrases, sieve
from community.reply_model import SPAN, spans
from community.reply_words import read_words

WORDS = st.text("abAB0'.-/ \n中文字说", max_size=12)


def plain_words(text: str) -> set[str]:
    found: set[str] = set()
    for token in re.findall(r"[a-z0-9_'./+-]+|[\u3400-\u9fff]+", text.lower()):
        latin = token[0] < "\u3400"
        found |= {token.strip(".'-")} if latin else {token[k : k + 2] for k in range(len(token) - 1)}
    return {word for word in found if len(word) > 1}


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, max_size=12))
def test_words_are_those_of_the_definition(texts):
    words = read_words(pa.array(texts, pa.string()), 3)
    each = [plain_words(t) for t in texts]
    assert words.count.tolist() == [len(w) for w in each]
    times = {w: sum(w in e for e in each) for e in each for w in e}
    n = len(texts)
    idf = {w: max(np.log((n + 1) / (k + 0.5)), 0) if 2 <= k <= 0.04 * n + 2 else 0.0 for w, k in times.items()}
    for i in range(n):
        for lag in range(1, 4):
            shared = each[i] & each[i - lag] if i >= lag else set()
            assert np.isclose(words.shared[i, lag - 1], sum(idf[w] ** 2 for w in shared), rtol=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(WORDS, st.sampled_from(read_phrases("organise") + read_phrases("thanks"))), max_size=8))
def test_the_sieve_loses_no_phrase(parts):
    texts = pa.array([t for a, b in parts for t in (a, a + b, b.upper() + a)], pa.string())
    sieved = sieve(texts)
    for name in ("organise", "thanks", "trivial"):
        plain = pc.match_substring_regex(texts, phrases(name)).to_pylist()
        assert find_phrases(texts, name, sieved).tolist() == plain


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("a小马B\n😀王", max_size=6), max_size=6), st.lists(st.text("a小马b😀王", min_size=2, max_size=2))
)
def test_no_text_that_holds_a_pair_is_left_out(texts, pairs):
    found = set(may_hold(pa.array(texts, pa.string()), pairs).tolist())
    assert found <= set(range(len(texts)))
    assert {i for i, text in enumerate(texts) if any(pair in text.lower() for pair in pairs)} <= found


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 9), max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)
)
def test_voices_are_the_distinct_members_of_a_span(who, ends):
    member = np.array(who, np.int64)
    low = np.array([min(a, b, len(who)) for a, b in ends], np.int64)
    high = np.array([min(max(a, b), len(who)) for a, b in ends], np.int64)
    assert voices(member, low, high).tolist() == [len(set(who[a:b])) for a, b in zip(low, high, strict=True)]
    assert distinct(member).tolist() == sorted(set(who))


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 20))
def test_spans_hold_every_wanted_message_once_and_what_comes_just_before(wanted, before):
    held = [i for span in spans(np.array(wanted, bool), before) for i in range(span.start, span.stop)]
    near = {j for i, w in enumerate(wanted) if w for j in range(max(i - before, 0), i + 1)}
    assert held == sorted(near)


def test_a_long_stretch_is_cut():
    assert [s.stop - s.start for s in spans(np.ones(SPAN + 5, bool))] == [SPAN, 5]
