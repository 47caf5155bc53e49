"""Doctor: what may be wrong with this installation or workspace, and what to do about it.

In: a workspace path. Out: findings, each with a level, what was looked at, what was found and an advice.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import models
from nuanqun import __version__
from nuanqun.errors import WorkspaceError
from nuanqun.packages import replaced_packages

MARKS = {"ok": "✓", "notice": "·", "error": "✗", "repaired": "↺"}
LIBRARIES = ("torch", "transformers", "streamlit", "pandas", "pyarrow", "duckdb", "jieba", "rjieba", "opencc")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` is empty when nothing needs doing."""

    level: str  # ok | notice | repaired | error
    what: str
    found: str
    advice: str = ""

    @property
    def mark(self) -> str:
        """A sign for the terminal."""
        return MARKS[self.level]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def examine(workspace: Path) -> list[Finding]:
    """Look at everything and return the findings in a fixed order."""
    checks = (check_versions, check_processor, check_fonts, check_weights, check_owners, check_proxy)
    return [finding for check in checks for finding in check()] + [
        *check_privacy(workspace),
        *check_workspace(workspace),
    ]


def check_versions() -> Iterator[Finding]:
    """Python and the libraries that decide results."""
    yield Finding("ok", "nuanqun", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    for name in LIBRARIES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            if name == "rjieba":
                yield Finding("notice", name, "not installed", 'pip install "nuanqun[fast]" segments 6-10 times faster')
            else:
                yield Finding("error", name, "not installed", "pip install --force-reinstall nuanqun")


def check_processor() -> Iterator[Finding]:
    """Instruction sets that choose between bf16, int8 and fp32."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    wanted = ("avx2", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd")
    yield Finding("ok", "processor", ", ".join(flag for flag in wanted if flag in flags) or platform.machine())


def check_fonts() -> Iterator[Finding]:
    """Chinese and emoji fonts, needed for screenshots and PDF on servers; browsers bring their own."""
    if not shutil.which("fc-list"):
        yield Finding("notice", "fonts", "fontconfig not found", "only server-side pictures need it")
        return
    for what, query, package in (
        ("Chinese font", ":lang=zh", "fonts-noto-cjk"),
        ("emoji font", ":family=Noto Color Emoji", "fonts-noto-color-emoji"),
    ):
        done = subprocess.run(["fc-list", query], capture_output=True, text=True, check=False)
        names = done.stdout.strip().splitlines()
        if names:
            yield Finding("ok", what, names[0].split(":")[0])
        else:
            yield Finding("notice", what, "none", f"Debian: apt install {package}")


def check_weights() -> Iterator[Finding]:
    """Every shipped weight against the sha256 in models/manifest.json."""
    folder = Path(models.__file__).parent
    manifest = folder / "manifest.json"
    if not manifest.exists():
        yield Finding("error", "weights", "models/manifest.json is missing", "pip install --force-reinstall nuanqun")
        return
    for name, expected in json.loads(manifest.read_text(encoding="utf-8")).items():
        path = folder / name
        found = sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"
        if found == expected:
            yield Finding("ok", f"models/{name}", f"sha256 {found[:12]}")
        else:
            advice = "reinstall nuanqun, or run `nuanqun train` again"
            yield Finding("error", f"models/{name}", f"sha256 {found[:12]}, expected {expected[:12]}", advice)


def check_owners() -> Iterator[Finding]:
    """Foreign packages that overwrote one of our folders."""
    wrong = replaced_packages()
    if wrong:
        advice = f"pip uninstall {' '.join(wrong)}, then pip install --force-reinstall nuanqun"
        yield Finding("error", "packages", f"not ours: {', '.join(wrong)}", advice)
    else:
        yield Finding("ok", "packages", "all seven folders are ours")


def check_proxy() -> Iterator[Finding]:
    """The base path must be the path at the proxy, else pages stay blank."""
    from streamlit import config

    path = str(config.get_option("server.baseUrlPath") or "")
    if path:
        advice = f"the proxy must pass /{path.strip('/')}/ unchanged; any other path shows a blank page"
        yield Finding("notice", "proxy base path", f"/{path.strip('/')}/", advice)
    else:
        yield Finding("ok", "proxy base path", "/ (no proxy path)")


def check_privacy(workspace: Path) -> Iterator[Finding]:
    """Nobody else on this machine may read the workspace; what is inside a closed folder is closed."""
    if not workspace.is_dir():
        return
    mode = stat.S_IMODE(workspace.stat().st_mode)
    if mode & 0o077 and os.name == "posix":
        advice = f"chmod 700 {workspace}, unless you share it with a group of people who may read every chat"
        yield Finding("notice", "privacy", f"other users of this machine may enter the workspace ({mode:03o})", advice)
    else:
        yield Finding("ok", "privacy", "the workspace is open to its owner only")


def check_workspace(workspace: Path) -> Iterator[Finding]:
    """Every live part is there, readable and as long as the catalogue says."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowInvalid

    from nuanqun.database import SQLITE, url_of
    from nuanqun.settings import load_settings
    from nuanqun.store import SCHEMAS, Store

    try:
        url = url_of(workspace, load_settings(workspace).store.catalogue)
        if url == f"sqlite:///{workspace / SQLITE}" and not (workspace / SQLITE).exists():
            advice = "nuanqun run EXPORT --workspace W makes one"
            yield Finding("notice", "workspace", f"{workspace} is not one yet", advice)
            return
        store = Store(workspace)
    except WorkspaceError as error:
        yield Finding("error", "workspace", str(error))
        return
    bad, good = [], 0
    for name in ("messages", "annotations", *SCHEMAS):
        for part in store.parts(name):
            try:
                rows = pq.read_metadata(workspace / part.path).num_rows
            except (OSError, ArrowInvalid):
                rows = -1
            good += rows == part.rows
            bad += [part.path] if rows != part.rows else []
    if bad:
        advice = "nuanqun doctor --verify repairs what can be; with --backup FILE all that the backup holds"
        yield Finding("error", "workspace", f"{len(bad)} damaged or missing parts, first {bad[0]}", advice)
    else:
        yield Finding("ok", "workspace", f"{good} parts, {len(store.known_chats())} chats")
