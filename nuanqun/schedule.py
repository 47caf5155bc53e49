"""Tells the channels what is new while a server or a watch runs: warnings at once, weekly reports once a week.

In: a store and how often to look. Out: deliveries on record. One process of a workspace tells at a time, so that two
servers never send twice. Example: `keep_telling(store, settings.channels, threading.Event())` in a thread.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from nuanqun.notify import Told, notify
from nuanqun.settings import ChannelSettings
from nuanqun.store import Store

_log = logging.getLogger("nuanqun.schedule")


def tell_once(store: Store, settings: ChannelSettings, now: datetime) -> Told | None:
    """Tell what is new; None when another process of this workspace is at it."""
    try:
        with FileLock(store.workspace / "notify.lock", timeout=0):
            return notify(store, settings, now)
    except Timeout:
        return None


def keep_telling(store: Store, settings: ChannelSettings, stop: threading.Event) -> None:
    """Tell every `settings.every_minutes` until `stop` is set; a failure is logged and the next round comes."""
    while not stop.wait(settings.every_minutes * 60):
        try:
            told = tell_once(store, settings, datetime.now(UTC))
            for name, error in (told.errors if told else {}).items():
                _log.warning("channel %s: %s", name, error)
        except Exception:  # the server must outlive a full disk or a locked catalogue
            _log.exception("telling the channels failed; trying again in %s minutes", settings.every_minutes)
