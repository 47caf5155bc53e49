"""Sources: encodings decided on the whole file, lines, heads, companions."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Source
from ingest.encoding import detect_encoding
from ingest.source import Part

SIMPLIFIED = "我们的群在哪里？大家来看看这个消息\n好的，没有问题\n"
TRADITIONAL = "我們的群在哪裡？大家來看看這個訊息\n好的，沒有問題\n"


def opener(data: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(data)


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED + "2024-01-01 12:00\n" * 3, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "big5"),
        ("これはテストです。\nよろしくお願いします\n", "cp932", "shift_jis"),
        ("안녕하세요 이것은 시험입니다\n", "cp949", "cp949"),
        ("Grüße aus München, schön\n", "latin-1", "cp1252"),
        ("plain ascii\n", "ascii", "utf-8"),
    ],
)
def test_encodings_are_told_apart_and_text_comes_back(text, codec, label):
    source = Source.of_bytes(text.encode(codec))
    assert source.encoding.label == label
    assert source.encoding.undecodable == 0
    assert [line for _, line in source.lines()] == text.splitlines()


def test_the_whole_file_decides_not_its_head():
    data = b"plain ascii line\n" * 200_000 + SIMPLIFIED.encode("gb18030")
    assert detect_encoding(opener(data)).name == "gb18030"


def test_utf8_that_ends_inside_a_character_is_utf8():
    source = Source.of_bytes(SIMPLIFIED.encode()[:-3])
    assert source.encoding.label == "utf-8"
    assert source.encoding.undecodable == 0


def test_broken_bytes_are_counted_and_do_not_change_the_encoding():
    data = (SIMPLIFIED * 5).encode("gb18030")
    source = Source.of_bytes(data[:40] + b"\xff" + data[40:])
    assert source.encoding.label == "gb18030"
    assert source.encoding.undecodable >= 1


@pytest.mark.parametrize(
    ("data", "magic"),
    [
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"PK\x03\x04abc", "zip"),
        (b"\x00\x01\x02\x03" * 20, "unknown"),
        (b"%PDF-1.7", "pdf"),
    ],
)
def test_binary_files_are_named(data, magic):
    assert detect_encoding(opener(data)).magic == magic


def test_lines_end_at_line_feeds_only():
    source = Source.of_bytes("\ufeff\ufeffa\rb\u2028c\x0bd\x85e\r\nf\0g\n\nh".encode())
    assert list(source.lines()) == [(1, "a\rb\u2028c\x0bd\x85e"), (2, "fg"), (3, ""), (4, "h")]


def test_a_file_of_carriage_returns_has_lines_too():
    source = Source.of_bytes("头\r一\r二\r".encode())
    assert [line for _, line in source.lines()] == ["头", "一", "二"]
    assert source.head == "头\n一\n二\n"


@given(st.lists(st.text(st.characters(blacklist_characters="\r\n\0\ufeff", blacklist_categories=["Cs"])), min_size=1))
def test_any_text_comes_back_line_by_line(lines):
    data = "\n".join(lines).encode()
    source = Source.of_bytes(b"\xef\xbb\xbf" + data)
    assert [line for _, line in source.lines()] == (lines if lines[-1] else lines[:-1])
    assert source.stream().read() == data


def test_head_and_tail_are_the_two_ends():
    source = Source.of_bytes(("首" + "x" * 300_000 + "尾").encode("utf-16"))
    assert source.head.startswith("首x")
    assert source.tail.endswith("x尾")
    assert len(source.head) < 40_000


def test_groups_are_read_in_order_and_know_the_current_file():
    parts = tuple(Part(name, 2, opener(text.encode())) for name, text in (("1.txt", "a\n"), ("2.txt", "b\n")))
    source = Source(parts)
    seen = []
    for page in source.pages():
        seen += [(source.current, number, line) for number, line in page.lines()]
    assert seen == [("1.txt", 1, "a"), ("2.txt", 1, "b")]
    assert [line for _, line in source.lines()] == ["a", "b"]


def test_companions_are_found_beside_the_export():
    source = Source.of_bytes(b"{}", "x.json", siblings={"users.json": b"[]", "../realm.json": b"{}"})
    found = source.companion("people.json", "users.json")
    assert found is not None
    assert found.head == "[]"
    assert source.companion("nothing.json") is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/x/读书会.txt", "读书会"),
        ("/x/茶友/result.json", "茶友"),
        ("/x/茶友.zip!/_chat.txt", "茶友"),
        ("/x/茶友/messages2.html", "茶友"),
        ("/x/#tea.log.txt", "#tea"),
    ],
)
def test_chats_without_a_name_get_the_best_one_at_hand(path, name):
    part = Part(path.rsplit("/", 1)[1], 1, opener(b"x"), path=path)
    assert Source((part,)).chat_name == name
