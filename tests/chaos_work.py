"""The work that chaos interrupts, and what a person would miss of it: import, analyse, migrate, decide, learn.

In: a folder. Out: a workspace that has done it, and its state as plain rows to compare. Example: `state_of(workspace)`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

SAID = [
    "早，周六去爬香山有人吗", "我去！几点集合？", "七点半地铁口", "加微信领取兼职资料，日结三百", "周日也行", "带两瓶水够不够",
    "低价出货源，加微信看图", "昨天那本书看完了", "下雨就改室内吧", "代开发票，微信联系", "谁有多的登山杖", "刷单返利加微信，稳赚",
    "孩子发烧先不去了", "祝早日康复",
    "祖传秘方包治，加微信", "晚上一起吃火锅", "作业是第几页", "群主发个红包吧",
]  # fmt: skip
State = dict[Any, Any]


def export(folder: Path, name: str, days: range) -> Path:
    """A QQ export of three people who write four messages a day."""
    head = "消息记录（此消息记录为文本格式，不支持重新导入）\n\n================\n消息分组:我的QQ群\n================\n"
    head += f"消息对象:{name}\n================\n"
    said = [
        f"\n2024-{1 + day // 28:02d}-{1 + day % 28:02d} {8 + n}:0{n}:00 人{n % 3}(1000{n % 3})\n{SAID[(4 * day + n) % len(SAID)]}{day}\n"
        for day in days
        for n in range(4)
    ]
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_text(head + "".join(said), encoding="utf-8")
    return path


def bring_in(workspace: Path, *paths: Path) -> None:
    """`nuanqun import`."""
    from nuanqun.pipeline import RunReport
    from nuanqun.pipeline import bring_in as imported
    from nuanqun.settings import load_settings
    from nuanqun.store import Store

    settings = load_settings(workspace, engine={"workers": 1})
    imported(Store(workspace), RunReport(), paths, settings)


def analyse(workspace: Path) -> None:
    """`nuanqun analyze`."""
    from nuanqun.pipeline import RunReport, work_out
    from nuanqun.settings import load_settings
    from nuanqun.store import Store

    work_out(Store(workspace), RunReport(), load_settings(workspace, engine={"workers": 1}))


def migrate_up(workspace: Path) -> None:
    """Open an older catalogue."""
    from nuanqun.store import Store

    Store(workspace)


def migrate_down(workspace: Path) -> None:
    """Make the catalogue one of an older version."""
    from nuanqun.database import connect, migrate

    migrate(connect(f"sqlite:///{workspace / 'catalogue.sqlite'}"), "0006")


def decide(workspace: Path) -> None:
    """Enough verdicts to learn from."""
    from nuanqun import verdicts
    from nuanqun.store import Store

    store = Store(workspace)
    for chat_id in sorted(store.known_chats()):
        rows = store.messages(chat_id, ["message_id", "text"]).to_pylist()
        said = [verdicts.Decision(chat_id, r["message_id"], "ad" if "微信" in r["text"] else "fine") for r in rows]
        verdicts.decide(store.engine, said, "li")


def learn(workspace: Path) -> None:
    """`nuanqun train feedback`, then use what came of it; gates aside, for a fault has to meet a model."""
    from nuanqun import feedback, own_models
    from nuanqun.settings import load_settings
    from nuanqun.store import Store

    feedback._judge = lambda report: ("", "")  # the writing is tested here, not whether the model is better
    store = Store(workspace)
    made = feedback.train(store, load_settings(workspace).nlp)
    assert made.model is not None, made.to_json()
    own_models.use(store, made.model.number, "li")


def state_of(workspace: Path) -> State:
    """Messages and verdicts, results of every chat, the model in use; no ids that differ from run to run."""
    from nuanqun import own_models
    from nuanqun.store import SCHEMAS, Store

    store = Store(workspace)
    found: State = {"verdicts": sorted((v["message_id"], v["label"]) for v in store.verdicts().to_pylist())}
    found["model"] = own_models.active(store).digest
    for chat_id, facts in store.known_chats().items():
        found["messages", facts["name"]] = store.messages(chat_id).to_pylist()
        found["annotated", facts["name"]] = store.annotations(chat_id).num_rows
        found["results", facts["name"]] = {n: store.table(n, chat_id).to_pylist() for n in SCHEMAS}
    return found


def differs(now: State, *allowed: State) -> list[str]:
    """What is like in none of the allowed states."""
    keys = {key for state in (now, *allowed) for key in state}
    return [str(key) for key in keys if all(now.get(key) != state.get(key) for state in allowed)]


def verified(workspace: Path, backup: Path | None = None) -> list[str]:
    """What `nuanqun doctor --verify` calls an error."""
    from nuanqun.verify import verify

    return [f"{f.what}: {f.found}" for f in verify(workspace, backup) if f.level == "error"]


def warm() -> None:
    """Load and use once what every child needs: forked processes share models, tables of signs and word lists."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import pyarrow as pa

    import nuanqun.feedback
    import nuanqun.verify  # noqa: F401
    from community.lexicon import sieve
    from nlp.normalize import normalize_texts
    from nlp.settings import NlpSettings
    from nuanqun.annotating import load_annotator

    load_annotator(NlpSettings())
    normalize_texts(["早"])
    sieve(pa.array(["早"]))
