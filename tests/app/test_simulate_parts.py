"""Phrase banks, disguises, hands and bulk data, each by what it promises."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from random import Random

import pyarrow.compute as pc
import pytest

from ingest.message import check_messages
from nuanqun.simulate.ads import kinds, make_campaign
from nuanqun.simulate.bank import fill, load_theme, parse, parse_line
from nuanqun.simulate.bulk import bulk, write_bulk
from nuanqun.simulate.crowd import crowd
from nuanqun.simulate.disguise import TRICKS, disguise
from nuanqun.simulate.fates import FATES
from nuanqun.simulate.model import Voice
from nuanqun.simulate.voice import speak
from nuanqun.store import Store

MASK = str.maketrans("", "", "\u200b\u200c\u2060\ufeff")


def test_templates_choose_count_and_bind() -> None:
    slots = {"book": (parse("边城"), parse("茶馆"))}
    bound: dict[str, str] = {}
    text = fill(parse("{《{book}》|《{book}》}第{3-3}遍，还是《{book}》，不是《{book2}》"), Random(1), slots, bound)
    assert text.startswith(f"《{bound['book']}》第3遍，还是《{bound['book']}》")
    assert {bound["book"], bound["book2"]} == {"边城", "茶馆"}


def test_lines_have_keys_tags_turns_and_kinds() -> None:
    line = parse_line("#pay !ask_price {a|b}多少钱 | [image]看图 => 两块")
    assert (line.key, line.tag) == ("pay", "ask_price")
    assert [[part.kind for part in turn] for turn in line.turns] == [["text", "image"], ["text"]]
    assert parse_line("@all 开会⏎晚八点").to_all


def test_unbalanced_braces_are_refused() -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        parse("{a|b")


@pytest.mark.parametrize("theme_id", FATES)
def test_every_line_of_every_bank_can_be_filled(theme_id: str) -> None:
    theme = load_theme(theme_id)
    extra = {"winner": "阿强", "contact": "私聊"}
    lines = [line for thread in (*theme.threads, *theme.common) for ls in thread.moves.values() for line in ls]
    lines += [line for pool in theme.pools.values() for line in pool]
    for line in lines:
        for part in (part for turn in line.turns for part in turn):
            text = fill(part.template, Random(0), theme.slots, dict(extra))
            assert "{" not in text and "}" not in text
            assert text or part.kind != "text"


@pytest.mark.parametrize("theme_id", FATES)
def test_keyed_lines_have_their_opener(theme_id: str) -> None:
    theme = load_theme(theme_id)
    for thread in (*theme.threads, *theme.common):
        opened = {line.key for line in thread.moves["open"]}
        assert {line.key for lines in thread.moves.values() for line in lines} - {None} <= opened


def test_banks_are_rich() -> None:
    own = {t: sum(len(ls) for thread in load_theme(t).threads for ls in thread.moves.values()) for t in FATES}
    assert all(own[t] > 350 for t in ("reading_club", "mother_baby", "tech"))
    assert len(kinds()) >= 13 and all(len(templates) >= 7 for templates in kinds().values())


def test_disguises_differ_and_keep_links_clickable() -> None:
    text = "兼职刷单日结300，加微信mei_2046，或者进群"
    variants = {disguise(text, Random(seed)) for seed in range(200)}
    assert len(variants) > 120
    assert sum("微信" in unicodedata.normalize("NFKC", v).translate(MASK) for v in variants) < len(variants)
    link = "领券 https://m.mei.example/Ab12"
    assert all("https://m.mei.example/Ab12" in disguise(link, Random(seed)) for seed in range(50))
    assert len({trick(text, Random(3)) for trick in TRICKS}) >= 6


def test_contacts_belong_to_nobody() -> None:
    for seed in range(300):
        text = make_campaign(Random(seed), 0).text
        assert "://" not in text or ".example/" in text
        assert not re.search(r"\d{11}", text)


def test_hands_write_in_their_own_script() -> None:
    words = load_theme("alumni").words
    assert speak(Voice(script="hant"), "谢谢大家", Random(1), words) == "謝謝大家"
    assert "唔" in speak(Voice(script="yue"), "我不知道为什么", Random(1), words)
    assert speak(Voice(spaces=True), "好，来了。", Random(1), words) == "好 来了"
    code = "```python\nx = 1\n```"
    assert speak(Voice(script="hant", ending="！", emoji=("😂",), emoji_rate=1), code, Random(1), words) == code


@pytest.mark.parametrize("repeats", [0.0, 0.3, 0.8])
def test_bulk_obeys_the_contract_and_repeats_as_asked(repeats: float) -> None:
    messages = check_messages(bulk(20_000, chats=7, repeats=repeats, seed=2))
    assert messages.num_rows == 20_000
    assert pc.count_distinct(messages["chat_id"]).as_py() == 7
    assert pc.count_distinct(messages["text"]).as_py() == pytest.approx((1 - repeats) * 20_000, rel=0.05)
    assert messages.equals(bulk(20_000, chats=7, repeats=repeats, seed=2))
    assert not messages.equals(bulk(20_000, chats=7, repeats=repeats, seed=3))


def test_bulk_writes_a_table_a_chat(tmp_path: Path) -> None:
    paths = write_bulk(bulk(3_000, chats=5, seed=1), tmp_path)
    assert len(paths) == 5
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in paths)
    assert lines == 3_000


def test_bulk_refuses_more_chats_than_messages() -> None:
    with pytest.raises(ValueError, match="chats"):
        bulk(3, chats=5)


def test_a_crowd_of_chats_lies_in_the_store_under_ids_of_their_own(tmp_path):
    store = Store(tmp_path)
    records = crowd(store, chats=3, messages=3_000, seed=4)
    tables = [store.messages(chat_id) for chat_id in store.known_chats()]
    assert len(tables) == 3
    assert sum(table.num_rows for table in tables) == records == sum(r["new"] for r in store.receipts())
    assert 1_500 < records < 6_000  # about as many as asked for: fates differ
    ids = [i for table in tables for i in table["message_id"].to_pylist()]
    assert len(set(ids)) == len(ids)
    for table in tables:
        people = {
            *table["sender_id"].drop_null().to_pylist(),
            *table["mentions"].combine_chunks().flatten().to_pylist(),
        }
        assert {person.split("-")[0] for person in people} == set(table["chat_id"].to_pylist())
        assert set(table["reply_to"].drop_null().to_pylist()) <= set(table["message_id"].to_pylist())
