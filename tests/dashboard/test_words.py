"""The catalogue is complete, sentences come out whole, numbers read as people write them."""

from __future__ import annotations

import ast
import re
import string
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from community.reasons import reason
from community.tables import STAGES
from conftest import ROOT
from dashboard import words
from ingest.errors import ISSUES
from nuanqun import outbound
from nuanqun.channels import Post
from nuanqun.errors import UnsafeAddress

SOURCES = sorted((ROOT / "dashboard").rglob("*.py"))
REFUSING = ("UnknownFormat", "BrokenExport", "UnsafeArchive", "Rejection", "IngestError")
DERIVED = {"metric": ("metric.{}", "metric.{}_help"), "column": ("column.{}", "column.{}_help"),
           "section": ("section.{}", "section.{}_help"), "title": ("{}.title", "{}.about")}  # fmt: skip


def calls():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield path.name, name, node


def used_keys() -> set[str]:
    """Keys of t("..."), empty("...", "...") and of the blocks that build keys from a name."""
    found = set()
    for _, name, node in calls():
        literals = [str(a.value) for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name == "t" and literals:
            found.add(literals[0])
        elif name == "empty":
            found.update(literals)
        elif name in DERIVED and literals:
            found.update(template.format(literals[0]) for template in DERIVED[name])
    return found


def used_prefixes() -> set[str]:
    """What stands before the first {} in t(f"...")."""
    return {
        str(node.args[0].values[0].value)
        for _, name, node in calls()
        if name == "t" and node.args and isinstance(node.args[0], ast.JoinedStr)
        and isinstance(node.args[0].values[0], ast.Constant)
    }  # fmt: skip


def test_every_key_that_is_used_exists():
    assert used_keys() - set(words.catalogue()) == set()
    assert len(used_keys()) > 150


def test_every_built_key_has_words():
    for prefix in used_prefixes():
        assert any(key.startswith(prefix) for key in words.catalogue()), prefix


def test_every_metric_column_and_section_has_a_definition():
    keys = set(words.catalogue())
    for key in keys:
        group, _, name = key.partition(".")
        if group in ("metric", "column", "section") and not name.endswith("_help"):
            assert f"{key}_help" in keys


def test_closed_lists_have_words():
    keys = set(words.catalogue())
    assert {f"stage.{stage}" for stage in STAGES} <= keys
    assert {f"verdict.{label}" for label in ("ad", "abuse", "fine", "unsure")} <= keys


def reason_keys_of_the_stage() -> set[str]:
    """Literal keys of reason("...") anywhere in community/."""
    found = set()
    for path in sorted((ROOT / "community").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reason" and node.args:
                if isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
    return found


def test_every_reason_of_the_stage_has_a_sentence():
    assert reason_keys_of_the_stage() - set(words.catalogue()) == set()


def refusals_of_the_import() -> list[str]:
    """Reasons and hints given to errors and rejections anywhere in ingest/, holes filled with something."""
    found = set()
    for path in sorted((ROOT / "ingest").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in REFUSING:
                continue
            given = node.args[1:] if getattr(node.func, "id", "") == "Rejection" else node.args[:1]
            found |= {_filled(value) for value in [*given, *(k.value for k in node.keywords if k.arg == "hint")]}
    return sorted(found - {""})


def refusals_of_the_desks() -> list[str]:
    """What is said when an act of a desk is refused, holes filled with something."""
    found, refusing = set(), ("NuanqunError", "WorkspaceError", "UnsafeAddress", "NotDelivered")
    folder, files = ROOT / "nuanqun", ("regroup", "subscriptions", "outbound", "channels/email", "report/facts")
    for path in [folder / f"{name}.py" for name in (*files, "report/render")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in refusing:
                found.add(_filled(node.args[0]))
    return sorted(found)


def _filled(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    pieces = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(piece.value) if isinstance(piece, ast.Constant) else "7" for piece in pieces)


def test_a_reason_nobody_has_words_for_is_shown_not_lost():
    assert words.sentence(reason("third.party", days=3)) == "third.party（days 3）"


def test_a_reason_of_another_version_with_an_argument_less_still_reads():
    assert "暂无" in words.sentence(reason("loss.silent", name="小王"))


def test_every_issue_of_the_import_has_words():
    assert {f"issue.{key}" for key in ISSUES} <= set(words.catalogue())


def test_refusals_are_said_in_chinese_and_unknown_ones_are_kept():
    assert words.refusal("this is a png file, not a chat export, whatever its name says").startswith("这是 png 文件")
    assert words.issue("date_order_inferred: DMY").startswith("日与月可能颠倒")
    assert words.refusal("something new") == "something new"


@pytest.mark.parametrize("text", [*refusals_of_the_import(), *refusals_of_the_desks()])
def test_every_refusal_of_the_import_and_of_the_desks_has_words(text):
    assert words.refusal(text) != text


def test_a_private_address_is_refused_with_what_to_do():
    with pytest.raises(UnsafeAddress) as refused:
        outbound.send(Post("https://127.0.0.1:8443/hook", b"{}"), hosts=(), inside=())
    said = words.refusal(str(refused.value))
    assert "内网地址" in said and "127.0.0.1:8443" in said and "channels.inside" in said


def test_topics_and_empty_lists_in_reasons_are_words():
    said = words.sentence(reason("do.inactive.recall", name="", topic="tech"))
    assert "科技数码" in said and "暂无" in said


def test_personal_data_in_reasons_is_starred():
    said = words.sentence(reason("do.inactive.recall", name="小王13800138000", topic="tech"))
    assert "13800138000" not in said and "小王***********" in said


def test_templates_use_plain_fields_only():
    for key, text in words.catalogue().items():
        if not key.startswith(("builtin.", "pattern.", "refusal.")):
            for _, field, spec, conversion in string.Formatter().parse(text):
                assert not spec and not conversion and (field is None or field.isidentifier()), key


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234, "1,234"), (9999, "9,999"), (12_345, "1.2\u00a0万"), (100_000, "10\u00a0万"), (-12_345, "-1.2\u00a0万"),
     (float("nan"), "—"), (None, "—"), (-0.0, "0")],
)  # fmt: skip
def test_numbers(value, text):
    assert words.number(value) == text


def test_changes_days_and_moments():
    assert (words.signed(3.14), words.signed(-2.0), words.signed(0.0)) == ("+3.1", "−2", "0")
    assert (words.arrow(2.0), words.arrow(-2.0), words.arrow(0.1)) == ("↑", "↓", "→")
    assert words.day(date(2026, 11, 22)) == "11-22 周日"
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert words.moment(at, "Asia/Shanghai") == "2026-11-23 周一 07:30"
    assert words.moment(at, "-03:30") == "2026-11-22 周日 20:00"


@given(st.text())
def test_hiding_keeps_the_length_so_that_spans_still_fit(text):
    assert len(words.hidden(text)) == len(text)
    assert len(words.plain(text)) == len(text)


@given(st.text())
@example("https://evil.example WWW.evil.example :material/home:")
def test_escaped_text_cannot_act(text):
    escaped = words.escape(text)
    assert "\n" not in escaped
    assert not re.search(r":[^\s:]+:", re.sub(r"\\(.)", r"\1", escaped))  # no emoji, no icon, whatever is escaped
    assert not re.search(r"://|www\.", re.sub(r"\\(.)", r"\1", escaped), re.IGNORECASE)  # no address becomes a link
    bare = escaped.replace("\\\\", "")
    for index, char in enumerate(bare):
        if char in "[]<>*_`$#|&@:":
            assert bare[index - 1] == "\\"


def test_reversing_and_invisible_characters_become_visible():
    assert words.plain("加\u202e薇\u200b信") == "加▯薇▯信"
