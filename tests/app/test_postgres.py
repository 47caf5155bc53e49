"""PostgreSQL as the catalogue, on a real server: migrations both ways, the whole line, and the move there and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import postgres
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from conftest import ROOT
from nuanqun import accounts, audit, house, jobs, steps, subscriptions, verdicts
from nuanqun import catalogue as cat
from nuanqun.database import connect, migrate, open_catalogue, revision_of, shown
from nuanqun.errors import WorkspaceError
from nuanqun.move import counted, move
from nuanqun.pipeline import run
from nuanqun.report import weekly
from nuanqun.settings import StoreSettings, load_settings
from nuanqun.store import Store

pytest.importorskip("psycopg", reason='pip install "nuanqun[postgres]"')
DEMO = ROOT / "data" / "demo" / "chats"
SECRET = postgres.PASSWORD


@pytest.fixture(scope="module")
def server():
    if reason := postgres.install():
        pytest.skip(reason)
    # Not under tmp_path: an ordinary user must be able to reach it, and socket paths are short.
    with tempfile.TemporaryDirectory(prefix="nuanqun-pg-") as folder:
        os.chmod(folder, 0o711)
        with postgres.server(Path(folder, "server")) as url:
            yield url


@pytest.fixture
def database(server, request):
    """The URL of a fresh database whose words are sorted as people sort them, unlike in SQLite."""
    name = f"db_{abs(hash(request.node.name)):x}"
    admin = connect(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'c.sqlite'}"
    return request.getfixturevalue("database")


def test_every_migration_goes_up_down_and_up_again(url):
    engine = open_catalogue(url)
    head = revision_of(engine)
    for _ in range(2):
        steps_down = []
        while (now := revision_of(engine)) is not None:
            steps_down.append(now)
            migrate(engine, "-1")
        assert steps_down[0] == head
        assert len(steps_down) == len(list((ROOT / "nuanqun" / "migrations" / "versions").glob("0*.py")))
        assert set(sa.inspect(engine).get_table_names()) == {"alembic_version"}
        migrate(engine)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), cat.metadata) == []
            assert counted(connection)["state"] == 2
    engine.dispose()


def test_rows_survive_a_migration_down_and_up(url):
    engine = open_catalogue(url)
    decide_and_remark(engine)
    with engine.begin() as connection:
        connection.execute(cat.chat.insert().values(chat_id="c1", name="甲", platform="qq", zone="UTC"))
    migrate(engine, "0005")
    migrate(engine)
    assert verdicts.standing(engine)["label"].to_pylist() == ["ad", "fine"]
    with engine.connect() as connection:
        assert connection.scalar(sa.select(cat.chat.c.name)) == "甲"
    engine.dispose()


def decide_and_remark(engine: sa.Engine) -> None:
    """One row and more in every table that people fill, with moments of another zone, and case that matters."""
    verdicts.decide(engine, [verdicts.Decision("c1", "M7", "ad", kind="loan")], "Li")
    verdicts.decide(engine, [verdicts.Decision("c1", "m7", "fine", suggestion_score=0.25)], "li")
    steps.take(engine, "c1", "ad_flood", date(2024, 3, 1), "snoozed", date(2024, 3, 4), "li", until=date(2024, 3, 9))
    accounts.add(engine, "Li", "correct horse battery", "admin")
    audit.write(engine, "li", "change_words", detail={"added": 2, "words": ["返利"], "none": None})
    house.save(engine, "zone.c1", "Asia/Shanghai", "li")
    jobs.submit(engine, "analyse", {"deep": {"list": [1, 2.5, True, None]}}, "li")
    with engine.begin() as connection:
        row = {"id": 7, "name": "运营", "channel": "wecom", "config": {"url": "x"}, "least": "warning", "chats": None}
        flags = {"weekly": True, "mask_names": False, "enabled": True}
        connection.execute(cat.subscription.insert().values(**row, **flags))


def test_both_databases_give_the_same_answers(url):
    engine = open_catalogue(url)
    decide_and_remark(engine)
    (job,) = jobs.latest(engine)
    assert job.created_at.utcoffset() == timedelta(0)
    assert abs((datetime.now(UTC) - job.created_at).total_seconds()) < 600
    assert (job.cancel, job.body) == (False, {"deep": {"list": [1, 2.5, True, None]}})
    assert (jobs.take_next(engine) or job).status == "running"
    assert verdicts.standing(engine)["message_id"].to_pylist() == ["M7", "m7"]
    (step,) = steps.taken(engine, "c1")
    assert (step["start"], step["until"], step["undone_at"]) == (date(2024, 3, 1), date(2024, 3, 9), None)
    with engine.connect() as connection:
        one = connection.execute(sa.select(cat.subscription)).one()
        null = connection.scalar(sa.select(sa.func.count()).where(cat.subscription.c.chats.is_(None)))
        zones = connection.scalars(sa.select(cat.setting.c.key).where(cat.setting.c.key.startswith("ZONE."))).all()
    assert (one.weekly, one.mask_names, one.chats, null) == (True, False, None, 1)
    assert zones == [] or engine.dialect.name == "sqlite"
    later = datetime(2024, 3, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    with engine.begin() as connection:
        connection.execute(cat.failed_login.insert().values(key="k", at=later))
        assert connection.scalar(sa.select(cat.failed_login.c.at)) == datetime(2024, 3, 1, tzinfo=UTC)
        longer = {"chat_id": "c9", "name": "长\0" * 900, "platform": "qq", "zone": "UTC"}
        connection.execute(cat.chat.insert().values(longer))
        assert connection.scalar(sa.select(cat.chat.c.name)) == "长" * 400
    assert subscriptions.told(engine, 7, later) == set()
    engine.dispose()


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """The demo chats in a workspace with SQLite, analysed."""
    workspace = tmp_path_factory.mktemp("demo")
    run([DEMO], workspace=workspace, settings=load_settings(workspace))
    return workspace


def test_the_whole_line_gives_the_same_on_postgresql(database, analysed, tmp_path, monkeypatch):
    workspace = tmp_path / "w"
    monkeypatch.setenv("NUANQUN_STORE__CATALOGUE", database)
    report = run([DEMO], workspace=workspace, settings=load_settings(workspace))
    store, plain = Store(workspace), Store(analysed, StoreSettings())
    assert store.engine.dialect.name == "postgresql"
    assert not (workspace / "catalogue.sqlite").exists()
    assert [row["chat_id"] for row in report.chats] == plain.chats()["chat_id"].to_pylist()
    assert store.known_chats() == plain.known_chats()
    for chat_id in store.known_chats():
        assert store.messages(chat_id).equals(plain.messages(chat_id))
        assert store.table("alerts", chat_id).equals(plain.table("alerts", chat_id))
    chat_id = next(iter(store.known_chats()))
    message_id = store.messages(chat_id, ["message_id"])["message_id"][0].as_py()
    verdicts.decide(store.engine, [verdicts.Decision(chat_id, message_id, "ad")], "li")
    assert store.verdicts(chat_id)["message_id"].to_pylist() == [message_id]
    assert run([DEMO], workspace=workspace, settings=load_settings(workspace)).counts["new"] == 0
    assert SECRET not in json.dumps(store.runs(), ensure_ascii=False)
    done = nuanqun("report", chat_id, "--workspace", workspace, "--out", tmp_path / "report.md", "--format", "md")
    assert done.returncode == 0, done.stderr
    assert weekly is not None


def nuanqun(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nuanqun", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_catalogue_moves_there_and_back_with_every_row(database, analysed, tmp_path):
    import shutil

    workspace = tmp_path / "w"
    shutil.copytree(analysed, workspace)
    with_people = Store(workspace)
    decide_and_remark(with_people.engine)
    with with_people.engine.connect() as connection:
        before = counted(connection)
    done = nuanqun("catalogue", "move", "--to", database, "--workspace", workspace, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == before
    there = Store(workspace)
    assert there.engine.dialect.name == "postgresql"
    assert there.known_chats() == Store(analysed).known_chats()
    first = max(verdicts.standing(there.engine)["id"].to_pylist())
    assert verdicts.decide(there.engine, [verdicts.Decision("c1", "m8", "ad")], "li") == [first + 1]
    with pytest.raises(sa.exc.OperationalError, match="state"):
        verdicts.decide(with_people.engine, [verdicts.Decision("c1", "m9", "ad")], "li")
    assert [path.stat().st_mode & 0o077 for path in workspace.glob("catalogue.url")] == [0]
    shows = nuanqun("settings", "show", "--workspace", workspace)
    assert SECRET not in done.stdout + done.stderr + shows.stdout
    there.engine.dispose()
    back = move(workspace, "", f"sqlite:///{workspace / 'catalogue.sqlite'}")
    # A verdict, and the line in the audit that the command left.
    assert back == before | {"verdict": before["verdict"] + 1, "audit": before["audit"] + 1}
    home = Store(workspace)
    assert home.engine.dialect.name == "sqlite"
    assert not (workspace / "catalogue.url").exists()
    assert verdicts.decide(home.engine, [verdicts.Decision("c1", "m9", "ad")], "li") == [first + 2]


def test_a_target_that_holds_something_is_refused_and_left_alone(database, tmp_path):
    target = open_catalogue(database)
    audit.write(target, "somebody", "else")
    Store(tmp_path / "w")
    with pytest.raises(WorkspaceError, match="empty database") as refused:
        move(tmp_path / "w", "", database)
    assert SECRET not in str(refused.value)
    assert audit.count(target) == 1
    assert Store(tmp_path / "w").engine.dialect.name == "sqlite"
    target.dispose()


def test_a_move_that_was_killed_before_the_switch_is_taken_up_again(database, analysed, tmp_path, monkeypatch):
    import shutil

    workspace = tmp_path / "w"
    shutil.copytree(analysed, workspace)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("nuanqun.move._remember", killed)
        move(workspace, "", database)
    assert Store(workspace).engine.dialect.name == "sqlite"
    move(workspace, "", database)
    assert Store(workspace).known_chats() == Store(analysed).known_chats()


def test_a_server_that_is_not_there_is_said_without_the_password(server, tmp_path, monkeypatch):
    url = sa.make_url(server).set(port=1).render_as_string(hide_password=False)
    monkeypatch.setenv("NUANQUN_STORE__CATALOGUE", url)
    done = nuanqun("doctor", "--workspace", tmp_path)
    assert "cannot be read" in done.stdout
    assert SECRET not in done.stdout + done.stderr + repr(load_settings(tmp_path)) + shown(url)
    wrong = sa.make_url(server).set(password="wrong").render_as_string(hide_password=False)
    with pytest.raises(WorkspaceError, match="password"):
        open_catalogue(wrong)
