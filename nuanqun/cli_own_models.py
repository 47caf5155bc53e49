"""Commands about the models of a workspace: learn from its verdicts, list, compare, use, roll back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nuanqun.cli_options import COMMAND_LINE, DEFAULT_WORKSPACE, AsJson, Workspace, print_json, settings_of
from nuanqun.progress import progress_bar
from nuanqun.settings import Settings
from nuanqun.store import Store

app = typer.Typer(no_args_is_help=True, help="Models that this workspace learned from its verdicts.")
Later = Annotated[bool, typer.Option("--later", help="Switch only; the next analysis annotates anew.")]


def train_feedback_command(
    workspace: Workspace = DEFAULT_WORKSPACE,
    dry_run: Annotated[bool, typer.Option(help="Measure and report; keep nothing.")] = False,
    later: Later = False,
    as_json: AsJson = False,
) -> None:
    """Learn from the verdicts of a workspace, show before and after, and use the new model if it is better.

    Example: nuanqun train feedback --workspace w
    """
    from nuanqun import feedback, own_models

    store, settings = _open(workspace)
    done = feedback.train(store, settings.nlp, keep=not dry_run)
    if done.model:
        own_models.use(store, done.model.number, COMMAND_LINE)
        _annotate(store, settings, later, as_json)
    if as_json:
        print_json(done.to_json())
    for head in () if as_json else done.heads:
        _say_head(head)
    if not as_json:
        typer.echo(f"model {done.model.number} is in use" if done.model else "nothing changed", err=True)


def _say_head(head: Any) -> None:
    typer.echo(f"{head.head}: {head.rows} verdicts, {head.yes} of them yes")
    for what, before, after in (
        (f"left-out {head.unit}s", head.verdicts_before, head.verdicts_after),
        ("gold set", head.gold_before, head.gold_after),
    ):
        for name in ("accuracy", "precision", "recall", "f1") if before else ():
            old, new = (
                f"{side[name]:.3f} ({side['ci95'][name][0]:.3f}-{side['ci95'][name][1]:.3f})"
                for side in (before, after)
            )
            typer.echo(f"  {what}, {name}: {old} -> {new}")
    if head.because:
        typer.echo(f"  refused: {head.because}")


@app.command("list")
def list_command(workspace: Workspace = DEFAULT_WORKSPACE, as_json: AsJson = False) -> None:
    """List the models of a workspace, the newest first; * = in use.

    Example: nuanqun models list --workspace w
    """
    from nuanqun import own_models

    rows = own_models.versions(_open(workspace)[0])
    if as_json:
        print_json({"models": rows})
    for row in () if as_json else rows:
        mark, heads = "*" if row["active"] else " ", ", ".join(row["heads"]) or "as shipped"
        typer.echo(f"{mark} {row['number']:>3}  {(row['at'] or '')[:16]:<16}  {heads}")


@app.command("compare")
def compare_command(
    old: Annotated[int, typer.Argument(help="Number of a model; 0 = as shipped.")],
    new: Annotated[int, typer.Argument(help="Number of the other.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Scores of two models on the gold set, and how many recent messages they call differently.

    Example: nuanqun models compare 0 1 --workspace w --json
    """
    from nuanqun.compare_models import compare

    store, settings = _open(workspace)
    found = compare(store, settings.nlp, old, new)
    if as_json:
        print_json({"gold": found.gold, "changed": found.changed.to_pylist(), "looked_at": found.looked_at})
    for row in () if as_json else found.gold:
        typer.echo(f"{row['head']}: gold F1 {row['before']['f1']:.3f} -> {row['after']['f1']:.3f}")
    if not as_json:
        typer.echo(f"{found.changed.num_rows} of {found.looked_at} recent messages are called differently")


@app.command("use")
def use_command(
    number: Annotated[int, typer.Argument(help="Number of the model; 0 = as shipped.")],
    workspace: Workspace = DEFAULT_WORKSPACE,
    later: Later = False,
) -> None:
    """Use a model of the workspace and annotate anew what it changes.

    Example: nuanqun models use 2 --workspace w
    """
    from nuanqun import own_models

    store, settings = _open(workspace)
    own_models.use(store, number, COMMAND_LINE)
    _annotate(store, settings, later)
    typer.echo(f"model {number} is in use", err=True)


@app.command("rollback")
def rollback_command(workspace: Workspace = DEFAULT_WORKSPACE, later: Later = False) -> None:
    """Go back to the model that was in use before, and annotate anew.

    Example: nuanqun models rollback --workspace w
    """
    from nuanqun import own_models

    store, settings = _open(workspace)
    model = own_models.rollback(store, COMMAND_LINE)
    _annotate(store, settings, later)
    typer.echo(f"model {model.number} is in use", err=True)


def _open(workspace: Any) -> tuple[Store, Settings]:
    settings = settings_of(workspace)
    return Store(workspace, settings.store), settings


def _annotate(store: Store, settings: Settings, later: bool, quiet: bool = False) -> None:
    from nuanqun.pipeline import RunReport, work_out

    if later:
        typer.echo("the next `nuanqun analyze` annotates anew", err=True)
        return
    with progress_bar(quiet) as progress:
        work_out(store, RunReport(), settings, progress=progress)
