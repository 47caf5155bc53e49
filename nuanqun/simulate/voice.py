"""How members type: a line of the bank in, the same line in one member's hand out.

Example: `speak(Voice(script="hant"), "谢谢大家", rng, words)` -> "謝謝大家".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random

from opencc import OpenCC

from nuanqun.simulate.model import Voice

EMOJI = (
    "😂",
    "😄",
    "🤣",
    "😭",
    "🌹",
    "👍",
    "🙏",
    "😅",
    "🥰",
    "💪",
    "🎉",
    "👀",
    "😘",
    "🍻",
    "✨",
    "[捂脸]",
    "[偷笑]",
    "[玫瑰]",
)


def make_voice(rng: Random) -> Voice:
    """A random hand: most write plain simplified Chinese, some love emoji, few write traditional or Cantonese."""
    return Voice(
        script=rng.choices(("hans", "hant", "yue"), (95, 3, 2))[0],
        ending=rng.choices(("", "。", "～", "！", "~", "!!", "…"), (62, 9, 9, 8, 6, 2, 4))[0],
        spaces=rng.random() < 0.22,
        emoji=tuple(rng.sample(EMOJI, 3)),
        emoji_rate=rng.choice((0.0, 0.02, 0.05, 0.1, 0.22)),
        slang_rate=rng.choice((0.0, 0.02, 0.04, 0.12)),
        english_rate=rng.choices((0.0, 0.3), (92, 8))[0],
    )


def speak(voice: Voice, text: str, rng: Random, words: Mapping[str, Mapping[str, str]]) -> str:
    """Rewrite `text` in the member's hand; code, links and lists stay as they are."""
    if "\n" in text or "://" in text or "`" in text or text.startswith("["):
        return text
    if rng.random() < voice.slang_rate:
        text = _replace_one(text, words["slang"], rng)
    if rng.random() < voice.english_rate:
        text = _replace_one(text, words["english"], rng)
    if voice.spaces:
        text = text.replace("，", " ")
    text = text.removesuffix("。")
    if voice.ending and _is_han(text[-1:]) and rng.random() < 0.45:
        text += voice.ending
    if rng.random() < voice.emoji_rate:
        text += rng.choice(voice.emoji) * rng.choice((1, 1, 1, 2, 3))
    return convert(text, voice.script, words["cantonese"])


def convert(text: str, script: str, cantonese: Mapping[str, str]) -> str:
    """Simplified to the member's script."""
    if script == "hans":
        return text
    if script == "yue":
        for mandarin, word in cantonese.items():
            text = text.replace(mandarin, word)
    return _converter("s2hk" if script == "yue" else "s2tw").convert(text)


@cache
def _converter(config: str) -> OpenCC:
    return OpenCC(config)


def _replace_one(text: str, words: Mapping[str, str], rng: Random) -> str:
    found = [w for w in words if w in text]
    if not found:
        return text
    word = rng.choice(found)
    return text.replace(word, words[word], 1)


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
