"""One chat as columns of numbers: what every measurement of this stage starts from.

In: MESSAGES and ANNOTATIONS of one chat. Out: `Talk`, numpy arrays in time order, members as small integers.
Example: `talk, annotations = read_talk(messages, annotations)`; `talk.at[talk.clean]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from community.kept import NOTHING, Kept
from community.lexicon import is_trivial
from community.masks import among, mask
from community.settings import CommunitySettings
from community.traffic import find_floods, find_traffic
from community.wording import Wording

DAY_MS = 86_400_000
MINUTE_MS = 60_000
_BOT_NAME = r"(?i)(^|[^a-z])bot$|[-_ ]bot[-_ ]|机器人$|機器人$|群管家$|群助手$"


@dataclass(frozen=True, slots=True)
class Talk:
    """All records of one chat, sorted by time; every array has one entry a record unless said.

    `sender` and all other member numbers index `member_ids`; -1 = nobody. "Now" is one millisecond after the
    last record. `day` counts local dates of the chat's zone from `first_day` (days since 1970-01-01).
    """

    chat_id: str
    zone: str
    resolution: str  # s, min or day: the coarsest of the chat
    messages: pa.Table  # sorted like the arrays
    ids: pa.Array
    texts: pa.Array
    member_ids: np.ndarray
    at: np.ndarray  # milliseconds UTC
    day: np.ndarray
    hour: np.ndarray  # local, 0..23
    first_day: int
    days: int  # local dates from first to last record
    sender: np.ndarray
    said: np.ndarray  # a member's message
    ad: np.ndarray
    bot: np.ndarray
    traffic: np.ndarray  # red packets and the thanks for them
    incentive: np.ndarray  # red packets, lucky draws, paid calls
    flood: np.ndarray  # +1, 收到 and 复读 in a row, all but the first of each row
    clean: np.ndarray  # said and none of ad, bot, traffic
    warm: np.ndarray  # clean and no flood: what the temperature counts
    trivial: np.ndarray  # 收到, +1, a lone emoji or sticker
    question: np.ndarray
    toxic: np.ndarray
    mood: np.ndarray  # positive minus negative probability, nan = unknown
    length: np.ndarray  # characters
    ends: int  # milliseconds UTC
    wording: Wording = field(repr=False)  # of the whole chat: its first texts are these

    @property
    def now(self) -> int:
        """The end of the export in milliseconds UTC, or the moment up to which `until` cut it."""
        return self.ends

    @property
    def midnight(self) -> int:
        """The start of the first local day in milliseconds UTC."""
        return int(self.at[0] - _local(self.at[:1], self.zone)[0] % DAY_MS)

    @property
    def members(self) -> int:
        """How many member numbers exist, silent ones (joined, invited) included."""
        return len(self.member_ids)

    def since(self, days: float, until: int | None = None) -> slice:
        """The records of the `days` days before `until` (default now)."""
        end = self.now if until is None else until
        return slice(*np.searchsorted(self.at, [end - int(days * DAY_MS), end]))

    def until(self, end: int) -> Talk:
        """The chat as it was known at `end` (ms UTC); members who come later keep their numbers and say nothing."""
        rows = int(np.searchsorted(self.at, end))
        cut = {f.name: getattr(self, f.name) for f in fields(self)}
        cut = {k: v.slice(0, rows) if isinstance(v, pa.Table | pa.Array) else v for k, v in cut.items()}
        cut = {k: v[:rows] if isinstance(v, np.ndarray) and k != "member_ids" else v for k, v in cut.items()}
        today = int(_local(np.array([end - 1]), self.zone)[0] // DAY_MS) - self.first_day
        return replace(self, **cut | {"ends": end, "days": today + 1})

    def kind(self, *kinds: str) -> np.ndarray:
        """Which records are of one of the kinds."""
        return among(self.messages["kind"], *kinds)

    def matches(self, pattern: str) -> np.ndarray:
        """Which members' messages match a regular expression (RE2)."""
        return self.wording.matches(pattern)[: len(self.at)] & self.said

    def says(self, name: str) -> np.ndarray:
        """Which members' messages hold a phrase of a list of data/lexicons/community."""
        return self.wording.says(name)[: len(self.at)] & self.said


def read_talk(messages: pa.Table, annotations: pa.Table, kept: Kept = NOTHING) -> tuple[Talk, pa.Table]:
    """Turn one chat into arrays, its annotations into the same order; raises ValueError when they do not match.

    `kept` = what an earlier analysis found in its texts.
    """
    both = _in_time_order(messages, annotations)
    messages, annotations = (table.combine_chunks() for table in both)  # `take` joins many chunks each time
    at = messages["sent_at"].combine_chunks().cast(pa.int64()).to_numpy()
    zone = messages["zone"][-1].as_py()
    local = _local(at, zone)
    day = local // DAY_MS
    member_ids, sender = _members(messages)
    texts = messages["text"].combine_chunks()
    length = pc.utf8_length(texts).to_numpy().astype(np.int32)
    said = mask(pc.is_null(messages["event"])) & (sender >= 0)
    ad, bot = _label(annotations, "ads_label", "ad") & said, _bots(messages, sender, len(member_ids)) & said
    wording = Wording(texts, at, kept)
    traffic, incentive = find_traffic(messages, texts, wording, at, said, length)
    trivial = said & _trivial(messages, texts, length)
    flood = find_floods(texts, at, sender, said & ~bot, trivial, length)
    return Talk(
        chat_id=messages["chat_id"][0].as_py(),
        zone=zone,
        resolution=_resolution(messages),
        messages=messages,
        ids=messages["message_id"].combine_chunks(),
        texts=texts,
        member_ids=member_ids,
        at=at,
        day=(day - day.min()).astype(np.int32),
        hour=(local // 3_600_000 % 24).astype(np.int8),
        first_day=int(day.min()),
        days=int(day.max() - day.min()) + 1,
        sender=sender,
        said=said,
        ad=ad,
        bot=bot,
        traffic=traffic,
        incentive=incentive,
        flood=flood,
        clean=said & ~ad & ~bot & ~traffic,
        warm=said & ~ad & ~bot & ~traffic & ~flood,
        trivial=trivial,
        question=_label(annotations, "question_label", "question") & said,
        toxic=_label(annotations, "toxicity_label", "toxic") & said,
        mood=_mood(annotations),
        length=length,
        ends=int(at[-1]) + 1,
        wording=wording,
    ), annotations


def ad_accounts(talk: Talk, settings: CommunitySettings) -> np.ndarray:
    """Which members (by number) mainly post ads; owners and admins never are: their offers are the chat's own."""
    ads = np.bincount(talk.sender[talk.ad], minlength=talk.members)
    sent = np.bincount(talk.sender[talk.said], minlength=talk.members)
    official = np.zeros(talk.members, bool)
    staff = among(talk.messages["sender_role"], "owner", "admin") & (talk.sender >= 0)
    official[talk.sender[staff]] = True
    return (ads >= 2) & (ads >= settings.ad_account_share * sent) & ~official


def bots(talk: Talk) -> np.ndarray:
    """Which members (by number) are programs."""
    found = np.zeros(talk.members, bool)
    found[talk.sender[talk.bot]] = True
    return found


def _local(at: np.ndarray, zone: str) -> np.ndarray:
    """Wall-clock milliseconds of the zone, daylight saving included."""
    clock = pd.DatetimeIndex(at.view("M8[ms]")).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return clock.to_numpy().astype("M8[ms]").astype(np.int64)


def _in_time_order(messages: pa.Table, annotations: pa.Table) -> tuple[pa.Table, pa.Table]:
    if messages.num_rows != annotations.num_rows:
        raise ValueError(f"community: {annotations.num_rows} annotations for {messages.num_rows} messages")
    if not messages.num_rows:
        raise ValueError("community: a chat without records cannot be analysed")
    at = messages["sent_at"].cast(pa.int64()).to_numpy()
    if (np.diff(at) >= 0).all():
        return messages, annotations
    order = pa.array(np.argsort(at, kind="stable"))
    return messages.take(order), annotations.take(order)


def _members(messages: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Number the senders, then the people whom only system lines mention."""
    coded = messages["sender_id"].combine_chunks().dictionary_encode()
    sender = pc.fill_null(coded.indices, -1).to_numpy().astype(np.int32)
    events = messages.filter(pc.is_valid(messages["event"]))
    named = [pc.list_flatten(events[c]).combine_chunks() for c in ("actor_ids", "target_ids")]
    others = pc.unique(pa.concat_arrays([n.cast(pa.string()) for n in named]))
    others = others.filter(pc.invert(pc.is_in(others, coded.dictionary)))
    ids = pa.concat_arrays([coded.dictionary.cast(pa.string()), pc.drop_null(others)])
    return ids.to_numpy(zero_copy_only=False), sender


def _bots(messages: pa.Table, sender: np.ndarray, members: int) -> np.ndarray:
    named = mask(pc.match_substring_regex(messages["sender_name"], _BOT_NAME))
    program = (among(messages["sender_role"], "bot") | named) & (sender >= 0)
    found = np.zeros(members + 1, bool)
    found[sender[program]] = True
    return found[sender]


def _trivial(messages: pa.Table, texts: pa.Array, length: np.ndarray) -> np.ndarray:
    found = np.zeros(len(length), bool)
    rows = np.flatnonzero(length <= 12)
    short = texts.take(pa.array(rows)).dictionary_encode()
    known = np.array([is_trivial(text) for text in short.dictionary.to_pylist()], bool)
    found[rows] = known[short.indices.to_numpy()] if len(rows) else False
    media = among(messages["kind"], "text", "sticker", "red_packet", "action")
    return found & media


def _mood(annotations: pa.Table) -> np.ndarray:
    if "sentiment_positive" not in annotations.schema.names:
        return np.full(annotations.num_rows, np.nan, np.float32)
    positive, negative = (
        pc.fill_null(annotations[c], float("nan")).to_numpy() for c in ("sentiment_positive", "sentiment_negative")
    )
    return (positive - negative).astype(np.float32)


def _label(annotations: pa.Table, column: str, value: str) -> np.ndarray:
    """False everywhere when the head did not run: a missing head means "unknown", never a failure."""
    if column not in annotations.schema.names:
        return np.zeros(annotations.num_rows, bool)
    return among(annotations[column], value)


def _resolution(messages: pa.Table) -> str:
    found = set(pc.unique(messages["time_resolution"]).to_pylist())
    return next(r for r in ("day", "min", "s") if r in found)
