"""Engines give the same results wherever the work runs, and survive a killed worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from nuanqun.engine import InlineEngine, LocalEngine, WorkerLost, open_engine
from nuanqun.settings import EngineSettings


def square(number: int) -> int:
    return number * number


def whose(_job: int) -> int:
    return os.getpid()


def die_once(job: tuple[int, str]) -> int:
    number, marker = job
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(_job: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_every_engine_gives_every_result():
    jobs = list(range(12))
    expected = [square(job) for job in jobs]
    assert list(InlineEngine().map(square, jobs)) == expected
    assert sorted(LocalEngine(2).map(square, jobs)) == expected
    with open_engine(EngineSettings(engine="dask", workers=1)) as engine:
        assert sorted(engine.map(square, jobs)) == expected


def test_a_killed_worker_costs_no_result(tmp_path):
    jobs = [(number, str(tmp_path / "died")) for number in range(8)]
    assert sorted(LocalEngine(2).map(die_once, jobs)) == list(range(8))
    assert (tmp_path / "died").exists()


def test_a_job_that_always_kills_its_worker_is_named():
    with pytest.raises(WorkerLost, match="memory"):
        list(LocalEngine(1).map(die, [1]))


def test_small_work_starts_no_processes():
    with open_engine(EngineSettings(workers=2, inline_rows=100)) as engine:
        assert set(engine.map(whose, [1, 2], rows=99)) == {os.getpid()}
        assert os.getpid() not in set(engine.map(whose, [1, 2], rows=100))
    with open_engine(EngineSettings(workers=1)) as engine:
        assert isinstance(engine, InlineEngine)
