"""`nuanqun backtest replies` on invented logs: counts as the literature counts, and says its baselines."""

from __future__ import annotations

import pandas as pd
import pytest

from nuanqun.backtest.replies import run


@pytest.fixture
def files(tmp_path):
    """Forty lines of two people who take turns; every line answers the one before, the system line nothing."""
    rows, links = [], []
    for log in ("a", "b"):
        for line in range(41):
            system = line == 20
            nick = None if system else ("tom lee", "ida")[line % 2]
            text = "=== joined" if system else "and then the kettle boiled over"
            rows.append((log, line, None if system else float(line), nick, text, system))
            links.append((log, line, line if line == 0 or system else (19 if line == 21 else line - 1)))
    messages, gold = tmp_path / "m.parquet", tmp_path / "l.parquet"
    pd.DataFrame(rows, columns=["log", "line", "minute", "nick", "text", "system"]).to_parquet(messages)
    pd.DataFrame(links, columns=["log", "line", "parent"]).to_parquet(gold)
    return messages, gold


def test_links_are_counted_over_annotated_lines_the_system_included(files):
    found = run(*files)
    assert found["task"] == "replies" and found["n"] == 82
    previous = found["baselines"]["previous"]
    assert previous["link_f1"] == 1.0  # nothing but turns
    assert found["baselines"]["alone"]["link_precision"] == round(4 / 82, 4)
    assert 0 <= found["ci95"]["link_f1"][0] <= found["result"]["link_f1"] <= found["ci95"]["link_f1"][1] <= 1


def test_quote_replies_give_top1(tmp_path):
    rows: list[tuple] = [
        ("g", f"x{i}", pd.Timestamp("2024-01-01") + pd.Timedelta(minutes=i), f"p{i % 3}", "word", None)
        for i in range(30)
    ]
    rows[9] = (*rows[9][:5], "x8")
    rows[20] = (*rows[20][:5], "x4")
    path = tmp_path / "h.parquet"
    pd.DataFrame(rows, columns=["group_id", "msg_id", "ts", "member_id", "text", "reply_to"]).to_parquet(path)
    found = run(path)
    assert found["n"] == 2 and set(found["result"]) == {"top1"}
    assert found["baselines"]["quotes_previous"]["top1"] == 0.5


def test_a_file_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    pd.DataFrame({"text": ["a"]}).to_parquet(path)
    with pytest.raises(ValueError, match="expected the columns"):
        run(path)
