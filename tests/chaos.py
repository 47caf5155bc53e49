"""Chaos: kill the process at random points, fill the disk, lock files, damage parts and catalogue, move the clock.

`python tests/chaos.py --n 200 [--faults 10] [--seed 1]` (= `make chaos`). After every fault the workspace is opened again
as after a restart: every chat is as before or as after the interrupted work, `nuanqun doctor --verify` leaves no error,
and doing the work again ends where undisturbed work ends: no message lost, none doubled. Work runs in forked processes,
which are killed with SIGKILL after a random share of their processor time, or at a random file operation or statement.
What SIGKILL cannot show is a power cut: what the kernel held is still written. Prints one JSON and `N passed, M failed`, of the points so far when interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chaos_crowd import crowd
from chaos_processes import after_cpu, at_step, in_child
from chaos_work import (
    State,
    analyse,
    bring_in,
    decide,
    differs,
    export,
    learn,
    migrate_down,
    migrate_up,
    state_of,
    verified,
    warm,
)

NOBODY = 65534


class Chaos:
    """Templates of workspaces, and what undisturbed work makes of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Prepare everything once."""
        self.folder, self.dice, self.failures = folder, random.Random(seed), []
        self.seen: Counter[str] = Counter()
        self.points = 0
        first, second = export(folder, "周末爬山群", range(14)), export(folder, "读书群", range(9))
        more = export(folder / "more", "周末爬山群", range(30))
        self.works: dict[str, Callable[[Path], None]] = {
            "import": lambda w: bring_in(w, more, export(folder, "新群", range(5))),
            "analysis": analyse,
            "migration": migrate_up,
            "feedback": learn,
        }
        base = folder / "base"
        self._do(lambda: (bring_in(base, first, second), analyse(base), decide(base), analyse(base)))
        self._template("import", base)
        self._template("analysis", base, lambda w: bring_in(w, more))
        self._template("migration", base, migrate_down)
        self._template("feedback", base)
        self.backup = folder / "backup.zip"
        self._do(lambda: _backup(base, self.backup))
        self.old, self.new, self.final, self.steps, self.cpu = {}, {}, {}, {}, {}
        self.growth: dict[str, int] = {}
        for name, work in self.works.items():
            self._measure(name, work)

    def _do(self, work: Callable[[], Any]) -> Any:
        answer = in_child(work)
        assert answer and answer[0] == "done", answer
        return answer[1]

    def _template(self, name: str, base: Path, change: Callable[[Path], None] | None = None) -> None:
        target = self.folder / f"template-{name}"
        shutil.copytree(base, target)
        if change is not None:
            self._do(lambda: change(target))

    def _measure(self, name: str, work: Callable[[Path], None]) -> None:
        if name != "migration":  # looking at it would migrate it
            self.old[name] = self._do(lambda: state_of(self.fresh(name, "old")))
        workspace = self.fresh(name, "measured")
        self.steps[name] = self._do(at_step(0, workspace, lambda: work(workspace)))
        workspace = self.fresh(name, "timed")
        before = set(workspace.rglob("*"))

        def timed() -> float:
            start = time.process_time()
            work(workspace)
            return time.process_time() - start

        self.cpu[name] = self._do(timed)
        self.growth[name] = max(4096, _pages(workspace, before))
        self.new[name] = self._do(lambda: state_of(workspace))
        self.old.setdefault(name, self.new[name])
        self.final[name] = self._do(lambda: (analyse(workspace), state_of(workspace))[1])

    def fresh(self, name: str, what: str = "now") -> Path:
        """A copy of a template."""
        target = self.folder / what
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder / f"template-{name}", target)
        return target

    def judge(self, label: str, name: str, workspace: Path, backup: Path | None = None) -> None:
        """After a restart: old or new, verified without an error, and in the end as after undisturbed work."""
        problems = []
        for what, check in (
            ("state", lambda: differs(state_of(workspace), self.old[name], self.new[name])),
            ("verify", lambda: verified(workspace, backup)),
            ("again", lambda: differs(self._again(name, workspace), self.final[name])),
        ):
            if what == "state" and backup is not None:
                continue  # it was damaged on purpose: verify comes first
            answer = in_child(check)
            if answer is None or answer[0] == "failed" or answer[1]:
                problems.append(f"{what}: {answer and answer[1]}")
                break
        self.note(label, problems)

    def _again(self, name: str, workspace: Path) -> State:
        self.works[name](workspace)
        analyse(workspace)
        return state_of(workspace)

    def note(self, label: str, problems: list[str]) -> None:
        """Count one point."""
        self.seen[label] += 1
        self.points += 1
        if problems:
            self.failures.append((label, problems))
            sys.stderr.write(f"FAILED {label}: {problems}\n"[:900])

    def kill(self, number: int) -> None:
        """One SIGKILL in one of the four works."""
        name = ("import", "analysis", "migration", "feedback")[number % 4]
        work, workspace = self.works[name], self.fresh(name)
        if self.dice.random() < 0.5:
            share = self.dice.random()
            killed = in_child(lambda: work(workspace), after_cpu(share * self.cpu[name])) is None
        else:
            step = self.dice.randint(1, self.steps[name])
            killed = in_child(at_step(step, workspace, lambda: work(workspace))) is None
        self.seen["really killed"] += killed
        self.judge(f"kill {name}", name, workspace)

    def full_disk(self, number: int) -> None:
        """No room for the work: a small tmpfs where we may mount one, else a limit on the size of a file."""
        name = ("import", "analysis", "feedback")[number % 3]
        workspace, work = self.fresh(name), self.works[name]
        how = "tmpfs" if self.mounted(name, workspace) else "RLIMIT_FSIZE"
        if how == "tmpfs":
            try:
                answer = in_child(lambda: work(workspace))
                subprocess.run(["mount", "-o", "remount,size=512m", str(workspace)], check=True)
                self._end_of_fault(f"full disk ({how})", answer, name, workspace)
            finally:
                subprocess.run(["umount", "-l", str(workspace)], check=True)
            return
        limit = self.dice.randrange(4 << 10, 256 << 10)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            work(workspace)

        self._end_of_fault(f"full disk ({how})", in_child(limited), name, workspace)

    def mounted(self, name: str, workspace: Path) -> bool:
        """Put the workspace on a tmpfs with less or little more room left than the work takes, if that is allowed."""
        with closing(sqlite3.connect(workspace / "catalogue.sqlite")) as catalogue:
            catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a long log would be room that is not free
        used = _pages(workspace)
        aside = workspace.with_name("aside")
        shutil.rmtree(aside, ignore_errors=True)
        workspace.rename(aside)
        workspace.mkdir()
        size = used + 4096 + self.dice.randrange(2 * self.growth[name])
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(workspace)]
        if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
            shutil.copytree(aside, workspace, dirs_exist_ok=True)
            return True
        workspace.rmdir()
        aside.rename(workspace)
        return False

    def _end_of_fault(self, label: str, answer: Any, name: str, workspace: Path) -> None:
        self.seen[f"{label}: {'refused' if answer and answer[0] == 'failed' else 'went through'}"] += 1
        self.judge(label, name, workspace)

    def read_only(self, number: int) -> None:
        """Files that may not be written: root works as somebody else for that."""
        name = ("import", "analysis", "migration")[number % 3]
        workspace, work = self.fresh(name), self.works[name]
        modes = {path: path.stat().st_mode for path in [workspace, *workspace.rglob("*")]}
        for path in modes:
            path.chmod(0o555 if path.is_dir() else 0o444)

        def as_somebody() -> None:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work(workspace)

        answer = in_child(as_somebody)
        for path, mode in modes.items():
            path.chmod(mode)
        self._end_of_fault("read-only", answer, name, workspace)

    def damaged_part(self, number: int) -> None:
        """A part that is cut, flipped or gone; the backup brings it back."""
        workspace = self.fresh("import")
        part = self.dice.choice(sorted(workspace.glob("*/*/**/*.parquet")))
        self._wound(part, number)
        self.judge(f"part {('cut', 'flipped', 'gone')[number % 3]}", "import", workspace, self.backup)

    def damaged_catalogue(self, number: int) -> None:
        """A catalogue that is cut, has a foreign page, or is gone."""
        workspace = self.fresh("import")
        for suffix in ("-wal", "-shm"):
            (workspace / f"catalogue.sqlite{suffix}").unlink(missing_ok=True)
        self._wound(workspace / "catalogue.sqlite", number)
        self.judge(f"catalogue {('cut', 'flipped', 'gone')[number % 3]}", "import", workspace, self.backup)

    def _wound(self, path: Path, number: int) -> None:
        data = path.read_bytes()
        at = self.dice.randrange(len(data))
        if number % 3 == 0:
            path.write_bytes(data[:at])
        elif number % 3 == 1:
            path.write_bytes(data[:at] + self.dice.randbytes(min(4096, len(data) - at)) + data[at + 4096 :])
        else:
            path.unlink()

    def moved_clock(self, number: int) -> None:
        """Work under a clock that is days to years away, in a workspace whose files are from another time."""
        name = ("import", "analysis", "feedback")[number % 3]
        workspace, work = self.fresh(name), self.works[name]
        shift = timedelta(days=self.dice.choice((-3650, -400, -1, 1, 400, 3650)))
        for path in workspace.rglob("*"):
            moment = time.time() - shift.total_seconds()
            os.utime(path, times=(moment, moment))
        answer = in_child(lambda: (_move_clock(shift), work(workspace)))
        problems = [] if answer and answer[0] == "done" else [f"the work failed: {answer}"]
        if problems:
            self.note("clock", problems)
        else:
            self.judge("clock", name, workspace)


def _pages(workspace: Path, without: Collection[Path] = ()) -> int:
    """Bytes that the files take on a tmpfs, of those not in `without`."""
    files = [path for path in workspace.rglob("*") if path.is_file() and path not in without]
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in files)


def _backup(workspace: Path, target: Path) -> None:
    from nuanqun.backup import backup
    from nuanqun.store import Store

    backup(Store(workspace), target)


def _move_clock(shift: timedelta) -> None:
    """Let every module of ours read a clock that is `shift` away."""

    class Elsewhere(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz or UTC) + shift

    real = time.time
    time.time = lambda: real() + shift.total_seconds()
    for name, module in list(sys.modules.items()):
        if (
            name.split(".")[0] in ("ingest", "nlp", "community", "nuanqun")
            and getattr(module, "datetime", 0) is datetime
        ):
            module.datetime = Elsewhere  # type: ignore[attr-defined]


def main() -> int:
    """All points; exit code 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200, help="SIGKILLs")
    parser.add_argument("--faults", type=int, default=12, help="of each other kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    start, cpu = time.time(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="nuanqun-chaos-") as folder:
        os.chmod(folder, 0o755)
        warm()
        chaos = Chaos(Path(folder), options.seed)
        stopped = False
        try:
            _all_points(chaos, options.n, options.faults)
        except KeyboardInterrupt:  # what was counted until then is still worth knowing
            stopped = True
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() - cpu + children.ru_utime + children.ru_stime
    counts = {"seed": options.seed, "stopped": stopped, "seconds": round(time.time() - start)}
    counts |= {"cpu_seconds": round(spent), "steps": chaos.steps, **chaos.seen}
    print(json.dumps(counts))
    print(f"{chaos.points - len(chaos.failures)} passed, {len(chaos.failures)} failed")
    return 1 if chaos.failures or stopped else 0


def _all_points(chaos: Chaos, kills: int, faults: int) -> None:
    for number in range(kills):
        chaos.kill(number)
    for number in range(faults):
        for fault in (
            chaos.full_disk,
            chaos.read_only,
            chaos.damaged_part,
            chaos.damaged_catalogue,
            chaos.moved_clock,
        ):
            fault(number)
    for _ in range(max(1, faults // 4)):
        chaos.note("crowd", crowd(Path(tempfile.mkdtemp(dir=chaos.folder))))


if __name__ == "__main__":
    raise SystemExit(main())
