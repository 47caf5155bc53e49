"""One line a chat for the terminal: the numbers a manager asks first."""

from __future__ import annotations

from collections.abc import Iterator

from nuanqun.store import Store
from nuanqun.words import word


def chat_lines(store: Store) -> Iterator[str]:
    """Yield one line for every analysed chat: messages, members, temperature, stage, risk, ads, KOLs, warnings."""
    for chat in sorted(store.chats().to_pylist(), key=lambda row: row["name"]):
        names = dict(zip(*store.table("members", chat["chat_id"]).select(["member_id", "name"]).columns, strict=True))
        names = {key.as_py(): value.as_py() for key, value in names.items()}
        rules = store.table("alerts", chat["chat_id"])["rule"].to_pylist()
        risk = "不足以判断" if chat["risk_12w"] is None else f"{chat['risk_12w']:.0%}"
        yield (
            f"{chat['name']}: 消息 {chat['messages']}  成员 {chat['members']}  温度 {chat['temperature']:.0f}°"
            f"  阶段 {word('stage', chat['stage'])}  12周休眠风险 {risk}  广告 {chat['ads']}"
            f"  KOL {names.get(chat['kols'][0], '-') if chat['kols'] else '-'}"
            f"  预警 {len(rules)}{' (' + ', '.join(sorted(set(rules))) + ')' if rules else ''}"
        )
