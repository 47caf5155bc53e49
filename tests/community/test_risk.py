"""Dormancy risk: features, labels, training, and the reasons that add up."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from community.reasons import read_reason
from community.risk import load_model, predict_risk, shipped_model
from community.risk_features import FEATURES, Rhythm, features, read_rhythm, running_peak
from community.settings import CommunitySettings
from community.train_risk import EITHER, RAISES, label_windows, train_risk

SETTINGS = CommunitySettings()


def rhythm(levels, speakers=8) -> Rhythm:
    """`levels` messages a day, spread evenly over the speakers."""
    day = np.repeat(np.arange(len(levels)), levels)
    member = np.concatenate([np.arange(n) % speakers for n in levels]) if len(day) else day
    return read_rhythm(day, member.astype(np.int64), len(levels))


def test_a_lively_chat_is_safe_and_a_faint_one_is_not():
    lively = predict_risk(rhythm([30] * 200, 20), SETTINGS)
    faint = predict_risk(rhythm([30] * 130 + [2, 0, 0, 0, 0, 0, 0] * 10, 3), SETTINGS)
    assert lively and faint
    assert lively.p12 < 0.2 < 0.6 < faint.p12
    assert lively.p8 <= lively.p12 and faint.p8 <= faint.p12


def test_little_history_gives_no_number():
    assert predict_risk(rhythm([30] * 55), SETTINGS) is None
    assert predict_risk(rhythm([0] * 90 + [5]), SETTINGS) is None


def test_the_past_alone_counts():
    """Features at an anchor do not change when more history follows: no peeking."""
    rng = np.random.default_rng(3)
    levels = rng.poisson(4, 240)
    anchors = np.arange(70, 150, 7)
    full = features(rhythm(levels), anchors)
    cut = np.vstack([features(rhythm(levels[:a]), np.array([a])) for a in anchors])
    assert np.allclose(full, cut)


def test_reasons_carry_a_sign_and_the_strongest_comes_first():
    risk = predict_risk(rhythm([30] * 130 + [1, 0, 0, 0, 0, 0, 0] * 10, 2), SETTINGS)
    assert risk
    told = [read_reason(r)[1] for r in risk.reasons]
    pushes = [float(str(t["push"])) for t in told]
    assert len(pushes) == 3 and [abs(p) for p in pushes] == sorted((abs(p) for p in pushes), reverse=True)
    assert all((p > 0) == (t["sign"] == "+") for p, t in zip(pushes, told, strict=True))


def test_shipped_coefficients_have_the_signs_they_must():
    for weights in shipped_model().weights:
        for name, weight in zip(FEATURES, weights, strict=True):
            if name not in EITHER:
                assert weight >= 0 if name in RAISES else weight <= 0, name


def test_a_model_of_other_features_is_refused():
    with pytest.raises(ValueError, match="other features"):
        load_model(json.dumps({"features": ["x"]}))


def test_the_launch_burst_is_no_peak():
    peak, _ = running_peak(np.array([500] * 7 + [10] * 120))
    assert peak[-1] == 280


def test_labels_of_a_chat_that_stops():
    anchors, labels = label_windows(rhythm([20] * 150 + [0] * 150))
    eight, twelve = labels.T
    assert not eight[anchors < 140].any() and eight[anchors >= 150].all()
    assert np.nanmin(twelve[(anchors >= 84) & (anchors <= 150)]) == 1


def test_training_writes_a_model_that_loads(tmp_path):
    rng = np.random.default_rng(5)
    rows = []
    for chat in range(30):
        dies = chat % 2
        for day in range(300):
            level = 6 if not dies or day < 150 else 0.15
            for _ in range(rng.poisson(level)):
                rows.append(("test", f"g{chat}", day, f"m{rng.integers(6 if not dies else 3)}"))
    table = pd.DataFrame(rows, columns=["source", "group_id", "day", "member_id"])
    table["ts"] = (pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(table.pop("day"), unit="D")).astype(
        "datetime64[ms, UTC]"
    )
    table["is_bot"] = False
    table.to_parquet(tmp_path / "a.parquet")
    report = train_risk(tmp_path, tmp_path / "out")
    model = load_model((tmp_path / "out" / "model.json").read_text("utf-8"))
    assert model.weights.shape == (2, len(FEATURES))
    assert report["8w"]["chats"] == 30 and report["8w"]["ci95"][0] <= report["8w"]["auc"] <= report["8w"]["ci95"][1]


def test_training_without_histories_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="histories"):
        train_risk(tmp_path, tmp_path)
