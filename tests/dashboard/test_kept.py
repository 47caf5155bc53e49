"""What is kept of a workspace: nothing of a state that nobody asks for any more."""

from __future__ import annotations

import invented
from streamlit.runtime.caching import get_data_cache_stats_provider

from dashboard import guard, load
from nuanqun.access import Person


def kept() -> int:
    """Bytes in the caches of dashboard.load."""
    by_name = get_data_cache_stats_provider().get_stats()
    stats = [one for some in by_name.values() for one in some] if isinstance(by_name, dict) else by_name
    return sum(one.byte_length for one in stats if "load" in one.cache_name)


def test_a_new_state_of_the_store_lets_go_what_was_kept_of_the_old(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setattr(guard, "known", lambda: Person("li", "admin"))
    store = invented.build(tmp_path / "w")
    for empty in load._OF_VERSION:
        empty()

    def look() -> None:
        for name in ("days", "members", "alerts"):
            for chat_id in (None, invented.WARM, invented.DYING):
                load.table(name, chat_id)
        load.kol_names()

    look()
    once = kept()
    assert once > 0
    for _ in range(5):
        with store.write():
            pass
        look()
    assert kept() < 1.5 * once
