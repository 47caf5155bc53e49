"""Verdicts: appended, undone, never overwritten, and refused when somebody else was quicker."""

from __future__ import annotations

import threading

import pytest

from nuanqun import verdicts
from nuanqun.errors import StaleRow
from nuanqun.store import Store
from nuanqun.verdicts import Decision, decide


def labels(store: Store) -> list[str]:
    return store.verdicts().column("label").to_pylist()


def test_verdicts_are_appended_and_undone_never_overwritten(tmp_path):
    store = Store(tmp_path)
    first = decide(store.engine, [Decision("c", "m", "ad", kind="loan", suggestion_score=0.9)], "阿青")
    decide(store.engine, [Decision("c", "m", "fine")], "小林")
    assert store.verdicts("c").select(["label", "kind", "reviewer"]).to_pylist() == [
        {"label": "ad", "kind": "loan", "reviewer": "阿青"},
        {"label": "fine", "kind": None, "reviewer": "小林"},
    ]
    assert verdicts.undo(store.engine, first) == 1
    assert verdicts.undo(store.engine, first) == 0
    assert labels(store) == ["fine"]
    with pytest.raises(ValueError, match="not one of"):
        decide(store.engine, [Decision("c", "m", "spam")], "x")


def test_a_decision_on_what_has_changed_is_refused_whole(tmp_path):
    store = Store(tmp_path)
    seen = decide(store.engine, [Decision("c", "m1", "ad", expected=None)], "a")[0]
    with pytest.raises(StaleRow) as stale:
        decide(
            store.engine, [Decision("c", "m2", "ad", expected=None), Decision("c", "m1", "fine", expected=None)], "b"
        )
    assert stale.value.changed == [("c", "m1")]
    assert labels(store) == ["ad"]
    decide(store.engine, [Decision("c", "m1", "fine", expected=seen)], "b")
    assert labels(store) == ["ad", "fine"]


def test_an_undone_verdict_is_not_expected_any_more(tmp_path):
    store = Store(tmp_path)
    ids = decide(store.engine, [Decision("c", "m", "ad")], "a")
    verdicts.undo(store.engine, ids)
    with pytest.raises(StaleRow):
        decide(store.engine, [Decision("c", "m", "fine", expected=ids[0])], "b")
    decide(store.engine, [Decision("c", "m", "fine", expected=None)], "b")


def test_of_many_who_decide_at_the_same_moment_exactly_one_wins(tmp_path):
    engine, outcomes = Store(tmp_path).engine, []
    start = threading.Barrier(6)

    def one(name: str) -> None:
        start.wait()
        try:
            decide(engine, [Decision("c", f"m{i}", "ad", expected=None) for i in range(20)], name)
            outcomes.append("stored")
        except StaleRow:
            outcomes.append("refused")

    threads = [threading.Thread(target=one, args=(str(i),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["stored"]
    assert len(labels(Store(tmp_path))) == 20


def test_a_thousand_are_decided_and_undone_together(tmp_path):
    store = Store(tmp_path)
    ids = decide(store.engine, [Decision("c", f"m{i}", "ad", expected=None) for i in range(1_200)], "a")
    assert set(store.verdicts().column("batch").to_pylist()) != {None}
    assert verdicts.undo(store.engine, ids) == 1_200
    assert labels(store) == []


def test_a_second_reading_leaves_the_verdict_alone(tmp_path):
    store = Store(tmp_path)
    decide(store.engine, [Decision("c", "m", "ad")], "a")
    decide(store.engine, [Decision("c", "m", "fine")], "b", reading=2)
    assert labels(store) == ["ad"]
    assert verdicts.second_readings(store.engine).column("label").to_pylist() == ["fine"]


def test_remarks_are_three_different_things(tmp_path):
    engine = Store(tmp_path).engine
    verdicts.add_remark(engine, "c", "m", "teach", "ad", "a")
    verdicts.add_remark(engine, "c", "m", "allow", " 老王水果 ", "a")
    verdicts.add_remark(engine, "c2", "m", "appeal", "帮邻居转发", "b")
    assert [(r["kind"], r["text"]) for r in verdicts.remarks(engine, "c", "m")] == [
        ("allow", "老王水果"),
        ("teach", "ad"),
    ]
    for kind, text in (("delete", "x"), ("appeal", "  ")):
        with pytest.raises(ValueError, match="remark"):
            verdicts.add_remark(engine, "c", "m", kind, text, "a")
