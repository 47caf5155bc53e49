"""Planted fates: known rows give known rates, a run goes on where it stopped, and a chat that dies is warned of."""

from __future__ import annotations

import json

import pytest

from nuanqun.backtest import fates
from nuanqun.backtest.fates import judge_seed, report, run
from nuanqun.errors import NuanqunError

QUIET = {"rules": [], "false": []}
LEFT = {"rules": ["core_member_lost"], "false": []}


def row(seed: int, lead: int | None = 20) -> dict:
    """Two dying chats, one steady chat of four weeks with a false and a right warning, one planted leader of two found."""
    return {
        "seed": seed,
        "noise": 1.0,
        "dying": {
            "a": {"lead": lead, "rules": ["cold_drop"] if lead else []},
            "b": {"lead": 13, "rules": ["ad_flood"]},
        },
        "steady": {"c": [QUIET, {"rules": ["cold_drop"], "false": ["cold_drop"]}, LEFT, QUIET]},
        "dependence": {"c": False, fates.TRADER: True},
        "kols": [True, False],
        "roles": {"social/0/all/asker/asker": 3, "social/0/all/asker/talker": 1, "social/0/all/talker/talker": 2},
    }


def test_rates_of_known_rows():
    found = report([row(1), row(2, lead=None)])
    assert found["dying_warned_14_days_ahead"] == 0.25 and found["never_warned"] == 1
    assert found["median_lead_days"] == 13 and found["steady_weeks_warned"] == 0.25
    assert found["steady_weeks_warned_any"] == 0.5
    assert (found["dependence_found"], found["dependence_false"], found["kol_in_top_3"]) == (1, 0, 0.5)
    asker, talker = 2 * 6 / (2 * 6 + 2), 2 * 4 / (2 * 4 + 2)
    assert found["roles_macro_f1"] == {"social_noise_0_all": pytest.approx((asker + talker) / 2)}
    with pytest.raises(ValueError, match="no seed"):
        report([])


def test_a_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    kept, judged = tmp_path / "fates.jsonl", []
    kept.write_text(json.dumps(row(7)) + "\n", "utf-8")
    monkeypatch.setattr(fates, "judge_seed", lambda seed, noise: judged.append(seed) or row(seed))
    found = run(7, 3, noise=1.0, kept=kept, say=lambda _: None)
    assert judged == [8, 9] and found["n"] == 3 and len(kept.read_text("utf-8").splitlines()) == 3
    assert found["ci95"]["kol_in_top_3"] == [0.5, 0.5]
    with pytest.raises(NuanqunError, match="another noise"):
        run(7, 1, noise=0.0, kept=kept, say=lambda _: None)


def test_a_seed_is_judged_from_end_to_end(monkeypatch):
    monkeypatch.setattr(fates, "DYING", ("tech",))
    monkeypatch.setattr(fates, "STEADY", ("mother_baby",))
    found = judge_seed(2, 1.0)
    assert found["dying"]["tech"]["lead"] >= 14 and found["dependence"][fates.TRADER]
    # two members of this steady chat leave for good by plan: the warnings about them are right
    weeks = found["steady"]["mother_baby"]
    assert sum(bool(w["rules"]) for w in weeks) > 5 and not any(w["false"] for w in weeks)
