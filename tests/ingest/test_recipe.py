"""The recipe of CONTRIBUTING.md: one new file in the folder of formats, and nothing else, is a format."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields

from conftest import ROOT
from ingest.formats import ExportFormat

FORMAT = '''"""Fishbowl: a line a message, `2024-03-01T08:00|name|words`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(r"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d)\\|([^|]*)\\|(.*)")


def sniff(head: str, tail: str, name: str) -> float:
    return 0.9 if line_share(head, LINE) > 0.8 else 0.0


def parse(source: Source) -> Iterator[Record]:
    yield ChatStart("", resolution="min")
    for number, line in source.lines():
        found = LINE.match(line)
        sent_at = read_datetime(found[1]) if found else None
        if not found or not sent_at:
            yield ParseIssue(number, "not_a_record", line[:80])
        else:
            yield Message(sent_at, found[3], sender_name=found[2], line=number)


FORMAT = ExportFormat(
    id="fishbowl_txt",
    title="鱼缸",
    platform="fishbowl",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="设置里点导出。",
)
'''


def test_one_file_is_a_format(tmp_path):
    shutil.copytree(ROOT / "ingest", tmp_path / "ingest", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "ingest" / "formats" / "fishbowl_txt.py").write_text(FORMAT, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "鱼友.txt").write_text("2024-03-01T08:00|老周|早\n2024-03-01T08:01|小鹿|好呀\n", encoding="utf-8")
    code = (
        "import json; from ingest import find_sources, read_export, formats\n"
        "(source,) = find_sources(['鱼友.txt']); reading = read_export(source); rows = list(reading)\n"
        "(receipt,) = reading.receipts.values(); print(json.dumps([len(formats()), receipt.to_json()]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, receipt = json.loads(done.stdout)
    assert count == len(list((ROOT / "ingest" / "formats").glob("[!_]*.py"))) + 1
    assert (receipt["format"], receipt["name"], receipt["messages"], receipt["members"]) == (
        "fishbowl_txt",
        "鱼友",
        2,
        2,
    )
    made = subprocess.run([sys.executable, "-m", "ingest.format_docs"], cwd=tmp_path, env=environment, check=False)
    assert made.returncode == 0
    assert "`fishbowl_txt`" in (tmp_path / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_recipe_names_the_fields_that_a_format_has():
    recipe = (
        (ROOT / "CONTRIBUTING.md")
        .read_text(encoding="utf-8")
        .partition("## Add an export format")[2]
        .partition("## ")[0]
    )
    named = set(re.findall(r"^ +(\w+)=", recipe, re.MULTILINE))
    assert named <= {field.name for field in fields(ExportFormat)}
    assert {"id", "title", "platform", "sniff", "parse", "how_to_export"} <= named
