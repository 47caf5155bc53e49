"""What is kept of a workspace: nothing of a state that nobody asks for any more."""

from __future__ import annotations

import gc
import weakref

import invented
from streamlit.runtime.caching import get_data_cache_stats_provider

from dashboard import flagged, guard, load
from nuanqun import verdicts
from nuanqun.access import Person
from nuanqun.verdicts import Decision


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


def test_frames_of_an_old_state_are_let_go(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setattr(guard, "known", lambda: Person("li", "admin"))
    store = invented.build(tmp_path / "w")
    verdicts.decide(store.engine, [Decision(invented.DYING, f"{invented.DYING}-60", "ad")], "li")

    def frames() -> list[object]:
        campaigns = flagged._campaigns(*load.key_of(), None, None)
        return [
            flagged.suspects(),
            flagged._standing(),
            load._chats(*load.key_of()),
            load._accounts(*load.key_of()),
            *campaigns,
        ]

    old = [weakref.ref(frame) for frame in frames()]
    assert all(frame() is not None for frame in old)  # kept for the next who asks
    with store.write():
        pass
    load.key_of()
    gc.collect()
    assert [frame() for frame in old] == [None] * len(old)
