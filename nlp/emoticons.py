"""Texts with emoticons in brackets -> the texts without them, and the mood that the emoticons say.

In: raw texts of networks that write emoticons as words ([泪]). Out: texts and labels, in order; texts whose
emoticons say nothing or contradict one another are left out.
Example: `split_emoticons(["又下雨了[泪]"])` -> (["又下雨了"], ["negative"]).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = {
    "positive": "哈哈 嘻嘻 爱你 鼓掌 good 赞 心 花心 太开心 偷笑 可爱 给力 耶 亲亲 呲牙 笑cry 威武 来 害羞 酷",
    "negative": "怒 怒骂 抓狂 愤怒 哼 鄙视 左哼哼 右哼哼 泪 悲伤 伤心 蜡烛 失望 委屈 可怜 生病 流泪 大哭 泪流满面 悲催"
    " 吐 衰 弱 打脸 晕 最差 感冒",
}
_OF = {f"[{word}]": mood for mood, words in _WORDS.items() for word in words.split()}
_ANY = re.compile(r"\[[^\[\]\s]{1,6}\]")
SHORTEST = 4
"""Characters that must be left."""


def split_emoticons(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """(texts without emoticons, positive | negative)."""
    kept, labels = [], []
    for text in texts:
        said = {_OF.get(sign) for sign in _ANY.findall(text)} - {None}
        rest = _ANY.sub("", text).strip() if said else ""
        if len(said) == 1 and len(rest) >= SHORTEST:
            kept.append(rest)
            labels.append(str(said.pop()))
    return kept, labels
