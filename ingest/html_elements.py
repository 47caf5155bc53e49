"""Records of an HTML export, one element at a time, however long the page is.

In: the text of a page in blocks. Out: each wanted element, whole, in document order; everything else is dropped.
Example: `for div in read_elements(page_blocks(source), lambda e: "message" in e.classes): div.text()`.
Unclosed tags, unquoted attributes and stray end tags are tolerated, as browsers do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ingest.source import Source

BLOCK = 1 << 16
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BREAKS = frozenset("br p div li tr blockquote pre".split())


@dataclass(slots=True)
class Element:
    """An element with its attributes and content; `line` is where it starts, from 1."""

    tag: str
    attributes: dict[str, str]
    line: int = 0
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        """The words of its class attribute."""
        return frozenset(self.attributes.get("class", "").split())

    def walk(self) -> Iterator[Element]:
        """This element and all inside it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, css_class: str) -> Element | None:
        """The first element inside with this class, or None."""
        return next((element for element in self.walk() if css_class in element.classes), None)

    def text(self, *, without: str = "") -> str:
        """What a reader sees, <br> and blocks as line ends; elements of class `without` are left out."""
        pieces: list[str] = []
        self._collect(pieces, without)
        return "".join(pieces).replace("\xa0", " ").strip()

    def _collect(self, pieces: list[str], without: str) -> None:
        for child in self.children:
            if isinstance(child, str):
                pieces.append(child)
            elif not (without and without in child.classes):
                if child.tag in BREAKS and "".join(pieces[-1:])[-1:] not in ("", "\n"):
                    pieces.append("\n")
                elif child.tag == "br":
                    pieces.append("\n")
                child._collect(pieces, without)


def page_blocks(source: Source) -> Iterator[str]:
    """The text of the file in blocks of 64 Ki characters."""
    with source.text(newline=None) as stream:
        while block := stream.read(BLOCK):
            yield block.replace("\0", "")


def read_elements(blocks: Iterable[str], wanted: Callable[[Element], bool]) -> Iterator[Element]:
    """Each outermost element for which `wanted` (asked at its start tag) is true; memory is that of one element.

    An element that the file cuts off comes as far as it goes.
    """
    collector = _Collector(wanted)
    for block in blocks:
        collector.feed(block)
        yield from collector.take()
    collector.close()
    collector.finish()
    yield from collector.take()


class _Collector(HTMLParser):
    """Builds the wanted elements; `take` hands out those that are complete."""

    def __init__(self, wanted: Callable[[Element], bool]) -> None:
        super().__init__(convert_charrefs=True)
        self._wanted = wanted
        self._open: list[Element] = []
        self._ready: list[Element] = []

    def take(self) -> list[Element]:
        ready, self._ready = self._ready, []
        return ready

    def finish(self) -> None:
        """Close whatever the file left open."""
        if self._open:
            self._ready.append(self._open[0])
            self._open = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.getpos()[0])
        if self._open:
            self._open[-1].children.append(element)
        elif not self._wanted(element):
            return
        elif tag in VOID:
            self._ready.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].tag == tag:
                if not depth:
                    self._ready.append(self._open[0])
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].children.append(data)
