"""Who may do what: three roles, the actions each of them may take, and the chats a person may see.

Pages, actions and the JSON API all ask here, so that there is one answer. Example:
`Person("li", "moderator", frozenset({"c1"})).need("decide", "c1")`.
"""

from __future__ import annotations

from dataclasses import dataclass

from nuanqun.errors import Forbidden

ROLES = ("admin", "moderator", "manager")

ACTIONS: dict[str, tuple[str, ...]] = {
    # what is read
    "see_health": ("admin", "manager"),  # overview, one chat, members
    "see_review": ("admin", "moderator"),  # flagged messages
    "see_setup": ("admin",),  # imports, chats, words, accounts, audit, storage
    # what is done
    "decide": ("admin", "moderator"),  # verdicts on messages, and taking them back
    "act": ("admin", "manager"),  # mark a warning as done, snooze it
    "report": ("admin", "manager"),  # reports and downloads
    "import": ("admin",),
    "change_chats": ("admin",),
    "change_members": ("admin",),
    "erase": ("admin",),
    "change_words": ("admin", "moderator"),  # ad words, allowed words
    "change_settings": ("admin",),  # thresholds, retention, channels, models
    "change_accounts": ("admin",),
}
"""Every action and the roles that may take it. A page or function that is not here cannot be guarded, so add it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the screen or behind a token; `chats` None = every chat."""

    name: str
    role: str
    chats: frozenset[str] | None = None

    def may(self, action: str, chat_id: str | None = None) -> bool:
        """Whether this person may take `action`, on that chat when one is named. Raises KeyError: unknown action."""
        return self.role in ACTIONS[action] and (chat_id is None or self.sees(chat_id))

    def sees(self, chat_id: str) -> bool:
        """Whether the chat is among those this person may see."""
        return self.chats is None or chat_id in self.chats

    def need(self, action: str, chat_id: str | None = None) -> None:
        """Raise Forbidden unless this person may take `action`."""
        if not self.may(action, chat_id):
            raise Forbidden(f"{self.role} {self.name} may not {action}" + (f" in chat {chat_id}" if chat_id else ""))


NO_LOGIN = Person("local", "admin")
"""The one person at a machine that serves only itself without a login."""
