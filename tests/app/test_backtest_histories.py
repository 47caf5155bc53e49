"""Back-tests on invented histories: known fates, known answers, and documents of the agreed shape."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nuanqun.backtest import bootstrap
from nuanqun.backtest.influence import run as run_influence
from nuanqun.backtest.lifecycle import run as run_lifecycle
from nuanqun.backtest.outlook import run_churn, run_forecast
from nuanqun.errors import NuanqunError


@pytest.fixture(scope="module")
def histories(tmp_path_factory):
    """Six invented chats of a year and a half: three steady, three that fade away after some months."""
    rng, rows = np.random.default_rng(5), []
    for number in range(6):
        weights = 1 / np.arange(1, 26)
        for day in range(540):
            rate = 9 * np.exp(-max(day - 200 - 30 * number, 0) / 50) if number % 2 else 9
            for _ in range(rng.poisson(rate)):
                who = int(rng.choice(25, p=weights / weights.sum()))
                at = pd.Timestamp("2022-01-03") + pd.Timedelta(days=day, minutes=int(rng.integers(480, 1380)))
                rows.append(("club", f"g{number}", at, f"p{number}-{who}", False, None))
    columns = ["source", "group_id", "ts", "member_id", "is_bot", "thread"]
    folder = tmp_path_factory.mktemp("histories")
    table = pd.DataFrame(rows, columns=columns).sort_values(["group_id", "ts"])
    table.to_parquet(folder / "club.parquet")
    return folder


def check(document: dict, task: str, keys: set[str]) -> None:
    assert document["task"] == task and document["n"] > 0
    assert keys <= set(document["result"]) and document["baselines"]
    json.dumps(document)


def test_fading_chats_are_told_from_steady_ones(histories):
    found = run_lifecycle(histories)
    keys = {"auc_8w", "auc_12w", "recall_at_10fa", "median_lead_days", "false_episodes_per_year", "groups"}
    check(found, "lifecycle", keys)
    assert found["result"]["groups"] == 6 and found["result"]["auc_12w"] > 0.7
    assert found["result"]["onsets"] >= 1


def test_the_forecast_of_steady_chats_is_near(histories):
    found = run_forecast(histories)
    check(found, "forecast", {"log_mae", "r2"})
    assert found["result"]["log_mae"] < 1.0


def test_members_who_are_often_there_stay(histories):
    found = run_churn(histories, fit=True)
    check(found, "churn", {"auc"})
    assert found["result"]["auc"] > 0.65 and found["fit"]["auc"] > 0.65


def test_who_is_there_often_is_answered_next_month(histories):
    found = run_influence(histories)
    check(found, "influence", {"spearman", "p_at_10", "windows"})
    assert found["result"]["spearman"] > 0.4


def test_a_folder_without_histories_is_refused(tmp_path):
    with pytest.raises(NuanqunError, match="parquet"):
        run_influence(tmp_path)
    with pytest.raises(FileNotFoundError, match="parquet"):
        run_lifecycle(tmp_path)


def test_the_interval_draws_whole_groups():
    """With one group there is nothing to draw but the group itself."""
    values = np.arange(10.0)
    one = bootstrap(["a"] * 10, lambda kept: {"mean": float(values[kept].mean())}, draws=50)
    two = bootstrap(["a"] * 5 + ["b"] * 5, lambda kept: {"mean": float(values[kept].mean())}, draws=200)
    assert one["mean"] == [4.5, 4.5] and two["mean"] == [2.0, 7.0]
