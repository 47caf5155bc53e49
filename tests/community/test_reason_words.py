"""Every reason that the stage can give has a sentence in each shipped catalogue, with the same arguments."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

from community.advice import OVER
from community.catalysts import KINDS as CATALYSTS
from community.closeness import TIERS
from community.panels.crew import SETS
from community.prescriptions import read_prescriptions
from community.risk import THEMES
from community.roles import WORDS
from community.suspects import POINTS

ROOT = Path(__file__).resolve().parents[2]
KEY = re.compile(r'"((?:edge|influence|loss|alert|do|role|opener|catalyst|panel|across|shift)\.[a-z0-9_.]+)"')


def catalogue(language: str) -> dict[str, str]:
    return tomllib.loads((ROOT / "data" / "words" / f"reasons.{language}.toml").read_text("utf-8"))


def used_keys() -> set[str]:
    text = "".join(p.read_text("utf-8") for p in (ROOT / "community").rglob("*.py"))
    table = read_prescriptions()
    roles = {k for role in table["role"].values() for k in role["keys"]}
    made = {f"risk.{t}" for t in THEMES} | {f"role.{r}" for r in WORDS}
    made |= {f"panel.crew.{name}" for name in SETS}
    made |= {f"shift.{name}" for name in "fall rise stopped came less more everybody_fall everybody_rise".split()}
    made |= {f"across.close.{stage}" for stage in OVER}
    made |= {f"suspect.{name}" for name in POINTS}
    made |= {f"catalyst.{kind}" for kind in CATALYSTS} | {f"panel.closeness.{tier}" for tier in TIERS}
    made |= {key for rule in table["sentence"].values() for key in [rule.get("else")] if key} | set(table["sentence"])
    return made | set(KEY.findall(text)) | roles | {k for rule in table["alert"].values() for k in rule.values()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_key_has_a_sentence(language):
    assert used_keys() - set(catalogue(language)) == set()


def test_languages_name_the_same_arguments():
    zh, en = catalogue("zh"), catalogue("en")
    assert zh.keys() == en.keys()
    fields = string.Formatter().parse
    for key in zh:
        assert {f for _, f, _, _ in fields(zh[key]) if f} == {f for _, f, _, _ in fields(en[key]) if f}, key
