"""The page that compares chats: what it says of chats whose people, ads and fate are known, and to whom."""

from __future__ import annotations

import json
from pathlib import Path

import invented
import pyarrow as pa
import pytest
from screens import open_page, said
from typer.testing import CliRunner

from community.tables import CHATS, MEMBERS
from dashboard import compared, guard
from nuanqun.access import Person
from nuanqun.cli import app
from nuanqun.parts import write_part

OLD = "old-chat"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    """The two invented chats, and a third one that is cold and holds twelve people of the warm one."""
    folder = tmp_path_factory.mktemp("workspace")
    store = invented.build(folder)
    warm = store.table("members", invented.WARM).to_pylist()
    people = [row | {"chat_id": OLD, "messages": 3, "messages_84d": n % 2, "left_at": None, "is_bot": False}
              for n, row in enumerate(warm[:12])]  # fmt: skip
    more = {"chat_id": OLD, "name": "老读书会", "stage": "cold", "temperature": 9.0, "size": 14, "camps": 1}
    chat = store.table("chats", invented.WARM).to_pylist()[0] | more
    with store.write() as change:
        change.chats[OLD] = {name: chat[name] for name in ("name", "platform", "zone")}
        for name, rows, schema in (("members", people, MEMBERS), ("chats", [chat], CHATS)):
            table = pa.Table.from_pylist(rows, schema=schema)
            change.replace.append(write_part(folder, table, table_name=name, chat_id=OLD))
    return folder


def test_the_page_advises_a_merge_and_names_its_numbers(workspace, monkeypatch):
    page = open_page("across", workspace, monkeypatch)
    assert "合并" in said(page) and "（12 人）也在" in said(page)
    assert "3 个群：12 人同时在两个以上的群" in said(page)
    ranking, pairs, people = (table.value for table in page.dataframe[:3])
    assert len(ranking) == 3 and pairs["shared"].iloc[0] == 12 and len(people) == 12


def test_the_command_says_the_same(workspace):
    result = CliRunner().invoke(app, ["across", "--workspace", str(workspace), "--json"])
    found = json.loads(result.stdout)
    assert [row["kind"] for row in found["advice"]] == ["merge"] and len(found["people"]) == 12
    lines = CliRunner().invoke(app, ["across", "--workspace", str(workspace)]).stdout
    assert "合并：" in lines and "12 位共同成员" in lines


def test_ids_do_not_reach_the_screen(workspace, monkeypatch):
    page = open_page("across", workspace, monkeypatch)
    ids = {row["member_id"] for row in invented.member_rows(invented.WARM)}
    shown = said(page) + "".join(table.value.to_csv() for table in page.dataframe)
    assert not [one for one in ids if one in shown]


def test_a_manager_learns_nothing_of_chats_that_are_not_theirs(workspace, monkeypatch):
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(workspace))
    with guard.acting_as(Person("li", "manager", frozenset({invented.WARM}))):
        found = compared.compared()
    assert found.people.empty and found.overlaps.empty and set(found.standings["chat_id"]) == {invented.WARM}
