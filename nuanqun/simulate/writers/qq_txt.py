"""QQ PC message manager, text export: time, name(number), body, empty line.

Example: `2024-03-01 8:01:00 【群主】张三(9000000001)`.
"""

from __future__ import annotations

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.sentences import sentence
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name, uin

RULE = "=" * 64
BANNER = "消息记录（此消息记录为文本格式，不支持重新导入）"
PLACEHOLDERS = {
    "image": "[图片]", "voice": "[语音]", "video": "[视频]", "sticker": "[表情]", "red_packet": "[QQ红包]",
    "forward": "[聊天记录]",
}  # fmt: skip
LABELS = {"file": "[文件]", "location": "[位置]"}
ROLES = {"owner": "【群主】", "admin": "【管理员】"}


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """The body as the message manager writes it; replies lose what they quote, takers of packets are not listed."""
    if message.kind == "system":
        return _system(message)
    if message.kind in PLACEHOLDERS:
        return PLACEHOLDERS[message.kind]
    return LABELS.get(message.kind, "") + addressed(message, _name)


def _system(message: SimulatedMessage) -> str | None:
    if message.event in ("invite", "scan_qr"):
        joined = "、".join(_name(m) for m in message.targets)
        if message.event == "scan_qr" or not message.actors:
            return f"{joined}加入本群。"
    if message.event in ("red_packet_taken", "nudge"):
        return None
    line = sentence(message, _name, owner_is_you=False)
    return f"{line}。" if line else None


def render(chat: SimulatedChat) -> str:
    """The whole file, CRLF between records."""
    head = [BANNER, "", RULE, "消息分组:我的QQ群", RULE, f"消息对象:{chat.name}", RULE, ""]
    for message in chat.messages:
        body = text(chat, message)
        if body is not None:
            at = message.sent_at
            head += [f"{at:%Y-%m-%d} {at.hour}:{at:%M:%S} {_header(message.sender)}", body, ""]
    return "\r\n".join(head) + "\r\n"


def _header(sender: SimulatedMember | None) -> str:
    if sender is None:
        return "系统消息(1000000)"
    return f"{ROLES.get(sender.platform_role, '')}{_name(sender)}({uin(sender)})"


def _name(member: SimulatedMember) -> str:
    return member.card or member.name


WRITER = Writer(
    id="qq_txt",
    file_name=lambda chat: f"{plain_name(chat.name)}.txt",
    render=render,
    text=text,
    sender=lambda chat, member: uin(member),
    encoding="utf-8-sig",
)
