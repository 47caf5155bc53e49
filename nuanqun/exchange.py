"""Parts between a workspace and workers that cannot see it: over any storage that fsspec knows.

The driver puts the parts of a job there, a worker copies them into a folder of its own, runs the same function as
everywhere else, and puts there what it wrote; the driver copies that into the workspace. Parts never change, so one
that is there already is not sent again. Example: `call, fetch = exchanged("s3://bucket/run", annotate_parts)`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from nuanqun.errors import NuanqunError
from nuanqun.parts import Part, digest_of


@dataclass(frozen=True, slots=True)
class Remote:
    """A function of a job as a worker without the workspace runs it."""

    url: str
    function: Callable[[Any], Any]

    def __call__(self, job: Any) -> tuple[Path, list[Part]]:
        """Fetch what the job names, run it in a folder that is gone afterwards, keep what it wrote in the storage."""
        files, root = open_storage(self.url)
        with tempfile.TemporaryDirectory(prefix="nuanqun-") as folder:
            here = Path(folder)
            for part in parts_of(job):
                _copy_in(files, f"{root}/{part.path}", here / part.path, part)
            written = self.function(replace(job, workspace=here))
            for part in written:
                _copy_out(files, here / part.path, f"{root}/{part.path}")
        return job.workspace, written


def exchanged(
    url: str, function: Callable[[Any], Any]
) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]:
    """(what prepares a job here, what a worker calls, what brings its result home)."""
    files, root = open_storage(url)

    def send(job: Any) -> Any:
        for part in parts_of(job):
            if not files.exists(f"{root}/{part.path}"):
                _copy_out(files, job.workspace / part.path, f"{root}/{part.path}")
        return job

    def fetch(result: tuple[Path, list[Part]]) -> list[Part]:
        workspace, parts = result
        for part in parts:
            _copy_in(files, f"{root}/{part.path}", workspace / part.path, part)
        return parts

    return send, Remote(url, function), fetch


def parts_of(job: Any) -> Iterator[Part]:
    """The parts that a job reads: those in the tuples of its fields."""
    for field in fields(job):
        value = getattr(job, field.name)
        if isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Part))


def open_storage(url: str) -> tuple[Any, str]:
    """(file system, root path) of a URL; raises NuanqunError saying what to install."""
    try:
        import fsspec

        files, root = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise NuanqunError(
            f'engine.storage {url}: {error}. pip install "nuanqun[cluster]", for s3:// also s3fs'
        ) from error
    except ValueError as error:
        raise NuanqunError(f"engine.storage {url}: {error}; expected s3://bucket/prefix or file:///folder") from error
    return files, str(root).rstrip("/")


def _copy_out(files: Any, source: Path, target: str) -> None:
    """Whole or not at all: other workers may look for it meanwhile."""
    files.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
    temporary = f"{target}.{os.getpid()}.tmp"
    files.put_file(str(source), temporary)
    files.mv(temporary, target)


def _copy_in(files: Any, source: str, target: Path, part: Part) -> None:
    """Copy, sync, and compare with what was written; raises NuanqunError when that is not the same."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    files.get_file(source, str(temporary))
    if part.sha256 and digest_of(temporary) != part.sha256:
        raise NuanqunError(f"{source} is not what was written there. Empty the storage and run again.")
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
