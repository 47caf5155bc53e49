"""System lines in the words of Chinese chat tools.

Example: `sentence(message, lambda m: m.name)` -> '"小林"邀请"阿强"加入了群聊'.
"""

from __future__ import annotations

from nuanqun.simulate.model import SimulatedMessage
from nuanqun.simulate.writers.writer import Name


def sentence(message: SimulatedMessage, name: Name, *, owner_is_you: bool = True) -> str | None:
    """The line WeChat shows, as exported by the owner; None for events it does not show."""
    actors = "、".join(f'"{name(m)}"' for m in message.actors)
    targets = "、".join(f'"{name(m)}"' for m in message.targets)
    event = message.event
    if event == "invite":
        return f"{actors}邀请{targets}加入了群聊"
    if event == "scan_qr":
        return f"{targets}通过扫描{actors}分享的二维码加入群聊"
    if event == "leave":
        return f"{actors}退出了群聊"
    if event == "kick":
        return f"你将{targets}移出了群聊" if owner_is_you else f"{actors}将{targets}移出了群聊"
    if event == "recall":
        return f"{actors} 撤回了一条消息"
    if event == "nudge":
        return f"{actors} 拍了拍 {targets}"
    if event == "red_packet_taken":
        return f"{name(message.actors[0])}领取了你的红包"
    return None
