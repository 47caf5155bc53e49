"""The command line: exit codes, one JSON document, clear refusals, nothing changed by bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from conftest import ROOT
from nuanqun import audit
from nuanqun.cli import app
from nuanqun.cli_options import COMMAND_LINE
from nuanqun.store import Store
from nuanqun.watch import watch

QQ = """消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的QQ群
================================================================
消息对象:周末爬山群
================================================================

2024-03-01 8:01:00 山里人(10001)
早，周六去爬香山有人吗

2024-03-01 8:03:10 小鹿(10002)
我去！几点集合？

2024-03-02 21:30:00 山里人(10001)
七点半地铁口
"""


def nuanqun(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nuanqun", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment})


@pytest.fixture
def export(tmp_path) -> Path:
    path = tmp_path / "周末爬山群.txt"
    path.write_bytes(b"\xef\xbb\xbf" + QQ.replace("\n", "\r\n").encode())
    return path


def files_of(workspace: Path) -> set[str]:
    return {p.relative_to(workspace).as_posix() for p in workspace.rglob("*.parquet")}


def audited(workspace: Path) -> list[tuple]:
    """Who did what, oldest first."""
    return [(r["actor"], r["action"], r["detail"]) for r in audit.page(Store(workspace).engine, 1)][::-1]


def test_imports_and_analyses_of_the_command_line_stand_in_the_audit(export, tmp_path, monkeypatch):
    runner, workspace = CliRunner(), tmp_path / "w"

    def typed(*arguments: object) -> None:
        done = runner.invoke(app, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output

    typed("import", export, "--workspace", workspace, "--dry-run")
    assert audited(workspace) == []
    typed("import", export, "--workspace", workspace)
    typed("analyze", "--workspace", workspace)
    typed("run", export, "--workspace", workspace, "--no-serve")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / export.name).write_bytes(
        export.read_bytes() + b"\r\n2024-03-03 08:00:00 \xe6\x9d\x8e(1)\r\nhi\r\n"
    )
    monkeypatch.setattr("nuanqun.watch.watch", partial(watch, rounds=2, sleep=lambda _: None))
    typed("watch", tmp_path / "in", "--workspace", workspace)
    first = {"sources": 1, "rejected": 0, "records": 3, "fresh": 3}
    assert audited(workspace) == [
        (COMMAND_LINE, "import", first),
        (COMMAND_LINE, "analyze", {"annotated": 3, "analysed": 1}),
        (COMMAND_LINE, "import", first | {"fresh": 0}),
        (COMMAND_LINE, "analyze", {"annotated": 0, "analysed": 0}),
        (COMMAND_LINE, "import", first | {"records": 4, "fresh": 1}),
        (COMMAND_LINE, "analyze", {"annotated": 1, "analysed": 1}),
    ]


def test_run_imports_analyses_and_prints_one_json(export, tmp_path):
    done = nuanqun("run", export, "--workspace", tmp_path / "w", "--no-serve", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    (chat,) = report["chats"]
    assert (chat["name"], chat["records"], chat["messages"], chat["members"]) == ("周末爬山群", 3, 3, 2)
    assert (chat["new"], chat["duplicates"]) == (3, 0)
    assert chat["first"] == "2024-03-01T08:01:00+08:00"
    assert report["health"][0]["messages"] == 3
    assert report["rejected"] == []


def test_the_same_command_again_reports_nothing_new(export, tmp_path):
    for expected_new in (3, 0):
        done = nuanqun("run", export, "--workspace", tmp_path / "w", "--no-serve", "--json")
        assert json.loads(done.stdout)["chats"][0]["new"] == expected_new


def test_dry_run_changes_nothing(export, tmp_path):
    done = nuanqun("import", export, "--workspace", tmp_path / "w", "--dry-run", "--json")
    assert json.loads(done.stdout)["chats"][0]["records"] == 3
    done = nuanqun("import", export, "--workspace", tmp_path / "w", "--json")
    assert json.loads(done.stdout)["chats"][0]["new"] == 3


def png() -> bytes:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
    return header + zlib.compress(bytes(4000)) + bytes(range(256))


BAD = {
    "空.txt": b"",
    "图片.csv": png(),
    "截断.json": '{"name": "读书会", "type": "private_group", "id": 7, "messages": [{"id": 1, "typ'.encode(),
    "账单.csv": "科目,金额,备注\n房租,3000,一月\n水电,210,一月\n".encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_one_clear_message(name, export, tmp_path):
    workspace = tmp_path / "w"
    assert nuanqun("import", export, "--workspace", workspace).returncode == 0
    before = files_of(workspace)
    bad = tmp_path / name
    bad.write_bytes(BAD[name])
    done = nuanqun("import", bad, "--workspace", workspace, "--json")
    assert done.returncode == 2
    report = json.loads(done.stdout)
    assert report["chats"] == []
    (rejection,) = report["rejected"]
    assert name in rejection["path"]
    assert rejection["reason"]
    assert rejection["hint"]
    assert "Traceback" not in done.stderr
    assert files_of(workspace) == before


def test_bad_input_beside_good_leaves_the_good(export, tmp_path):
    bad = tmp_path / "空.txt"
    bad.touch()
    done = nuanqun("import", export, bad, "--workspace", tmp_path / "w", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert [chat["new"] for chat in report["chats"]] == [3]
    assert len(report["rejected"]) == 1


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path):
    done = nuanqun("run", tmp_path / "没有.txt", "--no-serve")
    assert done.returncode == 2
    assert "no such file" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "import",
        "analyze",
        "demo",
        "simulate",
        "dashboard",
        "formats",
        "classify",
        "evaluate",
        "doctor",
        "export",
        "watch",
        "forget",
        "backup",
        "restore",
    ],
)
def test_every_command_explains_itself_with_an_example(command):
    done = nuanqun(command, "--help", TERM="dumb", COLUMNS="100")
    assert done.returncode == 0
    assert "Example: nuanqun" in done.stdout


def test_doctor_finds_a_damaged_part_and_a_healthy_workspace(export, tmp_path):
    workspace = tmp_path / "w"
    assert nuanqun("run", export, "--workspace", workspace, "--no-serve").returncode == 0
    healthy = nuanqun("doctor", "--workspace", workspace, "--json")
    assert healthy.returncode == 0, healthy.stdout
    next((workspace / "messages").rglob("*.parquet")).write_bytes(b"torn")
    damaged = nuanqun("doctor", "--workspace", workspace, "--json")
    assert damaged.returncode == 1
    assert [f for f in json.loads(damaged.stdout)["findings"] if f["level"] == "error"][0]["what"] == "workspace"


@pytest.mark.parametrize("format_id", ["chatlab", "chatlab-jsonl"])
def test_an_exported_chat_is_read_again_record_by_record(format_id, export, tmp_path):
    assert nuanqun("import", export, "--workspace", tmp_path / "w").returncode == 0
    out = tmp_path / "out.jsonl"
    done = nuanqun("export", "周末爬山群", "--workspace", tmp_path / "w", "--format", format_id, "--out", out)
    assert done.returncode == 0, done.stderr
    again = nuanqun("import", out, "--workspace", tmp_path / "w2", "--json")
    (chat,) = json.loads(again.stdout)["chats"]
    assert (chat["name"], chat["records"], chat["members"]) == ("周末爬山群", 3, 2)
    assert chat["first"] == "2024-03-01T08:01:00+08:00"


def test_export_of_an_unknown_chat_names_the_known_ones(export, tmp_path):
    assert nuanqun("import", export, "--workspace", tmp_path / "w").returncode == 0
    done = nuanqun("export", "没有这个群", "--workspace", tmp_path / "w", "--out", tmp_path / "o.json")
    assert done.returncode == 2
    assert "周末爬山群" in done.stderr


def test_a_forgotten_member_is_gone_from_the_workspace_and_stays_gone(export, tmp_path):
    workspace = tmp_path / "w"
    assert nuanqun("run", export, "--workspace", workspace, "--no-serve").returncode == 0
    assert nuanqun("forget", "10001", "--workspace", workspace, "--yes").returncode == 0
    done = nuanqun("run", export, "--workspace", workspace, "--no-serve", "--json")
    report = json.loads(done.stdout)
    assert report["chats"][0]["new"] == 0
    assert report["health"][0]["messages"] == 1


def test_classify_keeps_columns_and_order(tmp_path):
    texts = ["加微信领取兼职资料，日结三百", "", "今晚谁一起吃火锅", None]
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"id": [4, 3, 2, 1], "said": texts}), source)
    done = nuanqun("classify", "--input", source, "--output", target, "--column", "said")
    assert done.returncode == 0, done.stderr
    table = pq.read_table(target)
    assert table["id"].to_pylist() == [4, 3, 2, 1]
    for head in ("ads", "sentiment", "topic", "toxicity", "question"):
        assert {f"{head}_label", f"{head}_score", f"{head}_evidence"} <= set(table.column_names)
    for text, spans in zip(texts, table["ads_evidence"].to_pylist(), strict=True):
        assert all(0 <= span["start"] < span["end"] <= len(text or "") for span in spans or [])


def test_classify_names_a_missing_column(tmp_path):
    pq.write_table(pa.table({"words": ["早"]}), tmp_path / "in.parquet")
    done = nuanqun("classify", "--input", tmp_path / "in.parquet", "--output", tmp_path / "out.parquet")
    assert done.returncode == 2
    assert "words" in done.stderr
    assert not (tmp_path / "out.parquet").exists()


def test_personal_data_is_masked_and_members_are_pseudonyms_on_request(tmp_path):
    path, workspace = tmp_path / "周末爬山群.txt", tmp_path / "w"
    path.write_text(QQ + "\n2024-03-03 9:00:00 小鹿(10002)\n打 13812345678，或 a.b@mail.example\n", encoding="utf-8")
    done = nuanqun("import", path, "-w", workspace, "--mask", "phone", "--pseudonyms", "--json")
    assert done.returncode == 0, done.stderr
    again = nuanqun("import", path, "-w", workspace, "--json")  # the workspace remembers how its members are called
    assert json.loads(again.stdout)["chats"][0]["new"] == 0
    stored = pa.concat_tables(pq.ParquetFile(part).read() for part in workspace.rglob("*.parquet"))
    assert "打 [phone 11]，或 a.b@mail.example" in stored["text"].to_pylist()
    everything = (
        b"".join(p.read_bytes() for p in workspace.rglob("*") if p.is_file()) + str(stored.to_pylist()).encode()
    )
    for secret in ("小鹿", "山里人", "10001", "13812345678"):
        assert secret.encode() not in everything


def test_names_and_pseudonyms_do_not_mix_in_one_workspace(export, tmp_path):
    assert nuanqun("import", export, "-w", tmp_path / "w").returncode == 0
    done = nuanqun("import", export, "-w", tmp_path / "w", "--pseudonyms")
    assert done.returncode == 2
    assert "new workspace" in done.stderr


def test_an_unknown_kind_of_personal_data_is_a_usage_error(export, tmp_path):
    done = nuanqun("import", export, "-w", tmp_path / "w", "--mask", "shoe_size")
    assert done.returncode == 2
    assert "id_card" in done.stderr


def test_columns_that_were_named_once_are_remembered_for_the_header(tmp_path):
    first, second, workspace = tmp_path / "一月.csv", tmp_path / "二月.csv", tmp_path / "w"
    first.write_text("Wann,Wer,Was\n2024-01-01 08:00,老周,早\n2024-01-01 08:01,小鹿,好\n", encoding="utf-8")
    second.write_text("Wann,Wer,Was\n2024-02-01 08:00,老周,早\n", encoding="utf-8")
    assert nuanqun("import", first, "-w", workspace).returncode == 2
    chosen = ["--column", "time=Wann", "--column", "sender=Wer", "--column", "text=Was"]
    assert nuanqun("import", first, "-w", workspace, *chosen).returncode == 0
    done = nuanqun("import", second, "-w", workspace, "--json")
    assert json.loads(done.stdout)["chats"][0]["messages"] == 1
