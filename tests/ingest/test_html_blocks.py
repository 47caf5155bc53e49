"""Pages are cut into messages whatever their size, quoting and damage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.html_blocks import Node, has_class, read_blocks
from ingest.source import Source


def blocks(html: str, *classes: str) -> list[Node]:
    return list(read_blocks(Source.of_bytes(html.encode(), "page.html"), *(classes or ("message",))))


def test_a_block_holds_its_text_as_a_reader_sees_it() -> None:
    html = (
        '<style>x</style><div class="a message b" id=m1>\n <div class="who">王&amp;李 </div>'
        '<div class="text">一<br>二 <b>三</b><img alt="🙂"><ul><li>甲<li>乙</ul></div></div> outside'
    )
    [node] = blocks(html)
    assert node.attrs["id"] == "m1"
    assert node.text_of("who") == "王&李"
    assert node.text_of("text") == "一\n二 三🙂\n甲\n乙"


def test_pre_wrapped_text_keeps_its_spaces() -> None:
    [node] = blocks("<div class=message><span class=t>\n a  b\n\n c </span></div>")
    assert node.find("t") is not None
    assert node.find("t").text(keep_space=True) == " a  b\n\n c "  # type: ignore[union-attr]


def test_unclosed_blocks_end_at_the_next_one_and_at_the_end() -> None:
    found = blocks("<div class='message'><p>one<div class='message'>two<span> cut")
    assert [node.text() for node in found] == ["one", "two cut"]


def test_class_is_found_quoted_or_not_but_not_as_part_of_another() -> None:
    assert has_class('<div class="x chat__row y">', "chat__row")
    assert has_class("<div class=chat__row>", "chat__row")
    assert not has_class('<div class="chat__row-more">', "chat__row")


@given(
    st.lists(st.text(st.characters(exclude_characters="<>&\r\0", exclude_categories=["Cs", "Cc", "Z"])), max_size=30)
)
def test_every_message_comes_back_once_and_in_order(texts: list[str]) -> None:
    html = "<html><body>" + "".join(f'<div class="message"><i>{text}</i></div>\n' for text in texts)
    assert [node.text() for node in blocks(html)] == texts


def test_entities_split_between_chunks_stay_whole() -> None:
    html = "<div class=message>" + "x" * 65_514 + "&amp;&#x4e2d;</div>"
    [node] = blocks(html)
    assert node.text().endswith("x&中")
