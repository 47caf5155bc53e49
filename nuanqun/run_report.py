"""What one run did, for RUNS, the audit and the person who waits: receipts, counts, what every stage took.

Example: `with report.stage("import"): ...`, then `report.note_import(store, "command line")`.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from ingest.find import Rejection
from ingest.receipt import Receipt
from nuanqun import __version__, audit
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

    def note_import(self, store: Store, actor: str) -> None:
        """Write into the audit that somebody imported."""
        counts = {name: self.counts[name] for name in ("sources", "rejected", "records")}
        audit.write(store.engine, actor, "import", detail=counts | {"fresh": self.counts["new"]})

    def note_analysis(self, store: Store, actor: str, chat_id: str | None = None) -> None:
        """Write into the audit that somebody analysed what changed, or one chat."""
        counts = {name: self.counts[name] for name in ("annotated", "analysed")}
        audit.write(store.engine, actor, "analyze", chat_id, counts)
