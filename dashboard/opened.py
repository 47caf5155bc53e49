"""The workspace that this process serves, and how it is served: for everybody, or for one person on this machine.

Set by `dashboard.server.serve` in the environment, so that pages, routes and tests read the same.
"""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path

from nuanqun.store import Store

# The login's pages and the API use Streamlit's caches and words without a browser tab: nothing to warn about.
for _name in ("scriptrunner_utils.script_run_context", "caching.cache_data_api"):
    logging.getLogger(f"streamlit.runtime.{_name}").setLevel(logging.ERROR)


def workspace() -> Path:
    """The folder whose chats are shown."""
    return Path(os.environ.get("NUANQUN_WORKSPACE", "workspace"))


def store() -> Store:
    """The open store of the workspace, one for all sessions."""
    return open_store(str(workspace().resolve()))


@lru_cache(maxsize=4)
def open_store(path: str) -> Store:
    """The store at `path`, opened once."""
    return Store(Path(path))


def served_afar() -> bool:
    """Whether other machines reach this server: its files are then not simply those of the person at the screen."""
    return os.environ.get("NUANQUN_AFAR") == "1"


def without_login() -> bool:
    """Whether the one person at this machine needs no account; the server then answers 127.0.0.1 only."""
    return os.environ.get("NUANQUN_NO_LOGIN") == "1"
