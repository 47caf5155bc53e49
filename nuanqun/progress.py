"""Progress: a callable that every long step reports to, and the bar that draws it on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from nuanqun.language import catalogue

Report = Callable[[str, int, int], None]
"""Called with (stage, done, total), in bytes while reading, messages or chats later; total 0 = unknown."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report to nobody."""


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Report]:
    """Draw one bar a stage on stderr; quiet or no terminal: draw nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(catalogue().get(f"upload.stage.{stage}", stage), total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)  # type: ignore[arg-type]

        yield report
