"""Steps about warnings: done, snoozed, taken back; effects against the chat's own earlier weeks."""

from __future__ import annotations

from datetime import date, timedelta

import invented
import pandas as pd
import pytest
from screens import open_page, said

from dashboard import handled, words
from nuanqun import audit, steps

FIRST = date(2024, 1, 1)
START = date(2024, 3, 1)


def days(counts: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"day": [FIRST + timedelta(days=i) for i in range(len(counts))], "messages_clean": counts})


def test_an_effect_is_after_minus_before_beside_what_the_chat_does_anyway():
    steady = [10.0, 12.0, 8.0, 10.0, 11.0, 9.0, 10.0] * 20
    found = handled.effect(days(steady + [20.0] * 28), FIRST + timedelta(days=139))
    assert found is not None
    assert (found.days, found.before, found.after) == (28, 10.0, 20.0)
    assert found.usual_low == pytest.approx(0) and found.usual_high == pytest.approx(0)
    assert found.unusual and found.pairs == 13
    same = handled.effect(days(steady), FIRST + timedelta(days=111))
    assert same is not None and not same.unusual


def test_too_early_or_too_little_history_says_nothing():
    assert handled.effect(days([5.0] * 60), FIRST + timedelta(days=55)) is None
    assert handled.effect(days([5.0] * 30), FIRST + timedelta(days=3)) is None
    few = handled.effect(days([5.0] * 60), FIRST + timedelta(days=40))
    assert few is not None and few.usual_low is None and not few.unusual


def test_a_snooze_ends_on_its_day_and_a_later_warning_is_a_new_one():
    snoozed = {"rule": "ad_flood", "on": date(2024, 3, 10), "until": date(2024, 3, 17)}
    assert steps.state_of([snoozed], "ad_flood", START, date(2024, 3, 16)) is snoozed
    assert steps.state_of([snoozed], "ad_flood", START, date(2024, 3, 17)) is None
    done = {"rule": "ad_flood", "on": date(2024, 3, 10), "until": None}
    assert steps.state_of([done], "ad_flood", START, date(2025, 1, 1)) is done
    assert steps.state_of([done], "ad_flood", date(2024, 3, 11), date(2025, 1, 1)) is None
    assert steps.state_of([done], "mood_drop", START, date(2024, 3, 11)) is None


def test_done_and_taken_back_on_the_page_stand_in_the_audit(tmp_path, monkeypatch):
    store = invented.build(tmp_path)
    app = open_page("chat", tmp_path, monkeypatch, chat=invented.DYING)
    app.button(key="done_ad_flood").click().run()
    assert not app.exception
    kept = steps.taken(store.engine)
    assert [(step["rule"], step["status"], step["on"]) for step in kept] == [("ad_flood", "done", date(2024, 3, 30))]
    assert audit.page(store.engine, 1, 1)[0]["action"] == "take_step"
    assert "done_ad_flood" not in [button.key for button in app.button]
    app.button(key=f"undo_step_{kept[0]['id']}").click().run()
    assert steps.taken(store.engine) == []
    app.button(key="snooze_ad_flood").click().run()
    assert steps.taken(store.engine)[0]["until"] == date(2024, 4, 6)
    assert words.t("todo.snoozed", day=words.day(date(2024, 4, 6), year=True)) in said(app)


def test_a_step_needs_a_known_status_and_an_end_exactly_when_snoozed(tmp_path):
    engine = invented.build(tmp_path).engine
    for status, until in (("ignored", None), ("snoozed", None), ("done", START)):
        with pytest.raises(ValueError, match="step"):
            steps.take(engine, invented.WARM, "ad_flood", START, status, START, "li", until=until)
