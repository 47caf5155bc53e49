"""What an earlier analysis worked out about blocks of messages, kept so that one more day costs a day, not a re-run.

An answer is kept under a digest of everything it is made from: the block's own inputs, this code, its word lists and
weights, the libraries. Late messages, corrections, erased members, other settings or a new version change the digest,
so what they touch is worked out anew and nothing stale can be found; a damaged file counts as none.
Example: `kept.recall("guesses", len(blocks), inputs, work_out)`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from safetensors import SafetensorError
from safetensors.numpy import load, save

from community.masks import mask

Answer = dict[str, np.ndarray]
_SIZE = 16  # bytes of a digest
_PLACES = (("community", ""), ("nlp", ""), ("data", "lexicons"), ("models", "replies"))
"""What the answers are made by: packages, and folders of them."""
_LIBRARIES = ("numpy", "pyarrow", "opencc")


class Kept:
    """The answers about one chat in a folder of its own, one file a kind; without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep answers under `folder`, which is made when there is something to keep."""
        self.folder = folder

    def recall(
        self, kind: str, count: int, inputs: Callable[[int], Sequence[object]], work_out: Callable[[int], Answer]
    ) -> list[Answer]:
        """What `work_out` gives for each of `count` blocks; a block whose `inputs` are as before is read instead.

        `inputs` of a block are arrays, texts and numbers, and must hold all that `work_out` looks at.
        """
        if self.folder is None:
            return [work_out(block) for block in range(count)]
        before, found = self._read(kind), {}
        names = [digest(inputs(block)) for block in range(count)]
        for block, name in enumerate(names):
            found[name] = before.get(name) or found.get(name) or work_out(block)
        if found.keys() != before.keys():
            self._write(kind, found)
        return [found[name] for name in names]

    def _read(self, kind: str) -> dict[str, Answer]:
        try:
            whole = self._path(kind).read_bytes()
            if whole[:_SIZE] != blake2b(whole[_SIZE:], digest_size=_SIZE).digest():
                return {}
            arrays = load(whole[_SIZE:])
        except (OSError, SafetensorError):
            return {}
        found: dict[str, Answer] = {}
        for name, array in arrays.items():
            block, _, column = name.partition(" ")
            found.setdefault(block, {})[column] = array
        return found

    def _write(self, kind: str, found: dict[str, Answer]) -> None:
        """Put one file in the place of the old one; a disk that is full costs the next analysis time, no more."""
        arrays = {f"{block} {column}": a for block, answer in found.items() for column, a in answer.items()}
        body = save(arrays)
        target = self._path(kind)
        temporary = target.with_suffix(f".{uuid.uuid4().hex[:8]}.tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(blake2b(body, digest_size=_SIZE).digest() + body)
            os.replace(temporary, target)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _path(self, kind: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{kind}.kept"


NOTHING = Kept()
"""Keeps nothing: everything is worked out."""


def digest(inputs: Sequence[object]) -> str:
    """A name for what is made from `inputs` by this code; arrays that differ in type, length or content differ."""
    found = blake2b(_made_by(), digest_size=_SIZE)
    for value in inputs:
        for piece in _pieces(value):
            found.update(len(piece).to_bytes(8, "big"))
            found.update(piece)
    return found.hexdigest()


def _pieces(value: object) -> list[bytes | memoryview]:
    """A value as bytes, its type first."""
    if isinstance(value, np.ndarray):
        return [f"{value.dtype}{value.shape}".encode(), np.ascontiguousarray(value).reshape(-1).view(np.uint8).data]
    if isinstance(value, pa.StringArray):
        rows: pa.Array = value
        _, offsets, data = rows.buffers()
        ends = np.frombuffer(offsets, np.int32)[rows.offset : rows.offset + len(rows) + 1]
        text = memoryview(data)[ends[0] : ends[-1]] if data is not None else b""
        return [*_pieces(ends - ends[0]), *_pieces(mask(pc.is_valid(rows))), text]
    if isinstance(value, str | int | float | bool):
        return [f"{type(value).__name__} {value!r}".encode()]
    raise TypeError(f"kept: no digest of {type(value).__name__}")


@cache
def _made_by() -> bytes:
    """A digest of the code, word lists and weights behind the answers, and of the libraries' versions."""
    found = blake2b("".join(f"{name} {version(name)};" for name in _LIBRARIES).encode(), digest_size=_SIZE)
    for package, folder in _PLACES:
        for path in _files_of(files(package).joinpath(folder) if folder else files(package)):
            found.update(f"{package}/{path.name}".encode() + path.read_bytes())
    return found.digest()


def _files_of(folder: Traversable) -> list[Traversable]:
    """All files below a folder in a stable order, compiled code left out."""
    if not folder.is_dir():
        return []
    found: list[Traversable] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir():
            found += _files_of(path) if path.name != "__pycache__" else []
        else:
            found.append(path)
    return found
