"""Chat messages on screen, with spans highlighted in the original text.

Chat text is hostile: it reaches the browser only as data and is put into the page with `textContent`, so nothing in
it can become markup, a link or an icon. In: messages and evidence. Out: a list drawn by one small component.
Example: `show_lines([line("小王", "11-22 周日 14:03", "加薇❤️1234", [{"start": 0, "end": 3, "why": "contact"}])])`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import streamlit as st

from dashboard.words import listed, plain, t, word

NAME = "nuanqun_messages"
LONGEST = 2_000
"""Characters of one message that are shown; what follows is counted."""

_CSS = """
.nq-messages { font-family: var(--st-font); color: var(--st-text-color); line-height: 1.65; }
.nq-line { padding: 0.35rem 0.6rem; border-left: 3px solid transparent; overflow-wrap: anywhere; }
.nq-here { border-left-color: var(--st-primary-color);
  background: color-mix(in srgb, var(--st-primary-color) 9%, transparent); }
.nq-who { font-weight: 600; }
.nq-when { color: var(--st-gray-text-color); font-size: 0.85em; margin-left: 0.6em;
  font-variant-numeric: tabular-nums; }
.nq-text { white-space: pre-wrap; unicode-bidi: isolate; }
.nq-text mark { background: var(--st-orange-background-color); color: var(--st-orange-text-color);
  border-bottom: 2px solid var(--st-orange-color); font-weight: 600; padding: 0 1px; }
.nq-why { color: var(--st-gray-text-color); font-size: 0.85em; }
"""

_JS = """
export default function ({ data, parentElement }) {
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const draw = (line) => {
    const row = make("div", line.here ? "nq-line nq-here" : "nq-line");
    const head = make("div", "");
    head.append(make("span", "nq-who", line.who), make("span", "nq-when", line.when));
    const body = make("div", "nq-text");
    for (const part of line.parts) {
      const node = make(part.why === null ? "span" : "mark", "", part.text);
      if (part.why) node.title = part.why;
      body.append(node);
    }
    if (line.who || line.when) row.append(head);
    row.append(body);
    if (line.note) row.append(make("div", "nq-why", line.note));
    return row;
  };
  let root = parentElement.querySelector(".nq-messages");
  if (!root) {
    root = make("div", "nq-messages");
    parentElement.append(root);
  }
  root.replaceChildren(...data.lines.map(draw));
}
"""


class Part(TypedDict):
    """A stretch of text; `why` is null where nothing is highlighted."""

    text: str
    why: str | None


class Line(TypedDict):
    """One message as the component draws it."""

    who: str
    when: str
    parts: list[Part]
    here: bool
    note: str


def split_spans(text: str, evidence: Iterable[Mapping[str, Any]] | None) -> list[Part]:
    """Cut `text` at the half-open spans of `evidence`; overlapping spans merge, spans outside the text are clipped."""
    spans: list[list[Any]] = []
    for item in sorted(evidence if evidence is not None else (), key=lambda e: (e["start"], e["end"])):
        start, end = max(0, item["start"]), min(len(text), item["end"])
        if start >= end:
            continue
        if spans and start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
            spans[-1][2].append(item["why"])
        else:
            spans.append([start, end, [item["why"]]])
    parts: list[Part] = []
    at = 0
    for start, end, why in spans:
        if at < start:
            parts.append({"text": text[at:start], "why": None})
        parts.append({"text": text[start:end], "why": listed(list(dict.fromkeys(w or "" for w in why)))})
        at = end
    if at < len(text) or not parts:
        parts.append({"text": text[at:], "why": None})
    return parts


def said(row: Mapping[str, Any]) -> str:
    """The text of a message; of one without any (pictures, voices) what kind it is."""
    return row["text"] or word("kind", row["kind"])


def line(
    who: str,
    when: str,
    text: str,
    evidence: Iterable[Mapping[str, Any]] | None = None,
    *,
    here: bool = False,
    note: str = "",
) -> Line:
    """One message for `show_lines`; characters that hide or reverse text become visible, one for one."""
    shown = plain(text)
    if len(shown) > LONGEST:
        shown = shown[:LONGEST] + t("marked.longer", count=f"{len(text):,}")
    return {"who": plain(who), "when": when, "parts": split_spans(shown, evidence), "here": here, "note": note}


def show_lines(lines: list[Line], *, key: str) -> None:
    """Draw messages below each other."""
    _component()(data={"lines": lines}, key=key)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(NAME, css=_CSS, js=_JS, isolate_styles=False)
