"""Exports read by worker processes, ahead of the one process that takes their messages into the store.

In: the sources of an import. Out: for a source, a `Spooled` reading with the batches and receipts that `read_export`
would give in this process. Example: `with read_ahead(sources, how, folder, 2) as ahead: ahead.take(source)`.
A worker writes its batches into a file of `folder`, so memory holds one batch a worker; at most `AHEAD` sources a
worker are read before they are wanted. Only files on disk travel; members of archives are read in this process.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from ingest.errors import IngestError
from ingest.message import MESSAGES
from ingest.reading import read_export
from ingest.receipt import Receipt
from ingest.settings import IngestSettings
from ingest.source import Source
from nuanqun.measured import measured

AHEAD = 2
"""Sources a worker reads before the intake wants them: what lies on disk meanwhile is bounded."""
WORTH_IT = 8 << 20
"""Bytes of sources from which starting workers costs less than it gives."""
PREFIX = ".reading-"
"""Start of the name of the folder of an import's batches, in the workspace."""


@dataclass(frozen=True, slots=True)
class How:
    """How the sources of one import are read."""

    settings: IngestSettings
    format_id: str | None = None
    chat_name: str | None = None


@dataclass(frozen=True, slots=True)
class Spooled:
    """A finished reading: iterate for its batches, or for what the reading raised; `receipts` by chat id."""

    file: Path
    receipts: dict[str, Receipt]
    refused: tuple[str, str, str] | None = None

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the batches in order and delete them; raises IngestError when the export cannot be read."""
        try:
            if self.refused:
                reason, path, hint = self.refused
                raise IngestError(reason, path=path, hint=hint)
            with pa.memory_map(str(self.file)) as file:
                reader = pa.ipc.open_file(file)
                for number in range(reader.num_record_batches):
                    yield pa.Table.from_batches([reader.get_batch(number)], MESSAGES)
        finally:
            self.file.unlink(missing_ok=True)


class ReadAhead:
    """Hands out readings in the order of the sources, while workers read those that come next."""

    def __init__(self, sources: Sequence[Source], how: How, folder: Path, workers: int) -> None:
        """Read `sources` with `workers` processes; batches wait in `folder`."""
        self._how, self._folder, self._ahead = how, folder, AHEAD * workers
        self._waiting = deque(sources)
        self._futures: dict[int, Future[Spooled]] = {}
        context = multiprocessing.get_context("spawn")
        self._read, self._stop = context.Value("q", 0), context.Value("b", 0)
        self._pool = ProcessPoolExecutor(workers, context, _start, (self._read, self._stop))
        self._submit()

    def _submit(self) -> None:
        while self._waiting and len(self._futures) < self._ahead:
            source = self._waiting.popleft()
            self._futures[id(source)] = self._pool.submit(_read_whole, source, self._how, self._folder)

    @property
    def read(self) -> int:
        """Bytes that the workers have read so far."""
        return self._read.value

    def take(self, source: Source, tick: Callable[[], None]) -> Spooled | None:
        """The reading of `source`, with a `tick` twice a second until it is there; None: read it in this process."""
        future = self._futures.get(id(source))
        if future is None:
            return None
        while not wait([future], timeout=0.5).done:
            tick()
        del self._futures[id(source)]
        try:
            spooled = future.result()
            self._submit()
        except BrokenProcessPool:  # killed, mostly for memory: this process reads what is left, one after the other
            self._waiting.clear()
            return None
        return spooled

    def close(self) -> None:
        """Stop the workers; what they read and nobody took is lost."""
        self._stop.value = 1
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def read_ahead(sources: Sequence[Source], how: How, workspace: Path, workers: int) -> Iterator[ReadAhead | None]:
    """Yield what reads `sources` ahead, None where that is not worth it; leaves nothing behind in `workspace`."""
    for left in workspace.glob(PREFIX + "*"):  # of an import that was killed
        shutil.rmtree(left, ignore_errors=True)
    portable = [source for source in sources if all(part.on_disk for part in source.parts)]
    if workers < 2 or len(portable) < 2 or sum(source.size for source in portable) < WORTH_IT:
        yield None
        return
    folder = workspace / f"{PREFIX}{uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    ahead = ReadAhead(portable, how, folder, min(workers, len(portable)))
    try:
        yield ahead
    finally:
        ahead.close()
        shutil.rmtree(folder, ignore_errors=True)


_shared: Any = None
"""Set in workers only: (bytes read, whether to stop)."""


def _start(read: Any, stop: Any) -> None:
    global _shared  # an initializer has no other way to hand something to the jobs of its process
    _shared = read, stop
    pa.set_memory_pool(pa.system_memory_pool())


def _read_whole(source: Source, how: How, folder: Path) -> Spooled:
    """Read one source to its end, in a worker; its batches go into a file."""
    read, stop = _shared
    file = folder / f"{uuid4().hex[:12]}.arrow"
    counted, count = measured(source)
    reading = read_export(counted, settings=how.settings, format_id=how.format_id, chat_name=how.chat_name)
    before = 0
    try:
        with pa.ipc.new_file(file, MESSAGES, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            for batch in reading:
                writer.write_table(batch.combine_chunks())
                with read.get_lock():
                    read.value += count() - before
                before = count()
                if stop.value:
                    raise IngestError("the import was stopped", path=source.path)
    except IngestError as error:
        return Spooled(file, {}, (error.reason, error.path, error.hint))
    return Spooled(file, reading.receipts)
