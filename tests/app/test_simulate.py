"""The simulator's promises: the same seed the same bytes, believable variety, and fates that hold on many seeds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache

import pytest

from nuanqun.simulate import FATES, SimulatedChat, SimulatedMessage, simulate
from nuanqun.simulate.ads import kinds

SEEDS = range(20)
MONTH = timedelta(days=28)


@cache
def chats(seed: int) -> dict[str, SimulatedChat]:
    return {chat.id: chat for chat in simulate(seed)}


def talk(chat: SimulatedChat) -> list[SimulatedMessage]:
    return [m for m in chat.messages if m.sender]


def last_month(chat: SimulatedChat) -> list[SimulatedMessage]:
    end = chat.messages[-1].sent_at
    return [m for m in talk(chat) if m.sent_at > end - MONTH]


def active_days(messages: list[SimulatedMessage]) -> int:
    return len({m.sent_at.date() for m in messages})


def daily(messages: list[SimulatedMessage], first: date, last: date) -> float:
    return sum(first <= m.sent_at.date() < last for m in messages) / max(1, (last - first).days)


FINGERPRINT = """
import hashlib
from nuanqun.simulate import simulate
from nuanqun.simulate.writers import WRITERS
text = "".join(WRITERS["chatlab_json"].render(chat) for chat in simulate(5))
print(hashlib.sha256(text.encode()).hexdigest())
"""


def fingerprint(hash_seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FINGERPRINT], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_same_seed_same_bytes_in_every_process() -> None:
    assert fingerprint("1") == fingerprint("2")


def test_other_seed_other_chats() -> None:
    digests = {
        hashlib.sha256("".join(m.text for m in c.messages).encode()).digest()
        for s in (1, 2, 3)
        for c in chats(s).values()
    }
    assert len(digests) == 3 * len(FATES)


def test_a_chat_does_not_depend_on_its_neighbours() -> None:
    alone = simulate(4, fates=["tech"])[0]
    assert [m.text for m in alone.messages] == [m.text for m in chats(4)["tech"].messages]


def test_a_fate_twice_gives_two_different_chats() -> None:
    first, second = simulate(4, fates=["alumni", "alumni"])
    assert first.name != second.name
    assert [m.text for m in first.messages] != [m.text for m in second.messages]


@pytest.mark.parametrize(("fates", "scale"), [(["tea_party"], 1.0), (["tech"], 0.0), (["tech"], 50.0)])
def test_wrong_arguments_are_named(fates: list[str], scale: float) -> None:
    with pytest.raises(ValueError, match="tea_party|scale"):
        simulate(1, fates=fates, scale=scale)


def test_start_moves_everything() -> None:
    chat = simulate(1, fates=["flash_sale"], start=date(2024, 5, 6))[0]
    assert (chat.start, chat.end) == (date(2024, 5, 6), date(2024, 5, 9))
    assert {m.sent_at.date() for m in talk(chat)} == {date(2024, 5, 6) + timedelta(days=d) for d in range(3)}


def test_scale_multiplies_members_and_traffic() -> None:
    small, large = (simulate(1, fates=["reading_club"], scale=s)[0] for s in (1.0, 3.0))
    assert len(large.members) > 2 * len(small.members)
    assert len(large.messages) > 2 * len(small.messages)


@pytest.mark.parametrize("seed", SEEDS)
def test_sizes_and_order(seed: int) -> None:
    everything = chats(seed)
    assert 8_000 <= sum(len(talk(c)) for c in everything.values()) <= 14_000
    for chat in everything.values():
        times = [m.sent_at for m in chat.messages]
        assert times == sorted(times)
        assert chat.start == times[0].date()
        assert chat.end - timedelta(days=2) <= times[-1].date() < chat.end
        assert all(m.text or m.kind not in ("text", "link", "chain") for m in talk(chat))


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_speaks_before_coming_or_after_leaving(seed: int) -> None:
    for chat in chats(seed).values():
        for message in talk(chat):
            who = message.sender
            assert who and who.joined and who.joined <= message.sent_at + timedelta(seconds=1)
            assert who.left is None or message.sent_at <= who.left + timedelta(hours=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_warm_chat_is_warm(seed: int) -> None:
    chat = chats(seed)["reading_club"]
    month = last_month(chat)
    assert active_days(month) >= 24
    assert len({m.sender for m in month}) >= 12
    halves = [daily(talk(chat), chat.start + timedelta(days=d), chat.start + timedelta(days=d + 91)) for d in (98, 189)]
    assert halves[1] > 0.6 * halves[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_flooded_chat_dies_and_the_decline_shows_early(seed: int) -> None:
    chat = chats(seed)["mother_baby"]
    organic = [m for m in talk(chat) if not m.ad]
    assert chat.decline_start
    healthy = daily(organic, chat.start + timedelta(days=28), chat.decline_start)
    assert healthy > 6
    assert 1 <= active_days(last_month(chat)) <= 6
    assert daily(organic, chat.end - MONTH, chat.end) < 0.1 * healthy
    assert daily(organic, chat.end - 2 * MONTH, chat.end - MONTH) < 0.6 * healthy
    assert chat.end - chat.decline_start > 2 * MONTH
    ads = [m for m in talk(chat) if m.ad]
    before = daily(ads, chat.start, chat.decline_start - MONTH)
    during = daily(ads, chat.decline_start, chat.decline_start + MONTH)
    assert during > 10 * before


@pytest.mark.parametrize("seed", SEEDS)
def test_core_member_carries_the_technical_chat_and_leaves(seed: int) -> None:
    chat = chats(seed)["tech"]
    (core,) = chat.kols
    assert chat.core_left and 30 <= (chat.end - chat.core_left.date()).days <= 45
    window = [m for m in talk(chat) if chat.core_left - timedelta(days=84) <= m.sent_at < chat.core_left]
    days: defaultdict[object, set[date]] = defaultdict(set)
    repliers: defaultdict[object, set[object]] = defaultdict(set)
    for message in window:
        days[message.sender].add(message.sent_at.date())
        if message.answers and message.answers.sender is not message.sender:
            repliers[message.answers.sender].add(message.sender)
    ranked = sorted(days, key=lambda who: len(days[who]) + len(repliers[who]), reverse=True)
    assert core in ranked[:3]
    before = daily(talk(chat), chat.core_left.date() - 2 * MONTH, chat.core_left.date())
    after = daily(talk(chat), chat.core_left.date() + timedelta(days=7), chat.end)
    assert after < 0.5 * before


@pytest.mark.parametrize("seed", SEEDS)
def test_only_incentives_wake_the_trader(seed: int) -> None:
    chat = chats(seed)["group_buy"]
    calls = [m.sent_at for m in talk(chat) if m.planted in ("red_packet", "lucky_draw", "chain")]
    assert len(calls) >= 40
    assert len({at.hour for at in calls}) >= 9
    organic = [m for m in talk(chat) if m.kind == "text" and not m.ad and not m.offer and not m.planted]
    near = sum(any(timedelta(0) < m.sent_at - at <= timedelta(hours=1) for at in calls) for m in organic)
    assert near > 0.7 * len(organic)
    assert not any(c.incentive_dependent for c in chats(seed).values() if c.id != "group_buy")


@pytest.mark.parametrize("seed", SEEDS)
def test_short_lived_and_quiet_chats(seed: int) -> None:
    flash, alumni = chats(seed)["flash_sale"], chats(seed)["alumni"]
    assert (flash.end - flash.start).days == 3
    assert "解散" in [m for m in talk(flash) if m.sender is flash.owner][-1].text
    assert active_days(last_month(alumni)) < 6
    weeks = Counter((m.sent_at.date() - alumni.start).days // 7 for m in talk(alumni))
    assert sum(weeks[w] <= 3 for w in range(40)) >= 15
    assert max(weeks.values()) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_advertisements_are_many_kinds_and_not_one_template(seed: int) -> None:
    ads = [m for c in chats(seed).values() for m in talk(c) if m.ad and m.kind == "text"]
    assert len({m.ad for m in ads}) >= 12
    assert {m.ad for m in ads} <= set(kinds())
    assert len({m.text for m in ads}) > 0.6 * len(ads)
    assert 0.25 < sum(m.disguised for m in ads) / len(ads) < 0.65
    assert any(not m.sender.ad_account for m in ads if m.sender)
    assert not any(m.hard_negative or m.offer for m in ads)


@pytest.mark.parametrize("seed", SEEDS)
def test_talk_is_varied(seed: int) -> None:
    for name in ("reading_club", "mother_baby", "tech"):
        texts = [m.text for m in talk(chats(seed)[name]) if m.kind == "text" and len(m.text) > 8 and not m.ad]
        assert len(set(texts)) > 0.7 * len(texts)
        assert Counter(texts).most_common(1)[0][1] < 0.02 * len(texts)


def test_roles_and_invitations_of_the_truth() -> None:
    chat = chats(1)["reading_club"]
    assert chat.owner.platform_role == "owner" and chat.owner.social == "organizer"
    assert len(chat.kols) == 2
    people = [m for m in chat.members if not m.ad_account]
    assert {"creator", "critic", "collector", "joiner", "spectator", "inactive"} == {m.participation for m in people}
    assert {"organizer", "thinker", "talker", "asker", "onlooker", "challenger"} <= {m.social for m in people}
    assert all(m.invited_by for m in people[1:])
    questions = Counter(m.sender.social for m in talk(chat) if m.sender and m.text.rstrip().endswith(("？", "?", "吗")))
    answers = Counter(m.sender.social for m in talk(chat) if m.sender and len(m.text) > 30)
    size = Counter(m.social for m in people)
    assert questions["asker"] / size["asker"] > questions["onlooker"] / size["onlooker"]
    assert answers["thinker"] / size["thinker"] > answers["talker"] / size["talker"]
