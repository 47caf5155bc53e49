"""Known answers of agreement and misjudgement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from nuanqun import agreement

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def verdict(message: str, reviewer: str, label: str, days_ago: float = 1, suggestion: str | None = "ad") -> dict:
    at = NOW - timedelta(days=days_ago)
    return {"chat_id": "c", "message_id": message, "reviewer": reviewer, "label": label, "at": at,
            "suggestion_label": suggestion}  # fmt: skip


def test_kappa_of_the_textbook():
    # 50 grants, two readers: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no -> 0.4
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert agreement.kappa(first, second) == pytest.approx(0.4)
    assert agreement.kappa(["ad", "fine"], ["ad", "fine"]) == 1
    assert agreement.kappa(["ad", "ad"], ["ad", "ad"]) is None
    assert agreement.kappa([], []) is None


def test_one_reader_twice_is_no_agreement():
    first = pd.DataFrame([verdict("1", "a", "ad"), verdict("2", "a", "fine"), verdict("3", "b", "ad")])
    second = pd.DataFrame([verdict("1", "b", "ad"), verdict("2", "b", "ad"), verdict("3", "b", "ad")])
    both = agreement.pairs(first, second)
    assert both["message_id"].tolist() == ["1", "2"]
    assert agreement.by_reviewer(both).to_dict("records") == [{"reviewer": "a", "read": 2, "agreed": 0.5, "kappa": 0.0}]


def test_the_sample_is_a_tenth_and_nobodys_own():
    ids = [f"m{i}" for i in range(2_000)]
    assert 150 < sum(map(agreement.sampled, ids)) < 250
    standing = pd.DataFrame([verdict(i, "a" if n % 2 else "b", "ad") for n, i in enumerate(ids)])
    second = standing.head(0)
    mine = agreement.waiting(standing, second, "a")
    assert set(mine["reviewer"]) == {"b"} and all(map(agreement.sampled, mine["message_id"]))
    assert len(agreement.waiting(standing, mine.head(5), "a")) == len(mine) - 5


def test_misjudged_counts_the_last_word_of_this_week_on_suggestions_only():
    standing = pd.DataFrame([
        verdict("1", "a", "fine", 3), verdict("2", "a", "ad", 3), verdict("3", "a", "unsure", 3),
        verdict("4", "a", "fine", 9), verdict("5", "a", "fine", 2, None),
        verdict("6", "a", "fine", 2), verdict("6", "b", "abuse", 1),
    ])  # fmt: skip
    assert agreement.misjudged(standing, NOW) == (1, 3)
