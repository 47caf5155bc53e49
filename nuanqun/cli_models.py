"""Commands about models: classify texts, score a head, train what is shipped."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from nuanqun.cli_options import AsJson, print_json, settings_of

app = typer.Typer()
train = typer.Typer(no_args_is_help=True, help="Train what is shipped in models/.")
app.add_typer(train, name="train")


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

    rows = classify_file(input, output, column=column, settings=settings_of(None).nlp)
    typer.echo(f"{rows} rows -> {output}", err=True)


@app.command()
def evaluate(
    data_file: Annotated[Path, typer.Option("--data", help="Parquet file (text, label), or with --all a folder.")],
    task: Annotated[str, typer.Argument(help="ads, sentiment, emotion, topic, toxicity or question.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every head on every file of the folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score a head against labelled rows, or all heads against a folder of them, with bootstrap intervals.

    Example: nuanqun evaluate ads --data labelled.parquet --json
    """
    from nlp.qualities import QUALITIES
    from nuanqun.files import evaluate_file, evaluate_folder

    if bool(task) == everything:
        raise typer.BadParameter("name a task, or --all with a folder: nuanqun evaluate ads --data labelled.parquet")
    settings = settings_of(None).nlp
    result = evaluate_folder(data_file, settings) if everything else evaluate_file(task, data_file, settings)
    if as_json:
        print_json(result)
        return
    for row in result.get("rows", ()):
        typer.echo(f"{row['task']} {row['file']} n={row['n']} accuracy={row['accuracy']} macro_f1={row['macro_f1']}")
    for row in result.get("aims", ()):
        met = {True: "met", False: "missed", None: row.get("reason", "")}[row["met"]]
        typer.echo(f"aim: {row['what']} ({row['file']}) {row['aim']}: {row['ours']} {row.get('ci95', '')} {met}")
    for row in result.get("qualities", ()):
        parts = (f"{q} {row[q]['accuracy']} (agrees {row[q]['agrees']}, loses {row[q]['loss']})" for q in QUALITIES)
        typer.echo(f"{row['task']}: asked {row['asked']}; {'; '.join(parts)}")
    for name, value in () if everything else result.items():
        typer.echo(f"{name}: {value}")


@train.command("light")
def train_light_command(
    data_folder: Annotated[Path, typer.Option("--data", help="Folder with labelled/ and unlabelled/.")],
    out: Annotated[Path, typer.Option(help="Folder for weights, config and model card.")] = Path("models/light"),
    seed: Annotated[int, typer.Option(help="Same seed, same data: same weights.")] = 1,
    strangers: Annotated[bool, typer.Option(help="Also measure on left-out sources: three more trainings.")] = False,
    teacher: Annotated[
        Path | None, typer.Option(help="Tuned encoder: learn from what it and the light model before say together.")
    ] = None,
    light: Annotated[Path, typer.Option(help="The light model before, beside the teacher.")] = Path("models/light"),
) -> None:
    """Train the light model and its heads; with a teacher, also how far the new light model asks it.

    Example: nuanqun train light --data data-folder --teacher models/encoder
    """
    from nlp.fit_cascade import fit_cascade
    from nlp.train import train_light

    pair = (light, teacher) if teacher else None
    train_light(data_folder, out, seed=seed, strangers=strangers, teacher=pair)
    if teacher:
        for name, row in fit_cascade(data_folder, out, teacher, seed=seed).items():
            typer.echo(f"{name}: {row}", err=True)


@train.command("encoder")
def train_encoder_command(
    data_folder: Annotated[Path, typer.Option("--data", help="Folder with unlabelled/, pretrain/ and labelled/.")],
    out: Annotated[Path, typer.Option(help="Folder for the encoder and its checkpoints.")] = Path("models/encoder"),
    cache: Annotated[Path, typer.Option(help="Folder for the token ids, made once.")] = Path("encoder-cache"),
    layers: Annotated[int, typer.Option(help="Transformer layers.")] = 3,
    width: Annotated[int, typer.Option(help="Numbers a token.")] = 256,
    tokens: Annotated[float, typer.Option(help="Millions of tokens to train on.")] = 100.0,
    minutes: Annotated[float, typer.Option(help="Stop after so many minutes; 0 = at the tokens.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same weights.")] = 1,
) -> None:
    """Pre-train our Chinese chat encoder by masked language modelling; goes on from its checkpoint.

    Example: nuanqun train encoder --data data-folder --out encoder --minutes 120
    """
    from nlp.pretrain import PretrainSettings, pretrain
    from nlp.pretrain_data import prepare_texts

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = PretrainSettings(layers=layers, width=width, tokens=int(tokens * 1e6), minutes=minutes, seed=seed)
    report = pretrain(prepare_texts(data_folder, cache, seed=seed), out, settings)
    typer.echo(f"{report['tokens'] / 1e6:.1f} M tokens, loss {report['loss']:.3f} -> {out}", err=True)


@train.command("heads")
def train_heads_command(
    data_folder: Annotated[Path, typer.Option("--data", help="Folder with labelled/ and unlabelled/.")],
    encoder: Annotated[str, typer.Option(help="Encoder folder: ours, or any Hugging Face encoder.")] = "encoder",
    out: Annotated[Path, typer.Option(help="Folder for the tuned encoder and its heads.")] = Path("models/encoder"),
    light: Annotated[Path, typer.Option(help="Light model that it answers beside.")] = Path("models/light"),
    rows: Annotated[int, typer.Option(help="Training rows over all heads.")] = 160_000,
    minutes: Annotated[float, typer.Option(help="Stop after so many minutes; 0 = at the rows.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same weights.")] = 1,
) -> None:
    """Fit every head on an encoder, and the encoder with them; then how far the light model asks it.

    Example: nuanqun train heads --data data-folder --encoder encoder --out models/encoder
    """
    from nlp.finetune import HeadSettings, train_heads
    from nlp.fit_cascade import fit_cascade

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = HeadSettings(rows=rows, minutes=minutes)
    report = train_heads(data_folder, encoder, out, seed=seed, settings=settings)
    typer.echo(f"dev accuracy by head: {report} -> {out}", err=True)
    fitted = fit_cascade(data_folder, light, out, seed=seed)
    for name, row in fitted.items():
        typer.echo(f"{name}: {row}", err=True)


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


@train.command("replies")
def train_replies_command(
    data_folder: Annotated[Path, typer.Option("--data", help="Folder of histories with its reply/ folder.")],
    out: Annotated[Path, typer.Option(help="Folder for weights and model card.")] = Path("models/replies"),
    seed: Annotated[int, typer.Option(help="Same seed, same data: same weights.")] = 0,
) -> None:
    """Train the networks that link replies.

    Example: nuanqun train replies --data groups
    """
    from nuanqun.train_replies import train_replies

    train_replies(data_folder, out, seed=seed, say=lambda line: typer.echo(line, err=True))


@train.command("outlook")
def train_outlook_command(
    histories: Annotated[Path, typer.Option("--histories", help="Folder of group histories (Parquet).")],
    out: Annotated[Path, typer.Option(help="Folder that holds forecast/ and churn/.")] = Path("models"),
) -> None:
    """Train the forecast of volume and the risk of losing a member.

    Example: nuanqun train outlook --histories groups
    """
    from community.train_outlook import train_outlook

    print_json(train_outlook(histories, out))


@train.command("influence")
def train_influence_command(
    histories: Annotated[Path, typer.Option("--histories", help="Folder of group histories (Parquet).")],
    out: Annotated[Path, typer.Option(help="Folder for weights and model card.")] = Path("models/influence"),
) -> None:
    """Train the number that ranks influence.

    Example: nuanqun train influence --histories groups
    """
    from community.train_influence import train_influence

    print_json(train_influence(histories, out))
