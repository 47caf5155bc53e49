"""Words that moderators ask to be allowed: what waits, and an admin's yes or no.

A request is a remark of the kind `allow` that stands while its word is not in the allow list. Yes puts the word there
and keeps the remark, which training reads; no takes the remark back, so that nobody learns from it. Both are audited by
count, without the word: it may be a name. Example: `accept(engine, waiting(engine)[0].word, "li")`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from nuanqun import audit, house, verdicts
from nuanqun import catalogue as cat

LIST = "allow_words"


@dataclass(frozen=True, slots=True)
class Request:
    """One word, who asked, when last, and the messages at which they did, newest first."""

    word: str
    actors: tuple[str, ...]
    at: datetime
    messages: tuple[tuple[str, str], ...]  # chat, message


def waiting(engine: sa.Engine, chats: Collection[str] | None = None) -> list[Request]:
    """Requests that nobody has answered, the word most asked for first; of some chats or of all."""
    allowed = set(house.read(engine, LIST, []))
    by_word: dict[str, list[dict]] = {}
    for remark in verdicts.remarks(engine):
        wanted = remark["kind"] == "allow" and (chats is None or remark["chat_id"] in chats)
        for word in house.clean_words([remark["text"]]) if wanted else ():
            if word not in allowed:
                by_word.setdefault(word, []).append(remark)
    found = [
        Request(
            word,
            tuple(dict.fromkeys(row["actor"] for row in rows)),
            rows[0]["at"],
            tuple(dict.fromkeys((row["chat_id"], row["message_id"]) for row in rows)),
        )
        for word, rows in by_word.items()
    ]
    return sorted(found, key=lambda request: (-len(request.messages), request.word))


def accept(engine: sa.Engine, word: str, actor: str) -> None:
    """Put the word into the allow list; raises KeyError when nobody asks for it any more."""
    request = _request(engine, word)
    house.save(engine, LIST, house.clean_words([*house.read(engine, LIST, []), word]), actor)
    audit.write(engine, actor, "accept_word", detail={"messages": len(request.messages), "actors": request.actors})


def decline(engine: sa.Engine, word: str, actor: str) -> None:
    """Take back every remark that asks for the word; raises KeyError when nobody does any more."""
    request, at = _request(engine, word), datetime.now(UTC)
    ids = [
        r["id"] for r in verdicts.remarks(engine) if r["kind"] == "allow" and house.clean_words([r["text"]]) == [word]
    ]
    with engine.begin() as connection:
        connection.execute(cat.remark.update().where(cat.remark.c.id.in_(ids)).values(undone_at=at))
    audit.write(engine, actor, "decline_word", detail={"messages": len(request.messages), "actors": request.actors})


def _request(engine: sa.Engine, word: str) -> Request:
    return next((one for one in waiting(engine) if one.word == word), None) or _gone(word)


def _gone(word: str) -> Request:
    raise KeyError(f"nobody asks for {word!r} any more")
