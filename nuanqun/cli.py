"""The command line: every command has --help with an example, exit codes 0 (done), 1 (failed), 2 (bad input).

`--json` prints exactly one JSON document on stdout; progress and messages go to stderr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest import IngestError
from nuanqun.errors import NuanqunError
from nuanqun.packages import check_packages
from nuanqun.progress import progress_bar
from nuanqun.settings import Settings, load_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="暖群 Nuanqun: exports of group chats in, the health of every chat out. Everything stays on this machine.",
)
train = typer.Typer(no_args_is_help=True, help="Train what is shipped in models/.")
app.add_typer(train, name="train")

Paths = Annotated[list[Path], typer.Argument(help="Export files or folders.", show_default=False)]
Workspace = Annotated[Path, typer.Option("--workspace", "-w", help="Folder that keeps messages, results, verdicts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Zone = Annotated[str | None, typer.Option("--tz", help="Zone of wall-clock times, e.g. Asia/Shanghai.")]
FormatId = Annotated[
    str | None, typer.Option("--format", help="Format id (see `nuanqun formats`) instead of detection.")
]
ChatName = Annotated[str | None, typer.Option("--chat", help="Name of the chat, when the export does not say.")]
NoServe = Annotated[bool, typer.Option("--no-serve", help="Do not open the dashboard at the end.")]
Port = Annotated[int, typer.Option(help="Port of the dashboard on 127.0.0.1; 0 picks a free one.")]

DEFAULT_WORKSPACE = Path("workspace")


@app.command("run")
def run_command(
    paths: Paths,
    workspace: Workspace = DEFAULT_WORKSPACE,
    tz: Zone = None,
    format_id: FormatId = None,
    chat: ChatName = None,
    no_serve: NoServe = False,
    port: Port = 8501,
    as_json: AsJson = False,
) -> None:
    """Import, analyse and open the dashboard: the main job.

    Example: nuanqun run ~/exports/群聊.txt --workspace w
    """
    from nuanqun.pipeline import run

    with progress_bar(as_json) as progress:
        report = run(
            _existing(paths),
            workspace=workspace,
            settings=_settings(workspace, tz),
            format_id=format_id,
            chat_name=chat,
            progress=progress,
        )
    if as_json:
        _print_json(_import_json(report) | {"health": report.chats, "counts": report.counts, "seconds": report.seconds})
    else:
        _say_import(report)
        _say_chats(workspace)
    if not report.receipts:
        raise typer.Exit(2)
    if not no_serve:
        _serve(workspace, port)


@app.command("import")
def import_command(
    paths: Paths,
    workspace: Workspace = DEFAULT_WORKSPACE,
    tz: Zone = None,
    format_id: FormatId = None,
    chat: ChatName = None,
    dry_run: Annotated[bool, typer.Option(help="Read and report; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read exports into the workspace and print a receipt for every chat.

    Example: nuanqun import export.json --tz Asia/Shanghai --json
    """
    from nuanqun.pipeline import RunReport, bring_in
    from nuanqun.store import Store

    settings, report = _settings(workspace, tz), RunReport()
    with progress_bar(as_json) as progress:
        bring_in(
            Store(workspace, settings.store),
            report,
            _existing(paths),
            settings,
            format_id=format_id,
            chat_name=chat,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        _print_json(_import_json(report))
    else:
        _say_import(report)
    if not report.receipts:
        raise typer.Exit(2)


@app.command()
def analyze(
    workspace: Workspace = DEFAULT_WORKSPACE,
    chat: Annotated[str | None, typer.Option("--chat", help="Only this chat_id.")] = None,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    as_json: AsJson = False,
) -> None:
    """Annotate and analyse what changed in the workspace.

    Example: nuanqun analyze --workspace w --engine dask --scheduler tcp://10.0.0.5:8786
    """
    from nuanqun.pipeline import RunReport, work_out
    from nuanqun.store import Store

    settings = load_settings(workspace, engine={"engine": engine, "scheduler": scheduler})
    store, report = Store(workspace, settings.store), RunReport()
    if chat is not None and chat not in store.known_chats():
        raise typer.BadParameter(f"{chat} is not a chat of {workspace}; known: {sorted(store.known_chats())}")
    with progress_bar(as_json) as progress:
        work_out(store, report, settings, chat_id=chat, progress=progress)
    if as_json:
        _print_json({"chats": report.chats, "counts": report.counts, "seconds": report.seconds})
    else:
        _say_chats(workspace)


@app.command()
def demo(
    workspace: Workspace = DEFAULT_WORKSPACE / "demo",
    no_serve: NoServe = False,
    port: Port = 8501,
) -> None:
    """Run the bundled demo exports through the whole line and open the dashboard.

    Example: nuanqun demo
    """
    import data

    folder = Path(data.__file__).parent / "demo"
    run_command([folder], workspace=workspace, no_serve=no_serve, port=port)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the exports and truth.json.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    format_id: FormatId = None,
    scale: Annotated[float, typer.Option(help="Multiplies the traffic.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Write believable invented group chats with their ground truth.

    Example: nuanqun simulate --out chats --seed 7 --format qq-txt
    """
    from nuanqun.simulate import simulate as make
    from nuanqun.simulate import write

    paths = write(make(seed, scale=scale), out, format_id)
    if as_json:
        _print_json({"files": [path.name for path in paths], "seed": seed})
    else:
        typer.echo(f"{len(paths)} files in {out}", err=True)


@app.command()
def dashboard(workspace: Workspace = DEFAULT_WORKSPACE, port: Port = 8501) -> None:
    """Open the dashboard of a workspace.

    Example: nuanqun dashboard --workspace w
    """
    _serve(workspace, port)


@app.command("formats")
def formats_command(as_json: AsJson = False) -> None:
    """List the export formats that are read.

    Example: nuanqun formats --json
    """
    from ingest.formats import formats

    rows = [
        {"id": f.id, "title": f.title, "platform": f.platform, "extensions": list(f.extensions)}
        for f in formats().values()
    ]
    if as_json:
        _print_json({"formats": rows})
    for row in [] if as_json else rows:
        typer.echo(f"{row['id']:<20} {row['platform']:<12} {' '.join(row['extensions']):<22} {row['title']}")


@app.command()
def classify(
    input: Annotated[Path, typer.Option("--input", help="Parquet file with a text column.")],
    output: Annotated[Path, typer.Option("--output", help="Parquet file to write.")],
    column: Annotated[str, typer.Option(help="Name of the text column.")] = "text",
) -> None:
    """Label texts with every head: input columns plus label, score and evidence a head.

    Example: nuanqun classify --input texts.parquet --output labels.parquet
    """
    from nuanqun.files import classify_file

    rows = classify_file(input, output, column=column, settings=_settings(None, None).nlp)
    typer.echo(f"{rows} rows -> {output}", err=True)


@app.command()
def evaluate(
    task: Annotated[str, typer.Argument(help="ads, sentiment, emotion, topic, toxicity or question.")],
    data_file: Annotated[Path, typer.Option("--data", help="Parquet file with the columns text and label.")],
    as_json: AsJson = False,
) -> None:
    """Score a head against labelled rows, with bootstrap intervals.

    Example: nuanqun evaluate ads --data labelled.parquet --json
    """
    from nuanqun.files import evaluate_file

    result = evaluate_file(task, data_file, _settings(None, None).nlp)
    if as_json:
        _print_json(result)
    for name, value in () if as_json else result.items():
        typer.echo(f"{name}: {value}")


@train.command("light")
def train_light_command(
    data_folder: Annotated[Path, typer.Option("--data", help="Folder with labelled/ and unlabelled/.")],
    out: Annotated[Path, typer.Option(help="Folder for weights, config and model card.")] = Path("models/light"),
    seed: Annotated[int, typer.Option(help="Same seed, same data: same weights.")] = 1,
) -> None:
    """Train the light model and its heads.

    Example: nuanqun train light --data data-folder
    """
    from nlp.train import train_light

    train_light(data_folder, out, seed=seed)


@train.command("risk")
def train_risk_command(
    histories: Annotated[Path, typer.Option("--histories", help="Folder of group histories (Parquet).")],
    out: Annotated[Path, typer.Option(help="Folder for coefficients and model card.")] = Path("models/dormancy"),
) -> None:
    """Train the dormancy risk on real group histories.

    Example: nuanqun train risk --histories groups
    """
    from community.train_risk import train_risk

    train_risk(histories, out)


@app.command()
def doctor(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """Check versions, processor, fonts, weights, foreign packages, workspace and proxy path.

    Example: nuanqun doctor
    """
    from nuanqun.doctor import examine

    findings = examine(workspace)
    if as_json:
        _print_json({"findings": [finding.to_json() for finding in findings]})
    for finding in () if as_json else findings:
        typer.echo(
            f"{finding.mark} {finding.what}: {finding.found}{'  -> ' + finding.advice if finding.advice else ''}"
        )
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def _settings(workspace: Path | None, zone: str | None) -> Settings:
    return load_settings(workspace, **({"ingest": {"zone": zone}} if zone else {}))


def _existing(paths: list[Path]) -> list[Path]:
    """Raise a usage error for the first path that is not there."""
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path}: no such file or folder. Name an export file or a folder of exports.")
    return paths


def _import_json(report: Any) -> dict[str, Any]:
    return {
        "chats": [receipt.to_json() for receipt in report.receipts],
        "rejected": [rejection.to_json() for rejection in report.rejected],
    }


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


def _say_import(report: Any) -> None:
    for receipt in report.receipts:
        typer.echo(
            f"{receipt.name}: {receipt.records} 条记录（{receipt.messages} 条消息，{receipt.members} 人），"
            f"新增 {receipt.new}，重复 {receipt.duplicates}，未读 {len(receipt.skipped)}  [{receipt.format}]",
            err=True,
        )
    for rejection in report.rejected:
        typer.echo(f"拒收 {rejection.path}: {rejection.reason} {rejection.hint}", err=True)


def _say_chats(workspace: Path) -> None:
    from nuanqun.store import Store
    from nuanqun.summary import chat_lines

    for line in chat_lines(Store(workspace)):
        typer.echo(line)


def _serve(workspace: Path, port: int) -> None:
    from dashboard.server import serve

    serve(workspace, port=port, open_browser=True)


def main() -> None:
    """Run the command line; known errors become one line on stderr and exit code 2."""
    try:
        check_packages()
        app(standalone_mode=True)
    except (IngestError, NuanqunError) as error:
        sys.stderr.write(f"nuanqun: {error}\n")
        raise SystemExit(2) from error
