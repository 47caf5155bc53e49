"""Engines: where the same pure functions are mapped over the same Parquet parts.

`local` runs one process a core and survives a killed worker; `dask` hands the work to dask.distributed.
Example: `open_engine(settings, rows=2_000_000).map(annotate_part, jobs)`.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from nuanqun.errors import NuanqunError
from nuanqun.settings import EngineSettings

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerLost(NuanqunError, RuntimeError):
    """A job killed its worker again and again."""


class Engine(Protocol):
    """Maps a function over jobs; results come as they finish, in any order."""

    @property
    def workers(self) -> int:
        """Processes that work at the same time."""
        ...

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield one result a job; an exception of a job is raised here."""
        ...


class InlineEngine:
    """This process, one job after the other: for small work and for debugging."""

    workers = 1

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the results in order."""
        yield from map(function, jobs)


class LocalEngine:
    """A process pool that is rebuilt when a worker dies; unfinished jobs are run again."""

    attempts = 3

    def __init__(self, workers: int) -> None:
        """Use `workers` processes, one thread each."""
        self.workers = workers

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the results as they finish; raises WorkerLost when jobs keep killing their workers."""
        waiting = dict(enumerate(jobs))
        for _ in range(self.attempts):
            try:
                yield from self._map_once(function, waiting)
                return
            except BrokenProcessPool:
                continue
        raise WorkerLost(
            f"{len(waiting)} jobs did not finish: their worker process was killed {self.attempts} times. "
            "The usual cause is too little memory: close other programs or set engine.workers to 1."
        )

    def _map_once(self, function: Callable[[Job], Result], waiting: dict[int, Job]) -> Iterator[Result]:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, mp_context=context, initializer=_one_thread) as pool:
            futures: dict[Future[Result], int] = {pool.submit(function, job): k for k, job in waiting.items()}
            for future in as_completed(futures):
                result = future.result()
                del waiting[futures[future]]
                yield result


class DaskEngine:
    """dask.distributed: a running scheduler by address, or a cluster on this machine."""

    def __init__(self, client: Any) -> None:
        """Use a connected `distributed.Client`."""
        self.client = client

    @property
    def workers(self) -> int:
        """Workers that are connected now; at least one will come."""
        return max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the results as they finish."""
        from distributed import as_completed as finished

        for future in finished(self.client.map(function, list(jobs), pure=False)):
            yield future.result()


def _one_thread() -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"


@contextmanager
def open_engine(settings: EngineSettings, *, rows: int) -> Iterator[Engine]:
    """Yield the engine that suits the settings and the amount of work (`rows` messages)."""
    if settings.engine == "dask":
        with _dask_client(settings) as client:
            yield DaskEngine(client)
    elif settings.workers <= 1 or rows < settings.inline_rows:
        yield InlineEngine()
    else:
        yield LocalEngine(settings.workers)


@contextmanager
def _dask_client(settings: EngineSettings) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise NuanqunError('--engine dask needs dask.distributed: pip install "nuanqun[cluster]"') from error
    if settings.scheduler:
        with Client(settings.scheduler) as client:
            yield client
        return
    with (
        LocalCluster(n_workers=settings.workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client
