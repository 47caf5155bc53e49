"""`nuanqun backtest`: the science on annotated data, one command a task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nuanqun.cli_options import AsJson, print_json

backtest = typer.Typer(no_args_is_help=True, help="Score the shipped models on annotated data, beside the baselines.")
app = typer.Typer()
app.add_typer(backtest, name="backtest")

Histories = Annotated[Path, typer.Option("--histories", help="Folder of chat histories (Parquet).")]


Fit = Annotated[bool, typer.Option("--fit", help="Also fit anew on these data, cross-validated by chat.")]


@backtest.command("replies")
def replies_command(
    messages: Annotated[Path, typer.Option("--messages", help="Parquet file of messages.")],
    links: Annotated[Path | None, typer.Option("--links", help="Parquet file of annotated links.")] = None,
    without_names: Annotated[bool, typer.Option("--without-names", help="Take all names out of the texts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who answers whom: links of annotated conversations, or targets of quote replies.

    Example: nuanqun backtest replies --messages m.parquet --links l.parquet --json
    """
    from nuanqun.backtest.replies import run

    _say(run(messages, links, names=not without_names), as_json)


@backtest.command("alerts")
def alerts_command(
    histories: Histories,
    least: Annotated[int, typer.Option(help="Leave out chats with fewer messages.")] = 500,
    limit: Annotated[int | None, typer.Option(help="At most so many chats of each file.")] = None,
    kept: Annotated[Path | None, typer.Option(help="File of chats judged already (JSON lines); a run goes on.")] = None,
    record: Annotated[Path | None, typer.Option(help="Also write what the warnings' page shows of each rule.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay histories week by week and judge every warning by what followed.

    Example: nuanqun backtest alerts --histories groups --kept alerts.jsonl --json
    """
    from nuanqun.backtest.alerts import run

    found = run(
        histories,
        least=least,
        limit=limit,
        kept=kept,
        record=record,
        progress=lambda name: typer.echo(name, err=True),
    )
    _say(found, as_json)


@backtest.command("fates")
def fates_command(
    seeds: Annotated[int, typer.Option(help="How many seeds; each gives six invented chats.")] = 200,
    first: Annotated[int, typer.Option(help="The first seed: thresholds were chosen on 1 to 50.")] = 51,
    noise: Annotated[float, typer.Option(help="Errors of the annotations; 1 = about the light model's.")] = 1.0,
    kept: Annotated[Path | None, typer.Option(help="File of seeds judged already (JSON lines); a run goes on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate chats with planted fates and judge warnings, dependence, KOLs and roles by them.

    Example: nuanqun backtest fates --seeds 200 --kept fates.jsonl --json
    """
    from nuanqun.backtest.fates import run

    _say(run(first, seeds, noise=noise, kept=kept, say=lambda line: typer.echo(line, err=True)), as_json)


@backtest.command("influence")
def influence_command(histories: Histories, fit: Fit = False, as_json: AsJson = False) -> None:
    """Who is influential now, against the distinct members who answer in the next 28 days.

    Example: nuanqun backtest influence --histories groups --fit --json
    """
    from nuanqun.backtest.influence import run

    _say(run(histories, fit=fit), as_json)


@backtest.command("lifecycle")
def lifecycle_command(histories: Histories, fit: Fit = False, as_json: AsJson = False) -> None:
    """The risk of dormancy within 8 and 12 weeks.

    Example: nuanqun backtest lifecycle --histories groups --fit --json
    """
    from nuanqun.backtest.lifecycle import run

    _say(run(histories, fit=fit), as_json)


@backtest.command("forecast")
def forecast_command(histories: Histories, fit: Fit = False, as_json: AsJson = False) -> None:
    """The volume of the next 28 days.

    Example: nuanqun backtest forecast --histories groups --fit --json
    """
    from nuanqun.backtest.outlook import run_forecast

    _say(run_forecast(histories, fit=fit), as_json)


@backtest.command("churn")
def churn_command(histories: Histories, fit: Fit = False, as_json: AsJson = False) -> None:
    """Which members are silent for the next 28 days.

    Example: nuanqun backtest churn --histories groups --fit --json
    """
    from nuanqun.backtest.outlook import run_churn

    _say(run_churn(histories, fit=fit), as_json)


def _say(document: dict, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    typer.echo(f"{document['task']}: {document['n']} cases, {document['seconds']} s")
    for part in ("result", "baselines"):
        for name, value in document[part].items():
            low_high = document["ci95"].get(name, "") if part == "result" else ""
            typer.echo(f"  {part} {name}: {value} {low_high}")
