"""What all IRC logs share: colour codes, nick prefixes, the sentences of joins and kicks, days without dates.

In: pieces of a log line. Out: clean text, `SystemEvent`s, moments. Example:
`read_irc_event("anna (u@h) has joined #tea") -> SystemEvent("join", ["anna"])`.
Each client has its own format file; only what a line looks like differs there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from ingest.clock import MONTHS, read_date
from ingest.message import Message
from ingest.source import Source
from ingest.system_lines import SystemEvent

_CODES = re.compile("[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]")
_COLOURS = re.compile("\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
_ROLES = {"~": "owner", "&": "admin", "@": "admin", "%": "admin", "+": "member", "!": "admin"}
NICK = r"[^\s<>@]+"
_WHO = rf"(?P<a>{NICK})(?: [\[(][^\s)\]]*[)\]])?"
_WHOM = rf"(?P<t>{NICK})(?: [\[(][^\s)\]]*[)\]])?"
_EVENTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (event, re.compile(pattern, re.IGNORECASE))
    for event, pattern in (
        ("join", rf"(?:Joins: |Join )?{_WHO}(?: \(.*\))? (?:has |is )?(?:joined|rejoined)\b"),
        ("join", rf"Joins: {_WHO}"),
        ("leave", rf"(?:Parts|Quits): {_WHO}"),
        ("leave", rf"{_WHO}(?: \(.*\))? has (?:left|quit|parted)\b"),
        ("leave", rf"{_WHO} (?:Quit|left the channel)\b(?: \(.*\))?"),
        ("kick", rf"{_WHOM} (?:was|has been|were) kicked (?:off|from|out of)? ?(?:[#&+!]\S+ )?by (?P<a>{NICK})"),
        ("kick", rf"{_WHO} has kicked {_WHOM}"),
        ("rename", rf"{_WHO}(?: \(.*\))? (?:is|are) now known as {_WHOM}"),
        ("role_change", r"mode/\S+ \[[+-]\w*[ohvqa]\w* (?P<t>.+?)\] by (?P<a>[^\s,]+)"),
        ("role_change", rf"Mode \S+ \[[+-]\w*[ohvqa]\w* (?P<t>.+?)\] by {_WHO}"),
        ("role_change", rf"{_WHO} (?:sets|set) mode:? [+-]\w*[ohvqa]\w* (?P<t>.+)"),
        ("role_change", rf"{_WHO} (?:gives|removes) (?:channel|voice|half|owner|admin).*? (?:to|from) (?P<t>{NICK})"),
        ("mode", rf"(?:Server)?mode/\S+ .*? by (?P<a>{NICK})"),
        ("mode", rf"Mode \S+ .*? by {_WHO}"),
        ("mode", rf"{_WHO} (?:sets|set) (?:mode|channel|ban|exempt|invite)"),
        ("topic", rf"{_WHO} (?:has )?(?:change[sd]|set|unset) (?:the )?topic"),
        ("topic", r"(?:the )?topic\b"),
        ("invite", rf"{_WHO} (?:has invited|invited) {_WHOM}"),
        ("group_created", r"Channel \S+ created"),
    )
)
_STARRED = re.compile(
    rf"(?:{NICK}(?: \([^\s)]*\))? (?:(?:has (?:joined|left|quit)|joined|left)(?:$| [#&+]\S| \()|Quit \("
    r"|is now known as \S+$"
    r"|sets? mode|gives (?:channel|voice)|removes (?:channel|voice)|(?:has )?kicked|(?:was|were) kicked by"
    r"|(?:has )?change[sd] (?:the )?topic)"
    r"|(?:Now talking|Topic |Set by|You (?:are|were|have been)|Disconnected|Rejoined|Attempting|Retrieving|Channel ))"
)
_BRIDGED = (
    re.compile(r"\[(?P<net>[^\]\s]{1,20})\] ?<?(?P<name>[^>:\n]{1,40})(?:>|:) (?P<text>.*)", re.DOTALL),
    re.compile(r"<(?P<name>[^<>\n]{1,60})>:? (?P<text>.*)", re.DOTALL),
    re.compile(r"\((?P<name>[^()\n]{1,40})\):? (?P<text>.*)", re.DOTALL),
)


def strip_colours(text: str) -> str:
    """Remove mIRC colours and styles (\\x02 \\x03 \\x04 \\x0f \\x11 \\x16 \\x1d \\x1e \\x1f)."""
    return _COLOURS.sub("", text) if _CODES.search(text) else text


@lru_cache(maxsize=1 << 14)
def split_nick(nick: str) -> tuple[str, str | None]:
    """(nick without its mode characters and colours, role or None): "@anna" is an admin."""
    plain = strip_colours(nick).strip()
    name = plain.lstrip("".join(_ROLES))
    return (name, _ROLES[plain[0]]) if name and name != plain else (plain, None)


def read_irc_event(sentence: str) -> SystemEvent:
    """Who joined, left, was kicked or renamed, by the sentences of all common clients; else "other"."""
    for event, pattern in _EVENTS:
        found = pattern.match(sentence)
        if found:
            groups = found.groupdict()
            return SystemEvent(event, _nicks(groups.get("a")), _nicks(groups.get("t")))
    return SystemEvent("other")


def _nicks(text: str | None) -> list[str]:
    return [split_nick(nick)[0] for nick in re.split(r"[,\s]+", text.strip()) if nick] if text else []


def unwrap_bridged(nick: str, text: str, bridges: frozenset[str]) -> tuple[str, str]:
    """The real speaker and text where `nick` is one of the relay bots `bridges`: "[telegram] anna: hi"."""
    if nick not in bridges:
        return nick, text
    for pattern in _BRIDGED:
        found = pattern.match(text)
        if found:
            return found["name"].strip(), found["text"]
    return nick, text


def read_star_line(sentence: str) -> SystemEvent | None:
    """The event of a line that some clients mark like an action ("* anna has joined"); None for an action."""
    return read_irc_event(sentence) if _STARRED.match(sentence) else None


class LogLines:
    """Turns the pieces of log lines into messages; one instance for one file or chat."""

    def __init__(self, source: Source) -> None:
        self._bridges = frozenset(source.settings.bridge_nicks)

    def read(self, found: re.Match[str], sent_at: datetime, line: int) -> Message:
        """A line by the named groups of a format's regex: nick + text, actor + action, giver + notice, or server."""
        part = found.groupdict()
        if part.get("nick"):
            return self.said(sent_at, part["nick"], part["text"], line)
        if part.get("actor"):
            return self.said(sent_at, part["actor"], part["action"], line, kind="action")
        if part.get("giver"):
            return self.said(sent_at, part["giver"], part["notice"], line)
        return self.happened(sent_at, part["server"] or "", line)

    def said(self, sent_at: datetime, nick: str, text: str, line: int, *, kind: str = "text") -> Message:
        """A line somebody said; `kind` "action" for /me."""
        name, role = split_nick(nick)
        speaker, words = unwrap_bridged(name, strip_colours(text), self._bridges)
        role = role if speaker == name else None
        return Message(sent_at, words, kind, sender_name=speaker, sender_role=role, line=line)

    def happened(self, sent_at: datetime, sentence: str, line: int) -> Message:
        """A line of the client or the server."""
        plain = strip_colours(sentence).strip()
        event = read_irc_event(plain)
        return Message(
            sent_at, plain, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=line
        )  # fmt: skip


@dataclass
class LogDay:
    """The date of lines that state only a time of day.

    `fixed` days come from the file (its name, a day line); otherwise a clock that jumps back by more than
    an hour starts the next day.
    """

    day: date | None = None
    fixed: bool = False
    guessed: bool = False
    _last: timedelta = timedelta()

    def start(self, day: date, *, fixed: bool = True) -> None:
        """A day line or a file name states the date."""
        self.day, self.fixed, self._last = day, fixed, timedelta()

    def at(self, hour: int, minute: int, second: int) -> datetime | None:
        """The moment of a line; None while no date is known."""
        if self.day is None:
            return None
        clock = timedelta(hours=hour, minutes=minute, seconds=second)
        if not self.fixed and clock < self._last - timedelta(hours=1):
            self.day += timedelta(days=1)
            self.guessed = True
        self._last = clock
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, second)


def date_of_name(name: str) -> date | None:
    """The date in a log's file name: 2024-03-01.log, #tea_20240301.log, irc.log.01Mar2024; None without one."""
    found = re.search(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)", name)
    if found:
        return read_date("-".join(found.groups()))
    found = re.search(r"(?<!\d)(\d{1,2})([A-Za-z]{3})((?:19|20)\d\d)(?!\d)", name)
    return read_date(" ".join(found.groups())) if found else None


class YearlessDates:
    """Dates that lack a year ("15 Jan"): the year of the file's name or header, one more after New Year's Eve.

    `guessed` tells that neither states a year and the latest one that is not in the future was taken.
    """

    def __init__(self, name: str) -> None:
        named = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)
        self.year: int | None = int(named[0]) if named else None
        self.guessed = False
        self._month = 0

    def start(self, year: int) -> None:
        """A header line states the year."""
        self.year, self._month = year, 0

    def read(self, month: str, day: str) -> date | None:
        """The date of month ("Jan", "January") and day; None when there is no such day."""
        number = MONTHS.get(month[:3].lower(), 0)
        if self.year is None:
            today = date.today()
            self.year, self.guessed = today.year - (number > today.month), True
        if number < self._month - 5:
            self.year += 1
        self._month = number
        try:
            return date(self.year, number, int(day))
        except ValueError:
            return None


def channel_of(source: Source) -> str:
    """The channel in the path of a log: "#tea" of "#tea/2024-03-01.log" and "libera_#tea_20240301.log"."""
    place = re.split(r"[/\\!]", source.parts[0].path or source.name)
    for name in reversed(place):
        found = re.search(r"[#&][^\s]+", name)
        if found:
            plain = re.sub(r"(?:\.(?:log|txt|weechatlog))+$", "", found[0])
            return re.sub(r"[._-]?(?:19|20)\d\d-?\d\d-?\d\d$", "", plain) or found[0]
    named = [name for name in place[:-1] if name and not name.isdigit()]
    return named[-1] if named and date_of_name(source.name) else source.chat_name
