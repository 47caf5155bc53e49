"""The straight line: export files in, a workspace full of health out.

find -> read and merge -> annotate -> analyse -> write down what was done. Example:
`run([Path("export.txt")], workspace=Path("workspace"), settings=load_settings())`.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest.find import Rejection, find_sources
from ingest.receipt import Receipt
from ingest.source import Source
from nuanqun import __version__
from nuanqun.engine import open_engine
from nuanqun.good_copy import keep
from nuanqun.imports import import_sources, input_facts
from nuanqun.progress import Report, silent
from nuanqun.settings import Settings
from nuanqun.store import Store


@dataclass
class RunReport:
    """What one run did: receipts, refused files, CHATS rows, counts in and out, what every stage took."""

    receipts: list[Receipt] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    chats: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)  # seconds, workers on this machine included

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of a stage."""
        start, busy = time.perf_counter(), sum(os.times()[:4])
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)
            self.processor[name] = round(sum(os.times()[:4]) - busy, 3)

    def body(self, settings: Settings) -> dict[str, Any]:
        """What RUNS keeps: settings, versions, inputs with sha256, counts and seconds; no message text."""
        names = ("jieba", "pandas", "pyarrow", "torch", "streamlit", "scikit-learn")
        return {
            "nuanqun": __version__,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in names},
            "settings": settings.without_secrets(),
            "inputs": self.inputs,
            "counts": self.counts,
            "seconds": self.seconds,
            "processor": self.processor,
            "rejected": [asdict(rejection) for rejection in self.rejected],
        }


def run(
    paths: Sequence[Path],
    *,
    workspace: Path,
    settings: Settings,
    format_id: str | None = None,
    chat_name: str | None = None,
    progress: Report = silent,
) -> RunReport:
    """Import `paths`, analyse every chat that changed and return what happened; the workspace keeps it as a run."""
    store, report, started = Store(workspace, settings.store), RunReport(), datetime.now(UTC)
    status = "failed"
    try:
        bring_in(store, report, paths, settings, format_id=format_id, chat_name=chat_name, progress=progress)
        work_out(store, report, settings, progress=progress)
        status = "done"
    finally:
        store.add_run(started_at=started, status=status, body=report.body(settings))
    return report


def bring_in(
    store: Store,
    report: RunReport,
    paths: Sequence[Path],
    settings: Settings,
    *,
    format_id: str | None = None,
    chat_name: str | None = None,
    dry_run: bool = False,
    progress: Report = silent,
) -> None:
    """Find the exports under `paths`, read and merge them into the store; fills `report`."""
    with report.stage("find"):
        sources = list(find_sources(paths))
        report.inputs = [input_facts(source) for source in sources if isinstance(source, Source)]
    with report.stage("import"):
        done = import_sources(
            sources,
            store,
            settings.ingest,
            format_id=format_id,
            chat_name=chat_name,
            dry_run=dry_run,
            workers=settings.engine.workers,
            progress=progress,
        )
        report.receipts, report.rejected = done.receipts, done.rejected
    report.counts |= {
        "sources": len(sources),
        "rejected": len(done.rejected),
        "records": sum(receipt.records for receipt in done.receipts),
        "new": sum(receipt.new for receipt in done.receipts),
    }


def work_out(
    store: Store,
    report: RunReport,
    settings: Settings,
    *,
    chat_id: str | None = None,
    progress: Report = silent,
) -> None:
    """Annotate and analyse what changed since the last run; fills `report`."""
    from nuanqun import analysis, suggestions  # statistics that an import alone need not hold

    with store.analysis_lock(), open_engine(settings.engine, workspace=store.workspace) as engine:
        progress("annotate", 0, 0)
        with report.stage("annotate"):
            report.counts["annotated"] = analysis.annotate_new(store, engine, settings.nlp, progress=progress)
        progress("analyse", 0, 0)
        with report.stage("analyse"):
            done = analysis.analyse_changed(store, engine, settings.community, chat_id=chat_id, progress=progress)
            report.counts["analysed"] = done
            suggestions.keep(store)
    store.sweep()
    keep(store.engine, store.workspace)
    report.chats = store.chats().to_pylist()
    for name in ("edges", "members", "days", "alerts"):
        report.counts[name] = sum(part.rows for part in store.parts(name))
