"""A crowd: two imports, one analysis and ten readers at once, in processes of their own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from chaos_processes import end, in_child, start
from chaos_work import analyse, bring_in, differs, export, state_of, verified


def crowd(folder: Path) -> list[str]:
    """Do it in a fresh folder; returns what was not exact."""
    one, other = export(folder, "甲群", range(12)), export(folder, "乙群", range(12))
    both = export(folder, "丙群", range(8))
    alone, shared = folder / "alone", folder / "shared"
    problems: list[str] = []
    expected = in_child(lambda: (bring_in(alone, one, other, both), analyse(alone), state_of(alone))[-1])
    first = in_child(lambda: (bring_in(shared, one), analyse(shared)))
    assert first and expected and first[0] == expected[0] == "done", (first, expected)
    stop = folder / "stop"
    readers = [start(lambda: _read_until(shared, stop)) for _ in range(10)]
    writers = [
        start(lambda: bring_in(shared, one, both)),
        start(lambda: bring_in(shared, other, both)),
        start(lambda: analyse(shared)),
    ]
    problems += [f"a writer: {answer}" for answer in map(end, writers) if answer[0] != "done"]
    stop.touch()
    answers = [end(reader) for reader in readers]
    problems += [f"a reader: {answer}" for answer in answers if answer[0] != "done"]
    last = in_child(lambda: (analyse(shared), state_of(shared), verified(shared)))
    if last is None or last[0] != "done":
        return [*problems, f"the end: {last}"]
    problems += [f"differs: {key}" for key in differs(last[1][1], expected[1])] + last[1][2]
    return problems


def _read_until(workspace: Path, stop: Path) -> int:
    """Read everything over and over; rows fit each other and counts only grow."""
    from nuanqun.store import Store

    store, rounds, most = Store(workspace), 0, Counter()
    while rounds == 0 or not stop.exists():
        for chat_id in store.known_chats():
            messages, annotations = store.chat_tables(chat_id)
            assert messages["message_id"].to_pylist() == annotations["message_id"].to_pylist()
            count = store.messages(chat_id, ["message_id"]).num_rows
            assert count >= most[chat_id], f"{count} after {most[chat_id]}"
            most[chat_id] = count
            days = store.table("days", chat_id)
            assert days.num_rows == len(days["day"].unique())
        store.chats()
        rounds += 1
    return rounds
