"""Guard of our top-level names: `nlp`, `data` or `models` of another distribution may overwrite ours silently."""

from __future__ import annotations

import importlib

from nuanqun.errors import StalePackage

FOLDERS = ("ingest", "nlp", "community", "nuanqun", "dashboard", "models", "data")


def replaced_packages() -> list[str]:
    """Return those of our folders that another distribution's package now answers for."""
    wrong = []
    for name in FOLDERS:
        try:
            owner = getattr(importlib.import_module(name), "OWNER", None)
        except ImportError:
            owner = None
        if owner != "nuanqun":
            wrong.append(name)
    return wrong


def check_packages() -> None:
    """Raise StalePackage when one of our folders was replaced."""
    wrong = replaced_packages()
    if wrong:
        names = ", ".join(wrong)
        raise StalePackage(
            f"another package named {names} replaced ours: pip uninstall {' '.join(wrong)}, "
            "then pip install --force-reinstall nuanqun"
        )
