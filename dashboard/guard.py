"""The guard: who is at the screen, whether they may do that, and the audit of what they did.

Every page asks `person()`; every function that changes something is an `@act("...")`, which checks role and scope in
the session's latest state before anything is written. Hiding a page is a courtesy, this is the lock. Example:

    @act("decide")
    def decide(chat_id: str, message_id: str, label: str) -> int: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

import streamlit as st

from dashboard.leap import leap
from dashboard.opened import store, without_login
from dashboard.words import t
from nuanqun import accounts, audit, sessions
from nuanqun.access import ACTIONS, NO_LOGIN, ROLES, Person
from nuanqun.errors import Forbidden

COOKIE = "nuanqun"
ENTER = "auth/enter"


@dataclass(frozen=True, slots=True)
class Act:
    """What stands behind a guarded function of the dashboard: its action, and whether it is about one chat."""

    action: str
    of_chat: bool
    run: Callable[..., Any]


ACTS: dict[str, Act] = {}
"""Every guarded function by module and name; the tests try each in every role."""


_acting: ContextVar[Person | None] = ContextVar("acting", default=None)


@contextmanager
def acting_as(somebody: Person) -> Iterator[None]:
    """Read for somebody who is not at a screen: the holder of a token."""
    token = _acting.set(somebody)
    try:
        yield
    finally:
        _acting.reset(token)


def person() -> Person:
    """Who is at the screen; nobody's page ends here with the way to log in."""
    found = known()
    if found is None:
        _greet()
        st.stop()
        raise Forbidden("nobody is at the screen")  # st.stop stops nothing where no page runs
    return found


def _greet() -> None:
    """What nobody sees: the session ended, or the organisation's login."""
    st.title(t("app.name"))
    if not organisation():
        st.warning(t("enter.ended"), icon="🔒")
        leap(f"/{ENTER}")
    elif st.user.get("is_logged_in"):
        st.warning(t("enter.not_ours"), icon="🔒")
        st.button(t("enter.leave_go"), on_click=st.logout)
    else:
        st.button(t("enter.organisation"), on_click=st.login, type="primary")
    st.link_button(t("enter.again"), f"/{ENTER}")


def organisation() -> bool:
    """Whether an OIDC login is configured in Streamlit's secrets."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def known() -> Person | None:
    """Who is at the screen, asked of the catalogue anew: revoked, expired and disabled count at once."""
    if (somebody := _acting.get()) is not None:
        return somebody
    if without_login():
        return NO_LOGIN
    return sessions.person_of(store().engine, cookie()) or of_organisation()


def cookie() -> str | None:
    """The session id that the browser sent when this tab was opened."""
    value = st.context.cookies.get(COOKIE)
    return value if isinstance(value, str) else None


def of_organisation() -> Person | None:
    """Who came in by the organisation's login (`st.login`): role by their groups, unless their account is closed."""
    if not st.user.get("is_logged_in") or st.user.get("email_verified") is False:
        return None
    name = accounts.normal(str(st.user.get("email") or st.user.get("preferred_username") or st.user.get("sub") or ""))
    role = role_of(st.user.get("groups"), organisation_roles())
    if role is None or not name:
        return None
    engine = store().engine
    account = accounts.find(engine, name)
    if account is None:
        accounts.add(engine, name, None, role)
        audit.write(engine, name, "first_login", detail={"role": role})
        return Person(name, role)
    # An account with a password is somebody's own: a name at the organisation does not open it.
    return None if account.disabled_at or account.has_password else Person(account.name, role, account.chats)


def organisation_roles() -> dict[str, str]:
    """Group -> role, from `[nuanqun_roles]` in Streamlit's secrets."""
    try:
        return {str(group): str(role) for group, role in st.secrets.get("nuanqun_roles", {}).items()}
    except FileNotFoundError:
        return {}


def role_of(groups: Any, roles: dict[str, str]) -> str | None:
    """The strongest role that the groups of a person give; None = none of them is ours."""
    mine = {roles[group] for group in groups or () if roles.get(group) in ROLES}
    return next((role for role in ROLES if role in mine), None)


def need(action: str, chat_id: str | None = None) -> Person:
    """The person, if they may take `action`; raises Forbidden otherwise."""
    found = person()
    found.need(action, chat_id)
    return found


def may(action: str, chat_id: str | None = None) -> bool:
    """Whether to show a button: the function behind it checks again."""
    return person().may(action, chat_id)


def act(
    action: str,
    *tell: str,
    quiet: bool = False,
    chat_of: Callable[[dict[str, Any]], str | Iterable[str] | None] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Guard a function that changes something, and write the audit after it.

    An argument named `chat_id`, or the chat or chats that `chat_of` reads from the arguments, are checked against the
    person's scope.
    `tell` names the arguments that the audit may keep: never texts of messages, never secrets. `quiet` = the function
    leaves its own trail (verdicts do). Raises Forbidden, and then nothing was done.
    """
    if action not in ACTIONS:
        raise KeyError(f"{action} is not an action of nuanqun.access")

    def guard(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        name = f"{function.__module__}.{function.__name__}"
        ACTS[name] = Act(action, bool(chat_of) or "chat_id" in signature.parameters, function)

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs).arguments
            found = chat_of(given) if chat_of else given.get("chat_id")
            chats = sorted(set(found)) if found is not None and not isinstance(found, str) else [found]
            chat_id = chats[0] if len(chats) == 1 else None
            who = person()
            if not all(who.may(action, chat) for chat in chats or [None]):
                audit.write(store().engine, who.name, "refused", detail={"action": function.__name__})
                raise Forbidden(f"{who.role} {who.name} may not {function.__name__}")
            done = ACTS[name].run(*args, **kwargs)
            if not quiet:
                detail = {key: _plain(given[key]) for key in tell if key in given}
                audit.write(store().engine, who.name, function.__name__, chat_id, detail)
            return done

        return guarded

    return guard


def note(action: str, detail: dict[str, Any], chat_id: str | None = None) -> None:
    """A row of the audit in the name of whoever is at the screen, for acts that are `quiet`."""
    audit.write(store().engine, person().name, action, chat_id, _plain(detail))


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float) else str(value)
