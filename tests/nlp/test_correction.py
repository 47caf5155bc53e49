"""Corrections: a few rows move what they are about, change nothing else, and never break a table."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.annotation import EVIDENCE
from nlp.correction import SHAPES, WHY, Correction, correct, fit

ADS = pa.schema(
    [("ads_label", pa.string()), ("ads_score", pa.float32()), ("ads_evidence", EVIDENCE), ("ads_kind", pa.string())]
)


def scored(rows: list[tuple[str | None, float | None]]) -> pa.Table:
    """Head columns with these labels and scores."""
    body = [
        {"ads_label": label, "ads_score": score, "ads_evidence": [], "ads_kind": "loan" if label == "ad" else None}
        for label, score in rows
    ]
    return pa.Table.from_pylist(body, schema=ADS)


def test_nothing_decided_corrects_nothing():
    texts, before = ["你好", "加微信领券", "😀"], np.array([0.1, 0.7, 0.4])
    found = fit(texts, before, before, np.ones(3), SHAPES["words"])
    assert np.allclose(found.probability(texts, before), before, atol=1e-3)


def test_words_that_people_allow_lower_texts_with_them_and_leave_others():
    allowed, condemned = [f"今日开团第{i}号" for i in range(20)], [f"代开发票{i}" for i in range(20)]
    texts = allowed + condemned
    target = np.repeat([0.0, 1.0], 20)
    found = fit(texts, np.full(40, 0.8), target, np.ones(40), SHAPES["words"])
    new = found.probability(["今日开团第99号", "代开发票吗", "今天天气好"], np.array([0.8, 0.8, 0.01]))
    assert new[0] < 0.5 < new[1]
    assert new[2] < 0.1
    again = Correction.from_json(json.loads(json.dumps(found.to_json())))
    assert np.allclose(
        again.probability(texts, np.full(40, 0.8)), found.probability(texts, np.full(40, 0.8)), atol=1e-2
    )


def test_what_a_rule_exempts_and_what_was_never_scored_stay():
    up = {"ads": Correction(1.0, 30.0)}
    table = correct(
        up, pa.chunked_array([["接龙", None, "早"]]), scored([("not_ad", 1.0), (None, None), ("not_ad", 0.9)])
    )
    assert table["ads_label"].to_pylist() == ["not_ad", None, "ad"]
    assert table["ads_score"].to_pylist()[1] is None


def test_a_row_that_becomes_an_advertisement_says_which_of_its_words_were_taught():
    texts = [f"老地方返利{i}" for i in range(12)] + [f"老地方吃饭{i}" for i in range(12)]
    target = np.repeat([1.0, 0.0], 12)
    found = fit(texts, np.full(24, 0.3), target, np.ones(24), SHAPES["words"])
    text = "🎈ＡＡ老地方返利啦"
    (evidence,) = correct({"ads": found}, pa.chunked_array([[text]]), scored([("not_ad", 0.7)]))[
        "ads_evidence"
    ].to_pylist()
    assert evidence
    assert {span["why"] for span in evidence} == {WHY}
    assert any(set(text[span["start"] : span["end"]]) & set("返利") for span in evidence)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.floats(0, 1)), min_size=1, max_size=12),
    st.floats(0.1, 3),
    st.floats(-20, 20),
    st.dictionaries(st.integers(0, 2**15 - 1), st.floats(-9, 9), max_size=50),
)
def test_any_correction_keeps_rows_labels_scores_and_offsets_legal(rows, scale, shift, grams):
    table = scored([("ad", p) if p >= 0.5 else ("not_ad", 1 - p) for _, p in rows])
    texts = [text for text, _ in rows]
    found = correct({"ads": Correction(scale, shift, grams)}, pa.chunked_array([texts]), table)
    assert found.schema == table.schema
    for text, row in zip(texts, found.to_pylist(), strict=True):
        assert row["ads_label"] in ("ad", "not_ad")
        assert 0.5 <= row["ads_score"] <= 1
        assert all(0 <= span["start"] < span["end"] <= len(text) for span in row["ads_evidence"])


def test_a_head_that_asks_for_more_than_a_half_keeps_its_answers_where_nothing_is_corrected():
    body = [("toxic", 0.95), ("not_toxic", 0.2), ("unsure", 0.35), ("not_toxic", 0.99), (None, None)]
    rows = [{"toxicity_label": a, "toxicity_score": b, "toxicity_evidence": []} for a, b in body]
    schema = pa.schema(
        [(name.replace("ads", "toxicity"), kind) for name, kind in zip(ADS.names[:3], ADS.types, strict=False)]
    )
    table = pa.Table.from_pylist(rows, schema=schema)
    texts = pa.chunked_array([["a", "b", "c", "d", "e"]])
    assert correct({"toxicity": Correction()}, texts, table)["toxicity_label"].to_pylist() == [a for a, _ in body]
    lower = correct({"toxicity": Correction(shift=-2.0)}, texts, table)
    assert lower["toxicity_label"].to_pylist() == ["toxic", "not_toxic", "not_toxic", "not_toxic", None]
