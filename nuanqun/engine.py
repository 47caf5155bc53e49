"""Engines: where the same pure functions are mapped over the same Parquet parts.

`local` runs one process a core and survives a killed worker; `dask` hands the work to dask.distributed.
Example: `with open_engine(settings) as engine: list(engine.map(annotate_parts, jobs, rows=2_000_000))`.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import models
from nuanqun import __version__
from nuanqun.errors import NuanqunError
from nuanqun.exchange import exchanged
from nuanqun.settings import EngineSettings

Job = TypeVar("Job")
Result = TypeVar("Result")
AHEAD = 4
"""Jobs a thread that the scheduler knows of at a time; a hundred thousand at once would be its memory."""
CONNECT_SECONDS = 30


class WorkerLost(NuanqunError, RuntimeError):
    """A job killed its worker again and again."""


class Engine(Protocol):
    """Maps a function over jobs; results come as they finish, in any order."""

    @property
    def workers(self) -> int:
        """Processes that work at the same time."""
        ...

    def map(
        self, function: Callable[[Job], Result], jobs: Sequence[Job], *, rows: int | None = None
    ) -> Iterator[Result]:
        """Yield one result a job; an exception of a job is raised here. `rows` = messages in all of them, if known."""
        ...


class InlineEngine:
    """This process, one job after the other: for small work and for debugging."""

    workers = 1

    def map(
        self, function: Callable[[Job], Result], jobs: Sequence[Job], *, rows: int | None = None
    ) -> Iterator[Result]:
        """Yield the results in order."""
        yield from map(function, jobs)


class LocalEngine:
    """A process pool that is rebuilt when a worker dies; unfinished jobs are run again."""

    attempts = 3

    def __init__(self, workers: int, inline_rows: int = 0) -> None:
        """Use `workers` processes, one thread each; for jobs of fewer than `inline_rows` messages this process."""
        self.workers = workers
        self.inline_rows = inline_rows

    def map(
        self, function: Callable[[Job], Result], jobs: Sequence[Job], *, rows: int | None = None
    ) -> Iterator[Result]:
        """Yield the results as they finish; raises WorkerLost when jobs keep killing their workers."""
        if rows is not None and rows < self.inline_rows:
            yield from map(function, jobs)
            return
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
    """dask.distributed: a running scheduler by address, or a cluster on this machine.

    A killed worker costs nothing but time: the scheduler gives its jobs to others. A result is a list of the parts
    that a job wrote; a job that ran twice wrote two files, and only the one that is returned becomes live.
    """

    def __init__(self, client: Any, storage: str = "") -> None:
        """Use a connected `distributed.Client`; `storage` = fsspec URL to exchange parts over, "" = a shared path."""
        self.client = client
        self.storage = storage

    @property
    def workers(self) -> int:
        """Workers that are connected now; at least one will come."""
        return max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def map(
        self, function: Callable[[Job], Result], jobs: Sequence[Job], *, rows: int | None = None
    ) -> Iterator[Result]:
        """Yield the results as they finish, with some jobs ahead of the workers; raises WorkerLost."""
        from distributed import KilledWorker
        from distributed import as_completed as finished

        send, call, fetch = exchanged(self.storage, function) if self.storage else (_same, function, _same)
        waiting, running = map(send, jobs), finished()
        for job in islice(waiting, AHEAD * max(1, sum(self.client.nthreads().values()))):
            running.add(self.client.submit(call, job, pure=False))
        try:
            for future in running:
                try:
                    result = future.result()
                except KilledWorker as error:
                    raise WorkerLost(
                        f"a job killed every worker that took it ({error}). The usual cause is too little memory: "
                        "start workers with more, or fewer on one machine."
                    ) from error
                for job in islice(waiting, 1):
                    running.add(self.client.submit(call, job, pure=False))
                yield fetch(result)
        finally:
            self.client.cancel(list(running.futures))


def _same(result: Any) -> Any:
    return result


@dataclass(frozen=True, slots=True)
class Sight:
    """What a worker says of itself: it must see what the driver sees, or its results would be others."""

    nuanqun: str
    models: str  # sha256 of the manifest of the shipped weights
    probe: str  # what it read in the workspace


def look_around(probe: str) -> Sight:
    """The sight of this process; `probe` is a file of the workspace, "" = none."""
    manifest = Path(models.__file__).with_name("manifest.json")
    read = Path(probe).read_text("ascii") if probe and Path(probe).exists() else ""
    return Sight(__version__, sha256(manifest.read_bytes()).hexdigest() if manifest.exists() else "", read)


def check_workers(client: Any, workspace: Path | None) -> None:
    """Raise NuanqunError unless every worker has this version, these models, and sees `workspace` (None = need not)."""
    probe = None if workspace is None else workspace / f".cluster-{secrets.token_hex(8)}"
    if probe is not None:
        probe.write_text(secrets.token_hex(16), "ascii")
    try:
        mine = look_around(str(probe or ""))
        seen: dict[str, Sight] = client.run(look_around, str(probe or ""))
    except ModuleNotFoundError as error:
        raise NuanqunError(f"a worker lacks {error.name}: install the same nuanqun there as here.") from error
    finally:
        if probe is not None:
            probe.unlink(missing_ok=True)
    for address, sight in seen.items():
        if (sight.nuanqun, sight.models) != (mine.nuanqun, mine.models):
            raise NuanqunError(f"worker {address} has other models or nuanqun {sight.nuanqun}, here is {mine.nuanqun}.")
        if sight.probe != mine.probe:
            raise NuanqunError(
                f"worker {address} does not see {workspace}. Mount the same folder under the same path there, or name "
                "an object store in engine.storage."
            )


def _one_thread() -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"


@contextmanager
def open_engine(settings: EngineSettings, *, workspace: Path | None = None) -> Iterator[Engine]:
    """Yield the engine that suits the settings.

    Workers of a cluster must see `workspace`, where one is named and no storage is. Raises NuanqunError.
    """
    if settings.engine == "dask":
        with _dask_client(settings) as client:
            check_workers(client, None if settings.storage else workspace)
            yield DaskEngine(client, settings.storage)
    elif settings.workers <= 1:
        yield InlineEngine()
    else:
        yield LocalEngine(settings.workers, settings.inline_rows)


@contextmanager
def _dask_client(settings: EngineSettings) -> Iterator[Any]:
    try:
        import dask.config
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise NuanqunError('--engine dask needs dask.distributed: pip install "nuanqun[cluster]"') from error
    if settings.scheduler:
        try:
            client = Client(settings.scheduler, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            raise NuanqunError(
                f"no Dask scheduler answers at {settings.scheduler}; `dask scheduler` starts one."
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError as error:
                raise NuanqunError(
                    f"the scheduler {settings.scheduler} has no worker: dask worker {settings.scheduler} --nthreads 1"
                ) from error
            yield client
        return
    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),  # samples every thread: a tenth of the work
        LocalCluster(n_workers=settings.workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client
