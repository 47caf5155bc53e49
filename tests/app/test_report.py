"""The weekly report: same data, same text; every sentence points at a figure that is there; hostile names stay inert."""

from __future__ import annotations

import dataclasses
import html.parser
import re
from datetime import timedelta
from pathlib import Path

import invented
import pytest
from typer.testing import CliRunner

import data
from conftest import ROOT
from nuanqun.cli import app
from nuanqun.errors import NuanqunError
from nuanqun.language import catalogue, speaking
from nuanqun.pipeline import run
from nuanqun.report import Facts, read_facts, render, weekly_report
from nuanqun.settings import load_settings
from nuanqun.store import Store
from nuanqun.summary import brief_lines

HOSTILE = '<script>alert(1)</script>[点我](javascript:x)![a](http://evil.example/p.png)=HYPERLINK("a")|‮\n# 大'


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """The bundled mother-and-baby chat, which is dying of advertisements."""
    folder = Path(data.__file__).parent / "demo" / "chats"
    (path,) = [p for p in folder.iterdir() if "带娃" in p.name]
    workspace = tmp_path_factory.mktemp("w")
    run([path], workspace=workspace, settings=load_settings())
    return Store(workspace)


@pytest.fixture(scope="module")
def facts(store) -> Facts:
    (chat_id,) = store.known_chats()
    return read_facts(store, chat_id)


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.add(tag)
        self.ids += [known["id"]] if "id" in known else []
        self.links += [known["href"]] if "href" in known else []
        assert not [name for name in known if name.startswith("on")]


def test_the_week_adds_up_to_the_days_of_the_store(store, facts):
    days = store.table("days", facts.chat["chat_id"]).to_pandas()
    week = days[(days["day"] >= facts.start) & (days["day"] < facts.end)]
    assert facts.end == days["day"].max() + timedelta(days=1)
    assert facts.this["messages"] == week["messages"].sum()
    before = days[(days["day"] >= facts.start - timedelta(days=7)) & (days["day"] < facts.start)]
    assert facts.before["ads"] == before["ads"].sum()


def test_an_earlier_week_is_told_with_the_numbers_of_then(store, facts):
    earlier = read_facts(store, facts.chat["chat_id"], end=facts.end - timedelta(days=42))
    assert earlier.this["messages"] > facts.this["messages"]
    assert earlier.days[-1]["day"] == earlier.end - timedelta(days=1)
    assert earlier.this["senders"] > 1


def test_a_week_outside_the_history_is_refused_with_its_bounds(store, facts):
    with pytest.raises(NuanqunError, match=str(facts.end - timedelta(days=1))):
        read_facts(store, facts.chat["chat_id"], end=facts.end + timedelta(days=7))


def test_a_chat_of_three_days_has_a_report_too(store):
    (chat_id,) = store.known_chats()
    first = store.table("days", chat_id)["day"][0].as_py()
    young = read_facts(store, chat_id, end=first + timedelta(days=3))
    assert young.this["messages"] == sum(store.table("days", chat_id)["messages"].to_pylist()[:3])
    assert young.before == {} and young.usual == {}
    for form in ("md", "html"):
        assert render(weekly_report(young), form)


@pytest.mark.parametrize("form", ["html", "md"])
def test_same_data_same_bytes(store, facts, form):
    again = read_facts(store, facts.chat["chat_id"])
    assert render(weekly_report(facts), form) == render(weekly_report(again), form)


def test_every_sentence_that_names_a_figure_links_to_one_that_is_there(facts):
    page = Page(render(weekly_report(facts), "html").decode())
    assert len(page.links) >= 8
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_warning_and_its_steps_are_said(facts):
    text = render(weekly_report(facts), "md").decode()
    assert "核心成员流失" in text and "下周要做的事" in text
    assert str(facts.this["messages"]) in text


def test_masked_names_appear_nowhere(facts):
    names = {m["name"] for m in facts.members if len(m["name"]) > 1}
    open_text = render(weekly_report(facts), "md").decode()
    masked = render(weekly_report(facts, mask_names=True), "md").decode()
    assert any(name in open_text for name in names)
    assert not [name for name in names if name in masked]
    assert "成员 1" in masked


def test_hostile_names_stay_text_in_every_format(facts):
    members = [{**m, "name": HOSTILE, "aliases": [HOSTILE]} for m in facts.members]
    hostile = weekly_report(dataclasses.replace(facts, chat={**facts.chat, "name": HOSTILE}, members=members))
    page = Page(render(hostile, "html").decode())
    assert not page.tags & {"script", "img", "iframe", "object"}
    assert all(link.startswith("#") for link in page.links)
    text = render(hostile, "md").decode()
    assert "‮" not in text
    assert not re.search(r"(?<!\\)(<script|!\[|\]\()", text)
    assert render(hostile, "pdf").startswith(b"%PDF-")


def test_the_html_asks_nobody_for_anything(facts):
    text = render(weekly_report(facts), "html").decode()
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)=\"(?!#)", text) and "url(" not in text and "@import" not in text


def test_english_says_the_same_figures(facts):
    with speaking("en"):
        english = weekly_report(facts)
    assert [f.id for f in english.figures] == [f.id for f in weekly_report(facts).figures]


def test_command_writes_what_the_ending_asks_for(store, tmp_path):
    out = tmp_path / "周报.html"
    (facts_of,) = store.known_chats().values()
    done = CliRunner().invoke(app, ["report", facts_of["name"], "-w", str(store.workspace), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_brief_page_says_temperature_stage_people_and_what_to_do(tmp_path):
    invented.build(tmp_path)
    page = "\n".join(brief_lines(Store(tmp_path), invented.DYING))
    assert "活跃温度 12°" in page and "12 周内休眠风险 72%" in page
    assert "【紧急】广告泛滥" in page and "运营：" in page and "{" not in page


def test_every_panel_has_a_title_on_the_brief_page():
    panels = {path.stem for path in (ROOT / "community" / "panels").glob("*.py")} - {"__init__"}
    assert sorted(panels - {key.removeprefix("panel_title.") for key in catalogue()}) == []
