"""The straight line: export files in, a workspace full of health out.

find -> read and merge -> annotate -> analyse -> write down what was done. Example:
`run([Path("export.txt")], workspace=Path("workspace"), settings=load_settings())`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.find import find_sources
from ingest.source import Source
from nuanqun.engine import open_engine
from nuanqun.good_copy import keep
from nuanqun.imports import import_sources, input_facts
from nuanqun.progress import Report, silent
from nuanqun.run_report import RunReport
from nuanqun.settings import Settings
from nuanqun.store import Store


def run(
    paths: Sequence[Path],
    *,
    workspace: Path,
    settings: Settings,
    format_id: str | None = None,
    chat_name: str | None = None,
    actor: str = "",
    progress: Report = silent,
) -> RunReport:
    """Import `paths`, analyse every chat that changed and return what happened; the workspace keeps it as a run.

    The audit gets a row for each of both steps, where an `actor` is named.
    """
    store, report, started = Store(workspace, settings.store), RunReport(), datetime.now(UTC)
    status = "failed"
    try:
        bring_in(store, report, paths, settings, format_id=format_id, chat_name=chat_name, progress=progress)
        if actor:
            report.note_import(store, actor)
        work_out(store, report, settings, progress=progress)
        if actor:
            report.note_analysis(store, actor)
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
