"""Planted events: red packets, lucky draws, 接龙, check-ins, greetings, coming and going.

Each function writes into a scene from a given moment on; the first message carries `planted`.
Example: `red_packet(scene, at, organic=8)`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from nuanqun.simulate.bank import Thread, fill
from nuanqun.simulate.model import SimulatedMember, SimulatedMessage
from nuanqun.simulate.scene import Scene, is_awake
from nuanqun.simulate.talk import Talk, converse, pick


def _after(scene: Scene, at: datetime, median: float, spread: float = 0.9) -> datetime:
    """A moment after `at`; `median` in seconds."""
    return at + timedelta(seconds=max(1.0, scene.rng.lognormvariate(0, spread) * median))


def _crowd(scene: Scene, at: datetime, count: int) -> list[SimulatedMember]:
    """Members who come running, lurkers included, the owner not."""
    here = [m for m in scene.members[1:] if is_awake(m, at) and not m.ad_account]
    eager = sorted(here, key=lambda m: scene.rng.random() ** (1 / (0.12 + m.weight)), reverse=True)
    return eager[:count]


def red_packet(scene: Scene, at: datetime, *, takers: int, organic: int = 0) -> None:
    """A red packet by the owner, its takers, the thanks and, in a trader's chat, the talk it wakes."""
    title = scene.draw_pool("packet_title").turns[0]
    packet = scene.say(scene.owner, title, at, bound={}, planted="red_packet")
    packet.kind = "red_packet"
    crowd = _crowd(scene, at, takers)
    for member in crowd:
        scene.tell("red_packet_taken", _after(scene, at, 25, 1.0), [member], [scene.owner])
    for member in crowd:
        if scene.rng.random() < 0.55:
            line = scene.draw_pool("thanks_boss")
            scene.say(member, line.turns[0], _after(scene, at, 60), bound={}, answers=packet)
    wake(scene, at, organic, packet)


def wake(scene: Scene, at: datetime, count: int, cause: SimulatedMessage) -> None:
    """Ordinary talk in the hour after an incentive: orders, questions, answers."""
    crowd = _crowd(scene, at, max(4, count))
    if not crowd:
        return
    end = at + timedelta(minutes=55)
    for _ in range(count):
        line = scene.draw_pool("wake")
        moment = at + timedelta(minutes=min(50.0, scene.rng.expovariate(1 / 14)))
        scene.conversations += 1
        bound: dict[str, str] = {}
        who = _asker(scene, crowd) if line.turns[1:] else scene.rng.choice(crowd)
        head = scene.say(who, line.turns[0], moment, bound=bound, answers=cause, tag=line.tag)
        for turn in line.turns[1:2]:
            moment = min(end, _after(scene, head.sent_at, 90))
            reply = scene.say(scene.owner, turn, moment, bound=bound, answers=head)
            reply.quotes = scene.rng.random() < 0.35


def _asker(scene: Scene, crowd: list[SimulatedMember]) -> SimulatedMember:
    return scene.rng.choices(crowd, [4 if m.social == "asker" else 1 for m in crowd])[0]


def lucky_draw(scene: Scene, at: datetime, *, entrants: int, organic: int = 0) -> None:
    """A draw: the call, the entries, the winner."""
    call = scene.say(scene.owner, scene.draw_pool("draw").turns[0], at, bound={}, planted="lucky_draw")
    crowd = _crowd(scene, at, entrants)
    for member in crowd:
        scene.say(member, scene.draw_pool("draw_reply").turns[0], _after(scene, at, 120), bound={}, answers=call)
    if crowd:
        winner = scene.rng.choice(crowd)
        result = scene.draw_pool("draw_result").turns[0]
        end = at + timedelta(minutes=scene.rng.randint(20, 40))
        scene.say(scene.owner, result, end, bound={"winner": winner.card or winner.name}, answers=call)
    wake(scene, at, organic, call)


def chain(scene: Scene, at: datetime, title: str, entries: int, *, organic: int = 0) -> None:
    """A 接龙: every entrant posts the whole list with one line more."""
    rows: list[str] = []
    block = scene.add(SimulatedMessage(at, scene.owner, title, kind="chain", planted="chain"))
    moment, first = at, block
    for member in _crowd(scene, at, entries):
        item = fill(scene.draw_pool("chain_item").turns[0][0].template, scene.rng, scene.theme.slots, {})
        rows.append(f"{len(rows) + 1}. {(member.card or member.name).strip()} {item}")
        moment = _after(scene, moment, 150, 1.1)
        text = title + "\n\n" + "\n".join(rows)
        block = scene.add(SimulatedMessage(moment, member, text, kind="chain", answers=block))
    wake(scene, at, organic, first)


def trader_incentive(scene: Scene, at: datetime) -> None:
    """What wakes a trader's chat: mostly a red packet, else a draw or a special offer as 接龙: the owner's trade."""
    rng, before = scene.rng, len(scene.messages)
    kind = rng.choices(("red_packet", "lucky_draw", "chain"), (55, 20, 25))[0]
    organic = rng.randint(5, 11)
    if kind == "red_packet":
        red_packet(scene, at, takers=rng.randint(6, 12), organic=organic)
    elif kind == "lucky_draw":
        lucky_draw(scene, at, entrants=rng.randint(5, 10), organic=organic)
    else:
        title = fill(scene.draw_pool("chain_title").turns[0][0].template, rng, scene.theme.slots, {})
        chain(scene, at, title, rng.randint(4, 8), organic=organic)
    if kind != "red_packet":
        scene.messages[before].offer = "owner"


def offer(scene: Scene, at: datetime) -> None:
    """The owner's goods without an incentive: trade the chat allows, hardly answered."""
    message = scene.say(scene.owner, scene.draw_pool("offer").turns[0], at, bound={}, tag="owner")
    for _ in range(scene.poisson(0.35)):
        who = pick(scene, "react", (scene.owner,), at)
        if who:
            line = scene.draw_pool("wake")
            scene.say(who, line.turns[0], _after(scene, at, 900, 1.2), bound={}, answers=message, tag=line.tag)


def check_in(scene: Scene, day: datetime) -> None:
    """The daily ritual: some members report what they read."""
    habit = {"talker": 1.0, "organizer": 1.0, "thinker": 0.35}
    noon, here = day + timedelta(hours=12), scene.present
    keen = [m for m in here if m.kol or scene.rng.random() < habit.get(m.social, 0)]
    regulars = [m for m in keen if is_awake(m, noon)]
    count = min(len(regulars), 1 + scene.poisson(max(0.0, scene.fate.checkins - 1)))
    for member in scene.rng.sample(regulars, count):
        hour = scene.rng.choice((6.6, 7.2, 7.8, 12.5, 21.5, 22.4))
        at = day + timedelta(hours=hour, minutes=scene.rng.uniform(0, 35))
        if not is_awake(member, at):
            continue
        timely = "checkin_morning" if hour < 9 else "checkin_night" if hour > 18 else "checkin"
        pool = timely if scene.rng.random() < 0.5 else "checkin"
        message = scene.say(member, scene.draw_pool(pool).turns[0], at, bound={})
        if scene.rng.random() < 0.22:
            answer_check_in(scene, message)


def answer_check_in(scene: Scene, message: SimulatedMessage) -> None:
    """Somebody reacts to a check-in."""
    who = pick(scene, "react", (message.sender,), message.sent_at)
    if who:
        line = scene.draw_pool("checkin_reply")
        reply = scene.say(who, line.turns[0], _after(scene, message.sent_at, 200), bound={}, answers=message)
        Talk(scene, Thread("any", None, {}), None, {}, [reply]).line_answers(line, reply)


def greet(scene: Scene, day: datetime) -> None:
    """A round of good mornings."""
    at = day + timedelta(hours=7, minutes=scene.rng.uniform(0, 80))
    greeted: list[SimulatedMember] = []
    for _ in range(scene.rng.randint(2, 4)):
        who = pick(scene, "react", greeted, at)
        if who:
            greeted.append(who)
            scene.say(who, scene.draw_pool("morning").turns[0], at, bound={})
        at = _after(scene, at, 300, 1.0)


def meeting(scene: Scene, thread: Thread, at: datetime) -> None:
    """A call for an offline meeting, its talk and the sign-up 接龙."""
    if converse(scene, thread, at, opener=scene.owner):
        title = "#接龙\n线下见面报名（写人数）"
        chain(scene, at + timedelta(minutes=scene.rng.uniform(3, 12)), title, scene.rng.randint(4, 9))


def welcome(scene: Scene, member: SimulatedMember) -> None:
    """What follows an arrival: an introduction of oneself, or a welcome by the organiser, or nothing."""
    assert member.joined is not None
    intros = [t for t in scene.theme.threads if t.moment == "intro"]
    roll = scene.rng.random()
    if intros and roll < 0.3:
        converse(scene, intros[0], _after(scene, member.joined, 240), opener=member)
    elif roll < 0.5 and is_awake(scene.owner, member.joined):
        message = scene.say(
            scene.owner, scene.draw_pool("welcome").turns[0], _after(scene, member.joined, 200), bound={}
        )
        message.mentions = [member]
