"""WeChat's own sentences, told apart from what people write, for exporters that state no type.

In: a whole body. Out: whether WeChat wrote it. Example: `is_system_sentence('"小王" 撤回了一条消息')`.
Strict on purpose: the whole body must be one of the sentences, with names in WeChat's quotation marks.
"""

from __future__ import annotations

import re

_WHO = r"(?:\"[^\n]{1,80}?\"|“[^\n]{1,80}?”|你|您|我|You|you|自己)"
_MANY = rf"{_WHO}(?:、{_WHO}|, ?{_WHO}| and {_WHO}|和{_WHO})*"
_SENTENCES = (
    rf"{_WHO}(?:通过.{{1,20}})?邀请了?{_MANY}加入了?群聊.*",
    rf"{_WHO}邀请了?{_MANY}加入了?群聊，群聊参与人还有：.*",
    rf"{_WHO}通过扫描{_WHO}分享的二维码加入群聊.*",
    rf"{_WHO}(?:已)?(?:通过.{{1,30}})?加入(?:了)?群聊",
    rf"{_WHO}[将把]{_MANY}移出了?群聊",
    rf"{_WHO}被{_WHO}移出了?群聊",
    rf"{_WHO}(?:已)?退出了?群聊",
    rf"{_WHO}(?:修改|更改)群名(?:称)?为[“\"].*[”\"]",
    rf"{_WHO} ?撤回了?(?:一条|成员{_WHO}的一条|{_WHO}的一条)消息(?: ?重新编辑)?",
    rf"{_WHO} ?拍了拍 ?{_WHO}.{{0,40}}",
    r"[^\n，。！？?!]{1,40}领取了你的红包(?:，你的红包已被领完)?",
    r"你领取了[^\n，。！？?!]{1,40}的红包",
    rf"{_WHO}(?:已)?(?:成为新群主|被设为管理员|成为管理员)",
    r"群主已(?:恢复默认进群方式|启用.{1,40}|开启.{1,40}|关闭.{1,40})",
    r"该群(?:已)?(?:开启|关闭)了.{1,40}",
    rf"{_MANY} invited {_MANY} to (?:join )?the group(?: chat)?\b.*",
    rf"{_WHO} joined the? ?group(?: chat)? via (?:the |a )?QR code shared by {_WHO}\.?",
    rf"{_WHO} removed {_MANY} from the group(?: chat)?\.?",
    rf"{_WHO} left the group(?: chat)?\.?",
    rf"{_WHO} changed the group(?:'s)? (?:chat )?name to [“\"].*[”\"]\.?",
    rf"{_WHO} recalled a message\.?",
    rf"{_WHO} (?:tickled|nudged|patted) {_WHO}.{{0,40}}",
)  # fmt: skip
_ANY = re.compile("|".join(f"(?:{sentence})" for sentence in _SENTENCES))
_LONGEST = 2000


def is_system_sentence(body: str, sender: str | None = None) -> bool:
    """Whether the whole body is a sentence of WeChat's; `sender`'s name counts without quotation marks too."""
    text = body.strip()
    if not text or len(text) > _LONGEST or "\n" in text:
        return False
    if sender and text.startswith(sender):
        text = f'"{sender}"{text.removeprefix(sender)}'
    return _ANY.fullmatch(text) is not None
