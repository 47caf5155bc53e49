"""What the simulator knows about a chat: its members, its messages and the truth about both.

In: nothing. Out: `SimulatedChat`, which writers turn into an export and `truth.py` into `truth.json`.
Example: `chat.messages[0].sender.name`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

CHANNELS = ("founder", "invite", "scan_qr")
"""How a member came in."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one member types; rates are probabilities a message."""

    script: str = "hans"  # hans | hant | yue (traditional characters, Cantonese words)
    ending: str = ""
    spaces: bool = False  # blanks instead of commas
    emoji: tuple[str, ...] = ()
    emoji_rate: float = 0.0
    slang_rate: float = 0.0
    english_rate: float = 0.0


@dataclass(slots=True, eq=False)
class SimulatedMember:
    """One member; role ids are those of `community/tables.py`."""

    number: int  # position among the members of the chat, from 0
    name: str
    participation: str
    social: str
    voice: Voice = field(default_factory=Voice)
    card: str | None = None
    platform_role: str = "member"  # owner | admin | member
    weight: float = 0.01  # share of talk, Zipf-like
    presence: float = 0.0  # probability of looking into the chat on a day
    joined: datetime | None = None
    joined_by: str = "founder"
    invited_by: SimulatedMember | None = None
    quiet_after: datetime | None = None  # stops talking from then on
    left: datetime | None = None
    kol: bool = False
    ad_account: bool = False


@dataclass(slots=True, eq=False)
class SimulatedMessage:
    """One record of a chat and what is true about it. `sender` is None for system lines."""

    sent_at: datetime
    sender: SimulatedMember | None
    text: str = ""
    kind: str = "text"
    event: str | None = None
    actors: list[SimulatedMember] = field(default_factory=list)
    targets: list[SimulatedMember] = field(default_factory=list)
    answers: SimulatedMessage | None = None  # the message this one really answers
    quotes: bool = False  # the sender used the platform's reply function
    mentions: list[SimulatedMember] = field(default_factory=list)
    ad: str | None = None  # kind of advertisement, ids of data/lexicons/ads_kinds.toml
    campaign: int | None = None
    disguised: bool = False
    offer: str | None = None  # trade the chat's rules allow: "owner" or "secondhand"; neither ad nor ordinary
    hard_negative: str | None = None  # looks like an ad and is none: why
    planted: str | None = None  # red_packet | chain | lucky_draw | announcement | offline_meeting
    conversation: int = -1
    order: int = 0  # of writing, breaks ties within a second


@dataclass(slots=True, eq=False)
class SimulatedChat:
    """A chat with its truth; `messages` are in order of time."""

    id: str
    name: str
    platform: str
    format_id: str
    fate: str
    start: date
    end: date  # half-open
    members: list[SimulatedMember]
    messages: list[SimulatedMessage]
    decline_start: date | None = None
    core_left: datetime | None = None
    incentive_dependent: bool = False

    @property
    def kols(self) -> list[SimulatedMember]:
        """The planted key opinion leaders."""
        return [m for m in self.members if m.kol]

    @property
    def owner(self) -> SimulatedMember:
        """The member who owns the chat (and exports it)."""
        return self.members[0]
