"""Exports among files, folders and archives.

In: paths as a user gives them. Out: a `Source` for every export, a `Rejection` for what cannot be one.
Example: `for found in find_sources(["exports/", "chat.zip"]): ...`.
Pages and day files of one chat become one Source; files that a parser reads itself are not offered alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from ingest.archive import is_archive, member_parts
from ingest.encoding import SAMPLE
from ingest.errors import IngestError
from ingest.formats import ExportFormat, formats
from ingest.source import Part, Source, path_part

MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|bmp|heic|svg|ico|mp4|mov|avi|3gp|webm|mp3|m4a|aac|amr|silk|opus|ogg|oga|wav"
    r"|vcf|pdf|css|js|ttf|woff2?|dat|db|ds_store|tgs|thumb)$",
    re.IGNORECASE,
)
"""Attachments that lie beside exports: passed over inside folders and archives."""
_README = re.compile(r"_?readme\b.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A path that is not read, why, and what to do about it."""

    path: str
    reason: str
    hint: str = ""


def find_sources(paths: Iterable[str | Path]) -> Iterator[Source | Rejection]:
    """Everything under `paths` that may be an export, in natural order; never raises for bad input.

    A folder is walked. An archive's members are read in place. The first page of a paged export stands for all
    its pages, and a README beside day files for its folder; a file that is named beside the export it belongs to comes
    once. Whether a file is a known export shows `read_export`.
    """
    taken: set[str] = set()
    for path in map(Path, paths):
        try:
            for found in _of_path(path):
                parts = {part.path for part in found.parts} if isinstance(found, Source) else set()
                if not parts or not parts <= taken:
                    yield found
                taken |= parts
        except IngestError as error:
            yield Rejection(str(path), error.reason, error.hint)
        except OSError as error:
            yield Rejection(str(path), f"cannot be opened: {error.strerror or error}", "Check the path and its rights.")


def _of_path(path: Path) -> Iterator[Source | Rejection]:
    if path.is_dir():
        yield from _of_folder(path)
    elif not path.exists():
        yield Rejection(str(path), "there is no such file or folder", "Check the path.")
    elif _README.fullmatch(path.name) and len(list(path.parent.iterdir())) > 1:
        yield from _of_folder(path.parent)
    elif is_archive(path):
        yield from _of_archive(path)
    else:
        part = path_part(path)
        beside = [path_part(other) for other in sorted(path.parent.iterdir(), key=_natural) if other.is_file()]
        yield _with_its_pages(part, beside)


def _of_folder(folder: Path) -> Iterator[Source | Rejection]:
    loose: list[tuple[str, Part]] = []
    archives: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted((name for name in folders if not _hidden(name)), key=_natural)
        for name in sorted(names, key=_natural):
            path = Path(place, name)
            if _hidden(name) or MEDIA.search(name) or not path.is_file():
                continue
            if is_archive(path):
                archives.append(path)
            else:
                loose.append((path.relative_to(folder).as_posix(), path_part(path)))
    if not loose and not archives:
        yield Rejection(str(folder), "the folder holds no export", "Give the folder or file that the tool wrote.")
    yield from _grouped(loose)
    for path in archives:
        yield from _of_path(path)


def _of_archive(path: Path) -> Iterator[Source | Rejection]:
    members: list[tuple[str, Part]] = []
    for name, found in member_parts(path):
        if isinstance(found, str):
            yield Rejection(f"{path}!{name}", found, "This member was left out; the others are read.")
        elif not MEDIA.search(name) and not any(_hidden(piece) for piece in PurePosixPath(name).parts):
            members.append((name, found))
    if not members:
        yield Rejection(str(path), "the archive holds no export", "Unpack it and give the file the chat tool wrote.")
    yield from _grouped(sorted(members, key=lambda member: _natural(member[0])))


def _grouped(files: list[tuple[str, Part]]) -> Iterator[Source]:
    """Sources of files under one root: pages and day files together, companions left out."""
    files = [(name, part) for name, part in files if not _is_companion(name)]
    sources = {name: Source((part,)) for name, part in files}
    for fmt in formats().values():
        groups: dict[tuple[str, str], list[tuple[int, str, Part]]] = {}
        for name, part in files:
            found = re.fullmatch(fmt.pages, part.name) if fmt.pages else None
            if found and len(sources[name].parts) == 1:
                groups.setdefault(_group_key(name, found), []).append((_place(found), name, part))
        for pages in groups.values():
            if any(_recognises(fmt, part) for _, _, part in pages):
                whole = Source(tuple(part for _, _, part in sorted(pages, key=lambda page: page[0])))
                sources |= {name: whole for _, name, _ in pages}
    yield from dict.fromkeys(sources.values())


def _group_key(name: str, found: re.Match[str]) -> tuple[str, str]:
    """Folder and stem; loggers sort day files into year and month folders, which are not part of a chat's name."""
    folders = [piece for piece in PurePosixPath(name).parts[:-1] if not piece.isdigit()]
    return "/".join(folders), found.groupdict().get("stem") or ""


def _with_its_pages(part: Part, beside: list[Part]) -> Source:
    """One file, with its further pages when it is the first page of several."""
    for fmt in formats().values():
        found = re.fullmatch(fmt.pages, part.name) if fmt.pages else None
        if not found or "page" not in found.groupdict() or not _recognises(fmt, part):
            continue
        stem = found.groupdict().get("stem")
        pages = [
            (_place(other), page)
            for page in beside
            if (other := re.fullmatch(fmt.pages, page.name)) and other.groupdict().get("stem") == stem
        ]
        if _place(found) == min(place for place, _ in pages):
            return Source(tuple(page for _, page in sorted(pages, key=lambda page: page[0])))
    return Source((part,))


def _place(found: re.Match[str]) -> int:
    """Number of a page (0 when it has none) or of a day."""
    groups = found.groupdict()
    return int(re.sub(r"\D", "", groups.get("page") or groups.get("day") or "") or 0)


def _recognises(fmt: ExportFormat, part: Part) -> bool:
    try:
        source = Source((part,)).beginning(SAMPLE)
        return part.size > 0 and fmt.sniff(source.head, source.tail, part.name) >= 0.5
    except IngestError:  # a damaged file is no page of anything; reading it says why
        return False


def _is_companion(name: str) -> bool:
    return any(
        fnmatch(name, glob) or fnmatch(name, f"*/{glob}") for fmt in formats().values() for glob in fmt.companions
    )


def _hidden(name: str) -> bool:
    return name.startswith((".", "__MACOSX")) or name == "Thumbs.db"


def _natural(name: object) -> list[tuple[int, str]]:
    """Sort key under which day2 comes before day10."""
    pieces = re.findall(r"\d+|\D+", str(name))
    return [(int(piece), "") if piece.isdecimal() else (1 << 62, piece.lower()) for piece in pieces]
