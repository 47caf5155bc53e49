"""Pages of the dashboard without a browser: open one on a workspace, read what it says."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from conftest import ROOT


def open_page(name: str, workspace: Path, monkeypatch, /, **query: str) -> AppTest:
    """The page as it is drawn for this query."""
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=90)
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """Everything a person could read, apart from tables and charts."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "success", "error", "info", "warning")
    texts = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    texts += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    return "\n".join(texts)
