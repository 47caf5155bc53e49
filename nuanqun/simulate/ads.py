"""Advertisements: campaigns of invented sellers in many disguises, posted by newcomers and now and then by members.

Example: `campaign = make_campaign(rng, 3); post_ad(scene, campaign, at)`.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from nuanqun.simulate.bank import Template, fill, name_slots, parse, read_bank
from nuanqun.simulate.disguise import disguise
from nuanqun.simulate.model import SimulatedMember, SimulatedMessage, Voice
from nuanqun.simulate.scene import Scene, is_awake

MEMBER_KINDS = ("bargain", "coupon", "agent", "micro_business", "rental", "lead")
"""What ordinary members post now and then."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One seller's text; every posting may be disguised anew."""

    number: int
    kind: str
    text: str


@cache
def kinds() -> dict[str, tuple[Template, ...]]:
    """Templates by kind of advertisement."""
    return {k: tuple(parse(t) for t in text.splitlines() if t.strip()) for k, text in read_bank("ads")["kinds"].items()}


@cache
def _contacts() -> tuple[Template, ...]:
    return tuple(parse(t) for t in read_bank("ads")["contacts"]["plain"].splitlines() if t.strip())


def make_campaign(rng: Random, number: int, only: tuple[str, ...] = ()) -> Campaign:
    """A campaign of any kind (or one of `only`) with one invented way to get in touch."""
    kind = rng.choice(only or tuple(kinds()))
    bound = invented(rng)
    bound["contact"] = fill(rng.choice(_contacts()), rng, {}, bound)
    return Campaign(number, kind, fill(rng.choice(kinds()[kind]), rng, {}, bound))


def invented(rng: Random) -> dict[str, str]:
    """Handles, numbers, links and codes that belong to nobody: number ranges and domains are unassigned."""
    word = rng.choice(("mei", "lan", "xiaofu", "hao", "duo", "kk", "yoyo", "amy", "zhang", "fuli", "tt", "cc"))
    tail = "".join(rng.choices(string.digits, k=rng.randint(3, 5)))
    code = "".join(rng.choices(string.ascii_letters + string.digits, k=9))
    mark = rng.choice("￥$₤《")
    return {
        "wx": rng.choice((f"{word}_{tail}", f"{word}{tail}x", f"wx{word}{tail}", f"{word}-{tail[:3]}nq")),
        "qq": "9" + "".join(rng.choices(string.digits, k=9)),
        "qun": "9" + "".join(rng.choices(string.digits, k=9)),
        "token": f"{mark}{code}{'》' if mark == '《' else mark}",
        "url": f"https://{rng.choice(('m', 't', 's', 'h5'))}.{word}.example/{code[:6]}",
        "invite": code[:6].upper(),
    }


def post_ad(scene: Scene, campaign: Campaign, at: datetime, who: SimulatedMember) -> SimulatedMessage:
    """Post a campaign once, plain or disguised, sometimes followed by a picture with a QR code."""
    text, disguised = campaign.text, False
    if scene.rng.random() < 0.5:
        text = disguise(text, scene.rng)
        disguised = text != campaign.text
    message = scene.add(_ad(campaign, at, who, text, "text", disguised))
    if scene.rng.random() < 0.08:
        scene.add(_ad(campaign, at + timedelta(seconds=scene.rng.randint(3, 20)), who, "", "image", False))
    return message


def _ad(campaign: Campaign, at: datetime, who: SimulatedMember, text: str, kind: str, hidden: bool) -> SimulatedMessage:
    return SimulatedMessage(at, who, text, kind=kind, ad=campaign.kind, campaign=campaign.number, disguised=hidden)


def newcomer(scene: Scene, at: datetime) -> SimulatedMember:
    """An advertising account that has just come in by QR code or by a careless invitation."""
    rng = scene.rng
    name = fill(rng.choice(name_slots()["ad"]), rng, name_slots(), {})
    member = SimulatedMember(len(scene.members), name, "spectator", "undecided", voice=Voice(), ad_account=True)
    member.joined = at - timedelta(minutes=rng.lognormvariate(3.2, 1.2))
    member.joined_by = rng.choices(("scan_qr", "invite"), (7, 3))[0]
    here = [m for m in scene.members if not m.ad_account and m.joined and m.joined < member.joined]
    member.invited_by = rng.choice(here) if here else scene.owner
    scene.members.append(member)
    scene.tell(member.joined_by, member.joined, [member.invited_by], [member])
    return member


def advertise(scene: Scene, campaigns: list[Campaign], at: datetime) -> None:
    """One advertisement at `at`: by a new account, by one that is still there, or by a member."""
    rng = scene.rng
    roll = rng.random()
    lurking = [m for m in scene.members if m.ad_account and m.joined and m.joined < at and m.left is None]
    people = [m for m in scene.present if m.number and m.participation in ("joiner", "spectator") and is_awake(m, at)]
    if roll < 0.12 and people:
        who, campaign = rng.choice(people), make_campaign(rng, 1000 + len(scene.messages), MEMBER_KINDS)
    elif roll < 0.5 and lurking:
        who, campaign = rng.choice(lurking), rng.choice(campaigns)
    else:
        who, campaign = newcomer(scene, at), rng.choice(campaigns)
    message = post_ad(scene, campaign, at, who)
    answer_ad(scene, message)


def answer_ad(scene: Scene, ad: SimulatedMessage) -> None:
    """Sometimes somebody grumbles and the owner puts the account out; in a cold chat nobody does."""
    rng, who = scene.rng, ad.sender
    critics = [m for m in scene.present if m is not who and m.weight > 0.1 and is_awake(m, ad.sent_at)]
    at = ad.sent_at
    if critics and rng.random() < 0.3 * scene.level:
        at += timedelta(seconds=rng.lognormvariate(4.6, 0.9))
        line = scene.draw_pool("ad_talk")
        scene.say(rng.choice(critics), line.turns[0], at, bound={}, answers=ad, tag=line.tag)
    if who and who.ad_account and rng.random() < 0.55 * scene.level:
        who.left = at + timedelta(minutes=rng.lognormvariate(2.5, 1.0))
        scene.tell("kick", who.left, [scene.owner], [who])
