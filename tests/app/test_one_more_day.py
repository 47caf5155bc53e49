"""A workspace that grows day by day holds what one holds that was analysed once, whatever happened on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from community import reply_model
from nuanqun import analysis, house
from nuanqun.erase import forget_member
from nuanqun.pipeline import RunReport, bring_in, run, work_out
from nuanqun.settings import load_settings
from nuanqun.simulate.bulk import bulk, write_bulk
from nuanqun.store import SCHEMAS, Store
from nuanqun.sweeping import KEPT, kept_folder


@pytest.fixture
def pieces(tmp_path, monkeypatch) -> list[Path]:
    """Exports of one chat: its beginning, more, a day that comes late, the end; blocks so short that there are many."""
    monkeypatch.setattr(analysis, "WORTH_KEEPING", 0)
    monkeypatch.setattr(reply_model, "STRETCH", 64)
    monkeypatch.setattr(reply_model, "CONTEXT", 16)
    rows = bulk(700, chats=1, days=30, seed=3)
    cuts = [(0, 300), (330, 500), (300, 330), (490, 700)]
    return [write_bulk(rows.slice(low, high - low), tmp_path / str(n))[0] for n, (low, high) in enumerate(cuts)]


def tables(store: Store) -> dict[str, pa.Table]:
    return {name: store.table(name) for name in SCHEMAS}


def from_nothing(store: Store) -> dict[str, pa.Table]:
    """The same messages, analysed again while nothing is kept."""
    with store.write() as change:
        change.drop += [(name, chat_id) for chat_id in store.known_chats() for name in SCHEMAS]
    for path in (store.workspace / KEPT).rglob("*.kept"):
        path.unlink()
    work_out(store, RunReport(), load_settings(store.workspace))
    return tables(store)


def test_exports_that_come_one_by_one_give_what_they_give_at_once(pieces, tmp_path):
    settings = load_settings(tmp_path / "daily")
    for piece in pieces:
        run([piece], workspace=tmp_path / "daily", settings=settings)
    once = Store(tmp_path / "once")
    for piece in pieces:
        bring_in(once, RunReport(), [piece], settings)
    work_out(once, RunReport(), settings)
    store = Store(tmp_path / "daily")
    daily = tables(store)
    assert pc.sum(daily["chats"]["messages"]).as_py() == 700
    for name, table in tables(once).items():  # scores of the models differ in the seventh digit, as their batches do
        for column in table.schema:
            if pa.types.is_floating(column.type):
                both = (one[column.name].to_numpy().astype(float) for one in (daily[name], table))
                np.testing.assert_allclose(*both, rtol=1e-4, atol=1e-5)
            else:
                assert daily[name][column.name].equals(table[column.name]), f"{name}.{column.name}"
    assert daily == from_nothing(store)


def test_decisions_and_erasure_on_the_way_leave_nothing_stale(pieces, tmp_path):
    store, settings = Store(tmp_path / "w"), load_settings(tmp_path / "w")
    run(pieces[:2], workspace=store.workspace, settings=settings)
    (chat_id,) = store.known_chats()
    house.save(store.engine, "thresholds", {"cold_drop": {"drop": 0.1}}, "li")
    run([pieces[2]], workspace=store.workspace, settings=settings)
    assert any(kept_folder(store.workspace, chat_id).iterdir())
    forget_member(store, store.table("members")["member_id"][0].as_py())
    assert not kept_folder(store.workspace, chat_id).exists()
    run([pieces[3]], workspace=store.workspace, settings=settings)
    grown = tables(store)
    assert grown == from_nothing(store)
