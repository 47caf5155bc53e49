"""Advertisements and ordinary talk written by us (data/written), with invented contacts, varied for training.

In: a random generator. Out: texts with their labels. Real sets hold few advertisements of the kinds that Chinese
group chats suffer from; these fill the gap. Example: `list(written_ads(rng, copies=2))[0]` -> ("...", "loan").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import data

MOODS = {"+": "positive", "0": "neutral", "-": "negative", ".": ""}
TOPIC_OF_TAG = {"carpool": "travel", "second_hand": "shopping"}
TOPIC_OF_SCENE = {
    "games": "game",
    "investors": "finance",
    "students": "education",
    "property_owners": "realty",
    "fans": "entertainment",
    "shops_members": "after_sales",
    "meetups": "tech",
}
THEMED = 9
"""Characters from which a line of talk is likely to be about what its group is about."""
FOLDER = Path(data.__file__).parent / "written"
_CLAUSES = re.compile(r"(?<=[，。！？,!?])")
_LETTERS = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A message that is no advertisement: what it does, its mood (+ 0 - or . for unread), text with slots, scene."""

    tag: str
    mood: str
    text: str
    scene: str


@cache
def read_ads() -> tuple[tuple[str, str], ...]:
    """(kind, text with slots) of every written advertisement."""
    return tuple(dict.fromkeys((path.stem, text) for path in _files("ads") for text in _lines(path)))


@cache
def read_ordinary() -> tuple[Ordinary, ...]:
    """Every written message that is no advertisement. Raises ValueError naming a line without tag, mood and text."""
    found: dict[str, Ordinary] = {}
    for path in _files("ordinary"):
        for line in _lines(path):
            parts = line.split("\t")
            if len(parts) != 3 or parts[1] not in MOODS:
                raise ValueError(f"{path}: {line!r} is not tag<TAB>mood<TAB>text with a mood of {', '.join(MOODS)}")
            found.setdefault(parts[2], Ordinary(*parts, scene=path.stem))
    return tuple(found.values())


def _files(folder: str) -> list[Path]:
    return sorted((FOLDER / folder).glob("*.txt"))


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line.strip() and not line.startswith("# ")]


def fill(text: str, rng: np.random.Generator) -> str:
    """`text` with invented contacts, links and numbers in its slots."""

    def digits(n: int) -> str:
        return "".join(str(int(rng.integers(10))) for _ in range(n))

    def letters(n: int) -> str:
        return "".join(_LETTERS[int(rng.integers(len(_LETTERS)))] for _ in range(n))

    made = {
        "wx": lambda: str(
            rng.choice([letters(3) + digits(5), "wx" + digits(6), letters(4) + "_" + digits(3), letters(8)])
        ),
        "qq": lambda: str(rng.integers(1, 10)) + digits(int(rng.integers(7, 10))),
        "qun": lambda: str(rng.integers(1, 10)) + digits(8),
        "phone": lambda: "1" + str(rng.integers(3, 10)) + digits(9),
        "url": lambda: str(rng.choice(["https://", "http://", ""])) + letters(4) + ".example/" + letters(5),
        "token": lambda: f"￥{letters(2).upper()}{digits(2)}{letters(4)}{digits(3)}￥",
        "n": lambda: str(rng.integers(2, 10)),
        "price": lambda: f"{rng.integers(9, 999)}{rng.choice(['', '元', '块', '.9'])}",
    }
    return re.sub(r"\{(\w+)\}", lambda m: made[m[1]](), text)


def written_ads(rng: np.random.Generator, copies: int) -> Iterator[tuple[str, str]]:
    """(text, kind): every advertisement as written, then `copies` variants that lose a clause or gain a foreign one."""
    ads = read_ads()
    for kind, text in ads:
        yield fill(text, rng), kind
        for _ in range(copies):
            clauses = [c for c in _CLAUSES.split(text) if c]
            if len(clauses) > 2 and rng.random() < 0.6:
                del clauses[int(rng.integers(len(clauses)))]
            if rng.random() < 0.5:
                other = [c for c in _CLAUSES.split(ads[int(rng.integers(len(ads)))][1]) if c]
                clauses.append("，" + other[-1] if clauses[-1][-1] not in "，。！？" else other[-1])
            yield fill("".join(clauses), rng), kind


def written_ordinary(rng: np.random.Generator, copies: int) -> Iterator[str]:
    """Every ordinary message as written, then `copies` variants: with other numbers, or followed by another message."""
    messages = [one.text for one in read_ordinary()]
    for text in messages:
        yield fill(text, rng)
        for _ in range(copies):
            more = messages[int(rng.integers(len(messages)))]
            yield fill(f"{text}{rng.choice(['，', ' ', '。'])}{more}" if rng.random() < 0.5 else text, rng)


def written_moods(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """(text, positive | neutral | negative) of every ordinary message whose mood was read."""
    yield from ((fill(one.text, rng), MOODS[one.mood]) for one in read_ordinary() if MOODS[one.mood])


def written_questions(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """(text, question | other) of the ordinary messages whose tag says plainly which it is."""
    for one in read_ordinary():
        if one.tag in ("question", "demand"):
            yield fill(one.text, rng), "question"
        elif one.tag in ("answer", "notice", "chain", "second_hand") and not one.text.rstrip().endswith(("?", "？")):
            yield fill(one.text, rng), "other"


def written_topics(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """(text, topic) where the tag or the kind of group says the topic; short lines are chitchat anywhere."""
    for one in read_ordinary():
        topic = TOPIC_OF_TAG.get(one.tag) or TOPIC_OF_SCENE.get(one.scene, "chitchat")
        if one.tag not in TOPIC_OF_TAG and one.scene not in TOPIC_OF_SCENE and one.tag != "chat":
            continue  # a question among friends may be about anything
        if one.tag == "chat" and len(one.text) < THEMED:
            topic = "chitchat"
        if one.tag not in ("notice", "chain", "about_ads", "contact"):
            yield fill(one.text, rng), topic
