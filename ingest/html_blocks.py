"""HTML pages of any size as small trees, one a message.

In: a `Source` and the classes of the elements that are wanted. Out: `Node`s in file order, one in memory at a time.
Example: `for node in read_blocks(source, "message"): node.text_of("from_name")`.
Tags that are never closed, unquoted attributes and files cut in the middle are read as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ingest.source import Source

CHUNK = 1 << 16
MAX_NODES = 20_000
"""Elements in one block; a block that is never closed ends there."""
_VOID = frozenset("area base br col embed hr img input link meta param source track use wbr".split())
_BLOCKS = frozenset("p div li tr blockquote pre h1 h2 h3 h4 ul ol".split())
_HIDDEN = frozenset("script style svg head".split())


@dataclass(slots=True)
class Node:
    """An element with its attributes, classes and children (elements and pieces of text)."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    line: int = 0
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """All elements below it, in document order."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()

    def find_all(self, name: str) -> Iterator[Node]:
        """Elements below it that have the class or the tag `name`."""
        return (node for node in self.walk() if node.tag == name or name in node.classes)

    def find(self, name: str) -> Node | None:
        """The first element below it with the class or the tag `name`."""
        return next(self.find_all(name), None)

    def text_of(self, name: str) -> str | None:
        """Text of the first element below it with the class or the tag `name`, stripped."""
        found = self.find(name)
        return found.text() if found else None

    def text(self, *, keep_space: bool = False, skip: Callable[[Node], bool] | None = None) -> str:
        """What a reader sees: <br> and block ends as line feeds, emoji images as their alt text.

        Runs of spaces and line feeds in the source become one space, unless `keep_space` (pre-wrapped text).
        """
        pieces: list[str] = []
        _collect(self, pieces, keep_space, skip)
        joined = "".join(pieces)
        if keep_space:
            return joined.strip("\n")
        return re.sub(r" *\n *", "\n", re.sub(r" +", " ", joined)).strip()


def _collect(node: Node, pieces: list[str], keep_space: bool, skip: Callable[[Node], bool] | None) -> None:
    for child in node.children:
        fresh = not pieces or pieces[-1].endswith("\n")
        if isinstance(child, str):
            text = child if keep_space else re.sub(r"[ \t\r\n\f]+", " ", child)
            if keep_space or not fresh or text != " ":
                pieces.append(text)
        elif child.tag == "br":
            pieces.append("\n")
        elif child.tag == "img":
            pieces.append(child.attrs.get("alt", ""))
        elif child.tag not in _HIDDEN and not (skip and skip(child)):
            block = child.tag in _BLOCKS
            if block and not fresh:
                pieces.append("\n")
            _collect(child, pieces, keep_space, skip)
            if block and pieces and not pieces[-1].endswith("\n"):
                pieces.append("\n")


class _BlockParser(HTMLParser):
    """Collects the subtrees of wanted elements; what lies outside is forgotten at once."""

    def __init__(self, wanted: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[Node] = []
        self._wanted = wanted
        self._stack: list[Node] = []
        self._size = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs} if attrs else {}
        classes = values.get("class", "").split()
        starts = bool(classes) and not self._wanted.isdisjoint(classes)
        if starts or self._size > MAX_NODES:
            self._finish()
        if not self._stack and not starts:
            return
        node = Node(tag, values, classes, self.getpos()[0])
        if self._stack:
            if tag in ("li", "p") and self._stack[-1].tag == tag and len(self._stack) > 1:
                self._stack.pop()
            self._stack[-1].children.append(node)
        self._size += 1
        if tag not in _VOID:
            self._stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._stack and tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._stack) - 1, -1, -1):
            if self._stack[depth].tag == tag:
                if depth == 0:
                    self._finish()
                del self._stack[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self._stack:
            self._stack[-1].children.append(data)

    def _finish(self) -> None:
        if self._stack:
            self.done.append(self._stack[0])
            self._stack, self._size = [], 0

    def close(self) -> None:
        super().close()
        self._finish()


def read_blocks(source: Source, *classes: str) -> Iterator[Node]:
    """Every element of the first file that has one of `classes`, whole; a wanted element ends the one before it."""
    parser = _BlockParser(frozenset(classes))
    with source.text() as stream:
        for chunk in iter(lambda: stream.read(CHUNK), ""):
            parser.feed(chunk.replace("\0", ""))
            yield from parser.done
            parser.done.clear()
    parser.close()
    yield from parser.done


def read_fragment(html: str) -> Node:
    """A piece of HTML as one element; for tools that store messages as HTML inside another format."""
    parser = _BlockParser(frozenset(("fragment",)))
    parser.feed('<div class="fragment">')
    parser.feed(html)
    parser.close()
    return parser.done[0] if parser.done else Node("div")


def has_class(html: str, name: str) -> bool:
    """Whether the start of a page holds an element of the class `name`, quoted or not; for sniffing."""
    return re.search(rf"class=[\"']?(?:[^\"'>]*[\s\"'])?{re.escape(name)}(?=[\s\"'>])", html) is not None
