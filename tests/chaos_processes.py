"""Work in forked processes, which chaos kills after a share of their processor time or at a random step.

In: a function. Out: ("done", its result), ("failed", why), or None when it was killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.link", "os.chmod", "os.utime", "os.rmdir", "shutil.rmtree"}


def in_child(work: Callable[[], Any], before: Callable[[int], None] | None = None) -> Any:
    """Run `work` in a forked process; its result, its exception as text, or None where it was killed."""
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            answer = ("done", work())
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            answer = ("failed", f"{type(error).__name__}: {str(error)[:300]} at {last.name}:{last.lineno}")
        with os.fdopen(writing, "wb") as out:
            out.write(pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    if before is not None:
        before(pid)
    with os.fdopen(reading, "rb") as source:
        data = source.read()
    os.waitpid(pid, 0)
    return pickle.loads(data) if data else None


def after_cpu(seconds: float) -> Callable[[int], None]:
    """Kill a process once it has worked so long; the time others take from it does not count."""

    def watch(pid: int) -> None:
        while True:
            try:
                spent = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
                if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                    return
            except (FileNotFoundError, ProcessLookupError):
                return
            if spent >= seconds:
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.0005)

    return watch


def at_step(number: int, workspace: Path, work: Callable[[], Any]) -> Callable[[], Any]:
    """`work`, killed before its n-th file operation in the workspace or statement; 0 = count them."""

    def watched() -> int:
        import sqlalchemy as sa

        seen = [0]

        def step(*_: Any) -> None:
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def audit(event: str, arguments: tuple) -> None:
            if event in STEPS and str(arguments[0]).startswith(str(workspace)):
                step()

        sys.addaudithook(audit)
        for name in ("before_cursor_execute", "commit"):
            sa.event.listen(sa.Engine, name, step)
        work()
        return seen[0]

    return watched


def start(work: Callable[[], Any]) -> tuple[int, int]:
    """Begin `work` beside; its process and the pipe that `end` reads."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = in_child(work)
        with os.fdopen(writing, "wb") as out:
            out.write(pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    return pid, reading


def end(process: tuple[int, int]) -> Any:
    """What work that was started came to."""
    with os.fdopen(process[1], "rb") as source:
        data = source.read()
    os.waitpid(process[0], 0)
    return (pickle.loads(data) if data else None) or ("failed", "killed")
