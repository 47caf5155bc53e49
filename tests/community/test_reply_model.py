"""The reply networks: conversations are told apart, the past alone counts, and torch says the same as numpy."""

from __future__ import annotations

import numpy as np
import pytest

from community.mentions import find_mentions
from community.replies import link_replies
from community.reply_model import guess_parents, read_networks, shipped_networks
from community.settings import CommunitySettings
from community.talk import read_talk

MINUTE = 1 / 1440


def lively(chat, seed: int = 1, count: int = 200):
    """Two conversations at once between invented people, a message every half minute."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        pair = ("ann", "ben") if rng.random() < 0.5 else ("cay", "dov")
        who, other = pair if rng.random() < 0.5 else pair[::-1]
        words = rng.choice(["kettle boils", "try the other port", "which port?", "it works now", "no luck here"])
        chat.say(who, i * MINUTE / 2, f"{other}: {words}" if rng.random() < 0.8 else str(words))
    return read_talk(*chat.tables())[0]


def guess(talk):
    networks = shipped_networks()
    assert networks
    return guess_parents(talk, find_mentions(talk), np.full(len(talk.at), -1), networks)


def test_two_conversations_that_name_each_other_stay_apart(chat):
    talk = lively(chat)
    links = link_replies(talk, CommunitySettings())
    couple = np.array([str(m) in ("id-ann", "id-ben") for m in talk.member_ids])
    rows = np.flatnonzero((links.parent >= 0) & (np.arange(len(talk.at)) > 40))
    same = couple[talk.sender[rows]] == couple[talk.sender[links.parent[rows]]]
    assert len(rows) > 100 and same.mean() > 0.9


def test_probabilities_lie_between_0_and_1_and_parents_come_earlier(chat):
    talk = lively(chat)
    found = guess(talk)
    assert (found.probability > 0).all() and (found.probability <= 1).all()
    assert (found.parent < np.arange(len(talk.at))).all()


def test_what_comes_later_changes_no_guess_but_for_word_weights(chat):
    """Features look back; only the rarity of words and how common a name is are counted over the stretch."""
    talk = lively(chat)
    whole, part = guess(talk), None
    chat.rows, chat.notes = chat.rows[:150], chat.notes[:150]
    part = guess(read_talk(*chat.tables())[0])
    assert (whole.parent[:150] == part.parent).mean() > 0.97


def test_a_quote_without_its_target_gets_one(chat):
    lively(chat, count=60)
    asked = chat.say("eve", 61 * MINUTE, "who has the spare ladder?")
    chat.say("ben", 62 * MINUTE, "port 80 is closed")
    answer = chat.say("dov", 63 * MINUTE, "the ladder is with me", quoted_text="who has the spare ladder?")
    talk, _ = read_talk(*chat.tables())
    links = link_replies(talk, CommunitySettings())
    ids = talk.ids.to_pylist()
    assert ids[links.parent[ids.index(answer)]] == asked


def test_weights_for_other_features_are_refused():
    networks = shipped_networks()
    assert networks
    tensors = {f"{n}.{k}": v for n, net in networks.items() for k, v in net.weights.items()}
    tensors["first.pair.weight"] = tensors["first.pair.weight"][:-1]
    with pytest.raises(ValueError, match="nuanqun train replies"):
        read_networks(tensors)


def test_torch_and_numpy_agree():
    """The network that is trained is the network that is shipped."""
    torch = pytest.importorskip("torch")
    from community.reply_model import Network
    from nuanqun.train_replies import Examples, Recipe, ReplyNet

    rng = np.random.default_rng(2)
    m, k, u, v, p = 30, 7, 5, 4, 6
    examples = Examples(
        speaker=rng.normal(size=(m, u)).astype(np.float32),
        listener=rng.normal(size=(50, v)).astype(np.float32),
        who=rng.integers(0, 50, (m, k)).astype(np.int32),
        pair=rng.normal(size=(m, p, k)).astype(np.float16),
        valid=rng.random((m, k)) < 0.8,
        gold=np.zeros((m, k + 1), bool),
        chat=np.zeros(m, int),
    )
    examples.speaker[:, 2] = 1  # never moves: must have no say
    net = ReplyNet([examples], Recipe(8, 4, 1), seed=0).eval()
    listener = examples.listener[examples.who]
    with torch.no_grad():
        arrays = (examples.speaker, listener, examples.pair.astype(np.float32), examples.valid)
        expected = net(*(torch.from_numpy(a) for a in arrays)).numpy()
    ours = Network(net.tensors())
    w = ours.weights
    standard = np.clip((examples.speaker - w["speaker.mean"]) / w["speaker.scale"], -6, 6)
    pair = examples.pair.transpose(1, 0, 2).astype(np.float32)
    found = ours.score(
        ours.side("speaker", examples.speaker), ours.side("listener", listener), standard, pair, examples.valid
    )
    assert np.allclose(found, expected, atol=1e-4)
