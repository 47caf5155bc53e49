"""What earlier analyses kept never changes a table: a chat that grew, in any order, reads like one read at once."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community import CommunitySettings, analyse, replies, reply_model
from community.kept import Kept, digest

PEOPLE = "阿青 小满 老周 Tom 静静".split()
WORDS = "露营 帐篷 谁来 好的 谢谢 @老周 Tom: 明天 几点 收到 哈哈 天气 ok see you 雨 大家".split()


@st.composite
def moments(draw) -> list[tuple]:
    """(minute, who, text, answers how far back or 0, quotes, ad), in the order of time; days may be empty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(40, 120))
    pauses = rng.choice([0, 1, 2, 7, 60, 900, 4000], count, p=[0.2, 0.3, 0.2, 0.15, 0.1, 0.03, 0.02])
    return [
        (
            int(minute),
            PEOPLE[rng.integers(len(PEOPLE))],
            " ".join(rng.choice(WORDS, rng.integers(1, 5))),
            int(rng.choice([0, 0, 0, 1, 4])),
            bool(rng.random() < 0.05),
            bool(rng.random() < 0.05),
        )
        for minute in np.cumsum(pauses)
    ]


def tables(chat, told: list[tuple[int, tuple]]) -> tuple[pa.Table, pa.Table]:
    """The tables of numbered messages; the number makes the id, so that a message is the same in every chat."""
    chat = replace(chat, rows=[], notes=[])
    there: list[int] = []
    for number, (minute, who, text, back, quotes, ad) in sorted(told, key=lambda one: (one[1][0], one[0])):
        stated = {"reply_to": f"m{there[-back]}"} if 0 < back <= len(there) else {}
        quoted = {"quoted_text": "谁来"} if quotes else {}
        chat.say(who, timedelta(minutes=minute), text, message_id=f"m{number}", ad=ad, **stated, **quoted)
        there.append(number)
    return chat.tables()


def analysed(chat, told: list[tuple[int, tuple]], how: CommunitySettings, **kept) -> dict[str, pa.Table]:
    found = analyse(*tables(chat, told), name="露营群", platform="wechat", settings=how, **kept)
    return {field.name: getattr(found, field.name) for field in fields(found)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments(), st.data())
def test_a_chat_that_grew_reads_like_one_read_at_once(chat, tmp_path_factory, moments, data):
    told = list(enumerate(moments))
    kept, how = Kept(tmp_path_factory.mktemp("kept")), CommunitySettings()
    known = told[: data.draw(st.integers(1, len(told)), "first export")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reply_model, "STRETCH", 16)
        patch.setattr(reply_model, "CONTEXT", 6)
        analysed(chat, known, how, kept=kept)
        for change in data.draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3), "changes"):
            known, how = change(known, told, how, data.draw)
            assert analysed(chat, known, how, kept=kept) == analysed(chat, known, how)


def grows(known, told, how, draw):
    """The next messages come, all or some."""
    last = max((number for number, _ in known if number < len(told)), default=-1)
    return known + told[last + 1 :][: draw(st.integers(1, 40))], how


def comes_late(known, told, how, draw):
    """An export adds what was said earlier."""
    late = (max(known + told)[0] + 1, (draw(st.integers(0, known[-1][1][0])), "新来的", "@老周 雨", 0, False, False))
    return [*known, late], how


def is_corrected(known, told, how, draw):
    """Somebody decides that a message is an advertisement, or none."""
    place = draw(st.integers(0, len(known) - 1))
    number, said = known[place]
    return [*known[:place], (number, (*said[:5], not said[5])), *known[place + 1 :]], how


def forgets(known, told, how, draw):
    """A member is erased; somebody must be left."""
    who = draw(st.sampled_from(PEOPLE))
    return [one for one in known if one[1][1] != who] or known, how


def is_set_otherwise(known, told, how, draw):
    """Knobs are turned."""
    return known, replace(how, link_confidence=draw(st.sampled_from([0.1, 0.3, 0.6])), turn_minutes=10)


CHANGES = (grows, comes_late, is_corrected, forgets, is_set_otherwise)


def test_one_more_day_costs_one_block(chat, tmp_path, monkeypatch):
    monkeypatch.setattr(reply_model, "STRETCH", 16)
    judged = []
    true_judge = reply_model._judge
    monkeypatch.setattr(reply_model, "_judge", lambda *a: judged.append(1) or true_judge(*a))
    told = [(n, (3 * n, PEOPLE[n % 5], "明天 谁来", 0, False, False)) for n in range(200)]
    analysed(chat, told[:160], CommunitySettings(), kept=Kept(tmp_path))
    whole, _ = len(judged), judged.clear()
    analysed(chat, told[:170], CommunitySettings(), kept=Kept(tmp_path))
    assert (whole, len(judged)) == (9, 1)  # the first 16 are too few to know the pace: no network judges them


def test_the_order_in_which_weights_were_read_is_nothing_to_go_by(chat, tmp_path, monkeypatch):
    told = [(n, (3 * n, PEOPLE[n % 5], "明天 谁来", 0, False, False)) for n in range(60)]
    analysed(chat, told, CommunitySettings(), kept=Kept(tmp_path))
    networks = replies.shipped_networks()
    assert networks
    turned = {n: reply_model.Network(dict(reversed(network.weights.items()))) for n, network in networks.items()}
    monkeypatch.setattr(replies, "shipped_networks", lambda: turned)
    monkeypatch.setattr(reply_model, "_judge", lambda *a: pytest.fail("judged again"))
    analysed(chat, told, CommunitySettings(), kept=Kept(tmp_path))


def test_a_damaged_file_counts_as_none(chat, tmp_path):
    told = [(n, (3 * n, PEOPLE[n % 5], "明天 谁来", 0, False, False)) for n in range(60)]
    right = analysed(chat, told, CommunitySettings(), kept=Kept(tmp_path))
    files = list(tmp_path.iterdir())
    for file in files:
        body = bytearray(file.read_bytes())
        body[-1] ^= 1
        file.write_bytes(body)
    assert files and analysed(chat, told, CommunitySettings(), kept=Kept(tmp_path)) == right


def test_a_digest_tells_apart_what_differs():
    texts = pa.array(["ab", "c", None, ""])
    same = [pa.array(["x", "ab", "c", None, ""]).slice(1), pa.concat_arrays([texts.slice(0, 2), texts.slice(2)])]
    assert {digest([t]) for t in same} == {digest([texts])}
    others = [
        [pa.array(["a", "bc", None, ""])], [pa.array(["ab", "c", "", ""])], [texts, texts], ["abc"], ["ab", "c"],
        [np.zeros(4, bool)], [np.zeros(4, np.int8)], [np.zeros((2, 2), bool)], [0], [False],
    ]  # fmt: skip
    assert len({digest(inputs) for inputs in [[texts], *others]}) == 1 + len(others)
