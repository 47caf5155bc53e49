"""One line a chat for the terminal: the numbers a manager asks first."""

from __future__ import annotations

from collections.abc import Iterator

from nuanqun.figures import aside, listed, percent
from nuanqun.store import Store
from nuanqun.words import rule, t, word


def chat_lines(store: Store) -> Iterator[str]:
    """Yield one line for every analysed chat: messages, members, temperature, stage, risk, ads, KOLs, warnings."""
    for chat in sorted(store.chats().to_pylist(), key=lambda row: row["name"]):
        names = dict(zip(*store.table("members", chat["chat_id"]).select(["member_id", "name"]).columns, strict=True))
        names = {key.as_py(): value.as_py() for key, value in names.items()}
        rules = store.table("alerts", chat["chat_id"])["rule"].to_pylist()
        yield t(
            "summary.chat", name=chat["name"], messages=str(chat["messages"]), members=str(chat["members"]),
            temperature=f"{chat['temperature']:.0f}", stage=word("stage", chat["stage"]),
            risk=t("summary.short") if chat["risk_12w"] is None else percent(chat["risk_12w"]), ads=str(chat["ads"]),
            kol=names.get(chat["kols"][0], "-") if chat["kols"] else "-",
            alerts=str(len(rules)) + (aside(listed([rule(name) for name in sorted(set(rules))])) if rules else ""),
        )  # fmt: skip
