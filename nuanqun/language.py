"""The language people read, and the catalogue of its words: one set of files a language in data/words.

In: a language of `LANGUAGES`. Out: templates by dotted key. What a language lacks is said in Chinese, the language
in which every text is written first. Example: `with speaking("en"): catalogue()["app.name"]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = {"zh": "简体中文", "zh-TW": "繁體中文", "en": "English"}
"""Suffixes of the files in data/words (`screen.zh.toml`) and how each language calls itself."""
HTML = {"zh": "zh-CN", "zh-TW": "zh-TW", "en": "en"}
"""What `<html lang>` says: it chooses the shapes of Chinese characters and the voice of a screen reader."""
DEFAULT = "zh"
ENGLISH_ALREADY = ("builtin.", "pattern.", "refusal.")
"""Keys whose text is English before it is translated: Streamlit's own words and the sentences of ingest's errors."""
_QUOTES = str.maketrans("“”‘’", "「」『』")
_chosen: ContextVar[str] = ContextVar("language", default="")
_sources: list[Callable[[], str]] = []


def language() -> str:
    """The language of this moment: what `speaking` says, else what the screen's source knows, else Chinese."""
    found = _chosen.get() or next((said for source in _sources if (said := source())), "")
    return found if found in LANGUAGES else DEFAULT


def ask_language(source: Callable[[], str]) -> None:
    """Let `source` answer which language a screen wants; "" means that it does not know."""
    _sources[:] = [source]


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Say everything inside in one language; raises ValueError on one that there is not."""
    if name not in LANGUAGES:
        raise ValueError(f"language {name!r}: choose one of {', '.join(LANGUAGES)}")
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)


def closest(tag: str) -> str:
    """The language nearest to a browser's tag: "zh-Hant-HK" -> "zh-TW", "en-GB" -> "en", unknown -> ""."""
    low = tag.replace("_", "-").lower()
    if low.startswith("zh"):
        return "zh-TW" if any(part in low.split("-") for part in ("tw", "hk", "mo", "hant")) else "zh"
    return "en" if low.startswith("en") else ""


def catalogue(name: str | None = None) -> dict[str, str]:
    """All templates of a language by dotted key, Chinese where it has none; ValueError on a key defined twice."""
    return _catalogue(name or language())


@cache
def _catalogue(name: str) -> dict[str, str]:
    words = own_words(DEFAULT)
    if name == "en":
        words = {key: text for key, text in words.items() if not key.startswith(ENGLISH_ALREADY)}
    if name == "zh-TW":
        words = {key: traditional(text) for key, text in words.items()}
    return words | own_words(name)


def traditional(text: str) -> str:
    """Traditional characters with the phrases and quotation marks of Taiwan: OpenCC s2twp, corrected by our list."""
    said = _converter().convert(text).translate(_QUOTES)
    for given, meant in _phrases():
        said = said.replace(given, meant)
    return said


@cache
def _phrases() -> list[tuple[str, str]]:
    found = tomllib.loads(files("data").joinpath("words", "taiwan.phrases.toml").read_text("utf-8"))
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2twp")


@cache
def own_words(name: str) -> dict[str, str]:
    """The templates that stand in a language's own files."""
    found: dict[str, str] = {}
    folder = files("data").joinpath("words")
    for file in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(f".{name}.toml")):
        _flatten(tomllib.loads(folder.joinpath(file).read_text("utf-8")), "", found)
    return found


def _flatten(node: dict, prefix: str, found: dict[str, str]) -> None:
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(value, f"{path}.", found)
        elif path in found:
            raise ValueError(f"data/words: {path} is defined twice")
        else:
            found[path] = str(value)
