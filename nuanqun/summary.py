"""What a manager asks first, as text for the terminal: one line a chat, or one page.

In: a store. Out: lines of words from the catalogue (data/words/brief.*.toml). The page says nothing that is not in the
tables. Example: `for line in brief_lines(Store(Path("w")), chat_id): print(line)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from nuanqun.figures import aside, clauses, listed, percent
from nuanqun.store import Store
from nuanqun.words import rule, sentence, sign, t, word

Row = dict[str, Any]
SYSTEMS = ("participation", "social")
ADVISED = ("creator", "critic", "collector", "organizer", "thinker", "asker", "challenger")
SHOWN_LOSSES = 5
SHOWN_SHIFTS = 3
SHOWN_OVERLAPS = 10
ASLEEP = ("dormant", "dead", "closed")


def chat_lines(store: Store) -> Iterator[str]:
    """Yield one line for every analysed chat: messages, members, temperature, stage, risk, ads, KOLs, warnings."""
    for chat in sorted(store.chats().to_pylist(), key=lambda row: row["name"]):
        names = dict(zip(*store.table("members", chat["chat_id"]).select(["member_id", "name"]).columns, strict=True))
        names = {key.as_py(): value.as_py() for key, value in names.items()}
        rules = store.table("alerts", chat["chat_id"])["rule"].to_pylist()
        yield t(
            "summary.chat", name=chat["name"], messages=str(chat["messages"]), members=str(chat["members"]),
            temperature=f"{chat['temperature']:.0f}", stage=word("stage", chat["stage"]),
            risk=t("summary.short") if chat["risk_12w"] is None else percent(chat["risk_12w"]), ads=str(chat["ads"]),
            kol=names.get(chat["kols"][0], "-") if chat["kols"] else "-",
            alerts=str(len(rules)) + (aside(listed([rule(name) for name in sorted(set(rules))])) if rules else ""),
        )  # fmt: skip


def across_lines(found: dict[str, list[Row]], names: dict[str, str]) -> Iterator[str]:
    """Yield what is found across chats: sentence, advice, ranking, the closest overlaps."""
    bridges = sum(row["kind"] == "bridge" for row in found["people"])
    yield t("across.sentence", chats=len(names), people=len(found["people"]), bridges=bridges,
            advice=len(found["advice"]))  # fmt: skip
    for row in found["advice"]:
        kind, why = word("advice_kind", row["kind"]), clauses([sentence(said) for said in row["why"]])
        yield t("across.advice", kind=kind, why=why)
    for row in found["standings"]:
        yield t(
            "across.line", name=names[row["chat_id"]], size=row["size"], temperature=round(row["temperature"]),
            standing=word("standing", row["verdict"]),
            place=t("across.place", place=row["place"], peers=row["peers"],
                    kind=word("size_class", str(row["size_class"]))),
        )  # fmt: skip
    for row in found["overlaps"][:SHOWN_OVERLAPS]:
        pair = t("across.pair", one=names[row["chat_a"]], two=names[row["chat_b"]])
        yield t("across.both", pair=pair, count=row["shared"], percent=round(100 * row["jaccard"]))


def brief_lines(store: Store, chat_id: str) -> Iterator[str]:
    """Yield the page of one chat, section by section."""
    chat = next(row for row in store.chats().to_pylist() if row["chat_id"] == chat_id)
    members = _rows(store, "members", chat_id)
    yield t(
        "brief.title",
        **{name: chat[name] for name in ("name", "messages", "members", "size")},
        platform=word("platform", chat["platform"]),
        first=f"{chat['first']:%Y-%m-%d}",
        last=f"{chat['last']:%Y-%m-%d}",
    )
    yield from _section("warmth", _warmth(store, chat))
    yield from _section("life", _life(chat) + _shifts(store, chat_id))
    yield from _section("people", _people(chat, members))
    for panel, lines in _panels(store, chat_id).items():
        yield from ("", f"# {word('panel_title', panel)}", *lines)
    yield from _section("losses", _losses(store, chat_id))
    yield from _section("warnings", list(_warnings(store, chat_id)) or [t("brief.calm")])


def _rows(store: Store, name: str, chat_id: str) -> list[Row]:
    return store.table(name, chat_id).to_pylist()


def _section(name: str, lines: list[str]) -> list[str]:
    return ["", f"# {t(f'brief.section.{name}')}", *lines] if lines else []


def _risk(value: float | None) -> str:
    return t("summary.short") if value is None else percent(value)


def _warmth(store: Store, chat: Row) -> list[str]:
    last = _rows(store, "days", chat["chat_id"])[-1]
    degrees = {name: round(last[f"false_heat_{name}"], 1) for name in ("ads", "bots", "packets", "floods")}
    lines = [
        t(
            "brief.temperature",
            **{name: round(chat[f"temperature_{name}"]) for name in ("low", "high")},
            temperature=round(chat["temperature"]),
            sample=word("sample", chat["temperature_sample"]),
        ),
        t("brief.false_heat", raw=round(chat["temperature_raw"]), degrees=round(sum(degrees.values()), 1), **degrees),
    ]
    if chat["own_percentile"] is not None:
        lines.append(t("brief.own", percent=round(chat["own_percentile"])))
    if chat["incentive_dependent"]:
        only, quiet = f"{chat['incentive_only_share']:.0%}", round(chat["temperature_quiet"])
        lines.append(t("brief.dependent", quiet=quiet, only=only))
    return lines


def _life(chat: Row) -> list[str]:
    lines = [t("brief.stage", stage=word("stage", chat["stage"]), node=word("node", chat["node"]))]
    if chat["camps"] > 1:
        lines.append(t("brief.camps", count=chat["camps"]))
    if chat["stage"] in ASLEEP:  # what has come needs no probability
        return [*lines, t("brief.asleep")]
    lines.append(t("brief.risk", risk=_risk(chat["risk_12w"]), soon=_risk(chat["risk_8w"])))
    return lines + [f"- {'↑' if sign(said) == '+' else '↓'} {sentence(said)}" for said in chat["risk_reasons"]]


def _shifts(store: Store, chat_id: str) -> list[str]:
    """The newest changes of level, dated, with who explains them."""
    return [
        t("brief.shift", day=f"{row['day']:%Y-%m-%d}", why=clauses([sentence(said) for said in row["why"]]))
        for row in _rows(store, "shifts", chat_id)[-SHOWN_SHIFTS:]
    ]


def _people(chat: Row, members: list[Row]) -> list[str]:
    by_id = {row["member_id"]: row for row in members}
    kols = [by_id[kol] for kol in chat["kols"] if kol in by_id]
    lines = [t("brief.kols", names=[row["name"] for row in kols]) if kols else t("brief.no_kols")]
    lines += [f"- {row['name']}: {listed([sentence(said) for said in row['influence_reasons']])}" for row in kols]
    for system in SYSTEMS:
        counts = Counter(row[f"{system}_role"] for row in members if row["messages"])
        said = [t("brief.role", role=word(f"role.{system}", name), count=count) for name, count in counts.most_common()]
        lines.append(t("brief.roles", system=t(f"role_system.{system}"), counts=listed(said)))
    for role in ADVISED:
        system = next(s for s in SYSTEMS if word(f"role.{s}", role) != role)
        held = [row for row in members if row[f"{system}_role"] == role and row["prescription"]]
        for row in sorted(held, key=lambda row: -row["messages_84d"])[:1]:
            place = 0 if system == "participation" else -1
            advice = sentence(row["prescription"][place])
            lines.append(t("brief.prescription", role=word(f"role.{system}", role), name=row["name"], advice=advice))
    return lines


def _panels(store: Store, chat_id: str) -> dict[str, list[str]]:
    """Sentences of every panel, then of the catalysts."""
    found: dict[str, list[str]] = {}
    for row in _rows(store, "indicators", chat_id):
        found.setdefault(row["panel"], []).extend(
            f"- {_mark(said) if row['panel'] == 'nodes' else ''}{sentence(said)}" for said in row["why"]
        )
    for row in _rows(store, "catalysts", chat_id):
        found.setdefault("catalysts", []).append(f"- {t('list.semicolon').join(sentence(said) for said in row['why'])}")
    return {panel: lines for panel, lines in found.items() if lines}


def _mark(reason: str) -> str:
    return "✓ " if sign(reason) == "+" else "✗ "


def _losses(store: Store, chat_id: str) -> list[str]:
    return [
        t(
            "brief.loss",
            was=word("was", row["was"]),
            why=listed([sentence(said) for said in row["why"]]),
            opener=t("list.semicolon").join(sentence(said) for said in row["opener"]),
        )
        for row in _rows(store, "losses", chat_id)[:SHOWN_LOSSES]
    ]


def _warnings(store: Store, chat_id: str) -> Iterator[str]:
    for row in _rows(store, "alerts", chat_id):
        why = sentence(row["why"][0])
        yield t("brief.warning", severity=word("severity", row["severity"]), rule=rule(row["rule"]), why=why)
        for desk, action in row["actions"]:
            yield "  " + t("brief.action", desk=word("desk", desk), action=sentence(action))
