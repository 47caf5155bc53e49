"""The record of the warnings: what a back-test found is what the page is told, and every rule that ships is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from community.alert_backtest import backtest_alerts
from community.alert_record import Record, read_alert_record
from community.alerts import rules
from nuanqun.backtest.alerts import run


@pytest.fixture
def histories(tmp_path):
    """Two invented chats of a year: one goes on, one falls silent after eight months."""
    rng, rows = np.random.default_rng(3), []
    for name, last in (("goes on", 365), ("stops", 240)):
        for day in range(last):
            for _ in range(rng.poisson(6)):
                at = pd.Timestamp("2023-01-02") + pd.Timedelta(days=day, minutes=int(rng.integers(480, 1380)))
                rows.append(("club", name, len(rows), at, f"{name} {rng.integers(0, 12)}", False, "so it goes", None))
    columns = ["source", "group_id", "msg_id", "ts", "member_id", "is_bot", "text", "reply_to"]
    table = pd.DataFrame(rows, columns=columns)
    folder = tmp_path / "histories"
    folder.mkdir()
    table.assign(reply_to=table.reply_to.astype("Int64")).to_parquet(folder / "club.parquet")
    return folder


def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_numbers(histories, tmp_path):
    kept, seen = tmp_path / "kept.jsonl", []
    once = backtest_alerts(histories)
    backtest_alerts(histories, limit=1, kept=kept, progress=seen.append)
    again = backtest_alerts(histories, kept=kept, progress=seen.append)
    assert sorted(seen) == ["goes on", "stops"] and again == once


def test_the_page_is_told_what_the_back_test_found(histories, tmp_path):
    path = tmp_path / "records" / "alerts.json"
    found = run(histories, least=100, limit=None, record=path, progress=lambda _: None)
    row = json.loads(path.read_text("utf-8"))["rules"]["dormancy_risk"]
    assert row["chats"] == 2 and row["precision"] == found["result"]["dormancy_risk"]["precision"]


def test_every_tested_rule_has_a_record_and_the_others_have_none():
    tested = {rule for rule in rules() if read_alert_record(rule)}
    assert {"dormancy_risk", "cold_drop", "core_member_lost"} <= tested
    assert "ad_flood" not in tested and read_alert_record("no such rule") is None
    record = read_alert_record("dormancy_risk")
    assert isinstance(record, Record) and record.chats > 0 and record.group_years > 0
