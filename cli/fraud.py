"""`vitrina fraud …`: scores of any transactions, previews of rules, the evaluation."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import durations, fraud_labels, fraud_models, installation, outputs, progress, readiness
from core import postgres
from core.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    import polars as pl

    from pipelines.fraud.preview import Preview

app = typer.Typer(no_args_is_help=True, help="Fraud: scores, rules, and how good they are.")
app.add_typer(fraud_labels.app)
app.add_typer(fraud_models.app)


@app.command()
def score(
    source: Annotated[Path, typer.Option("--input", help="Transactions: .parquet or .csv.")],
    columns: Annotated[
        str,
        typer.Option("--map", help="entity=…,time=…,amount=…,counterparty=…; the last is optional"),
    ],
    output: Annotated[Path, typer.Option(help="Where they go with scores: .parquet or .csv.")],
    delimiter: Annotated[
        str, typer.Option(help="Between the columns of a .csv; \\t is a tab.")
    ] = ",",
    decimal: Annotated[Literal[".", ","], typer.Option(help="Of amounts in a .csv.")] = ".",
    dates: Annotated[
        Literal["iso", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy"],
        typer.Option(help="How a .csv writes days."),
    ] = "iso",
    labels: Annotated[
        str, typer.Option(help="The column that says which were fraud: 1, 0, or empty.")
    ] = "",
    label_delay: Annotated[
        str, typer.Option(help="How long after a transaction its label was known: 7d, 36h, 90m.")
    ] = "7d",
) -> None:
    """Scores any transactions, ours or another system's, by what was known at the time of each.

    With --labels a model is trained every seven days of the file's time, on the labels known by
    then, and scores what follows.
    """
    import polars as pl

    from pipelines.fraud.foreign import Reading, read_as

    _kind(output)
    outputs.require_writable(output)
    progress.begin(f"reading {source.name}")
    delay = durations.seconds_of("--label-delay", label_delay)
    given = _read(source, delimiter)
    rows = read_as(given, _mapping(columns), Reading(decimal, dates))
    progress.report(f"scoring {rows.height:,} transactions")
    scored = _scored(rows, given, labels, delay)
    progress.report(f"writing {output.name}")
    _write(scored, output)
    typer.echo(
        f"{scored.height} transactions of {scored['entity'].n_unique()} entities; "
        f"{scored.filter(pl.col('score') >= 75).height} at 75 or above: {output}"
    )


def _scored(
    rows: "pl.DataFrame", given: "pl.DataFrame", labels: str, delay: float
) -> "pl.DataFrame":
    from pipelines.fraud import transactions

    if not labels:
        return transactions.score(rows)
    from pipelines.fraud import late_labels
    from pipelines.fraud.foreign import labels_of

    scored, walk = late_labels.score(rows, labels_of(given, labels), timedelta(seconds=delay))
    for line in walk.lines():
        typer.echo(line)
    return scored


def _mapping(text: str) -> dict[str, str]:
    mapped = {}
    for part in text.split(","):
        name, equals, column = part.partition("=")
        if not (name.strip() and equals and column.strip()):
            raise ConfigurationError(
                f"--map {part!r}: write it as entity=COLUMN,time=COLUMN,amount=COLUMN"
            )
        mapped[name.strip()] = column.strip()
    return mapped


def _kind(file: Path) -> str:
    if file.suffix not in (".parquet", ".csv"):
        raise ConfigurationError(f"{file}: give a .parquet or a .csv file")
    return file.suffix


def _read(file: Path, delimiter: str) -> "pl.DataFrame":
    import polars as pl

    separator = delimiter.replace("\\t", "\t")
    if len(separator.encode()) != 1:
        raise ConfigurationError(f"--delimiter {delimiter!r}: give one character, or \\t")
    if not file.is_file():
        raise ConfigurationError(f"there is no file {file}")
    try:
        if _kind(file) == ".parquet":
            return pl.read_parquet(file)
        # Everything as text: 007 stays 007, and other columns go out as they came in.
        return pl.read_csv(file, infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        doubt = "" if file.suffix == ".parquet" else f" with {separator!r} (another --delimiter?)"
        raise ConfigurationError(f"{file} cannot be read{doubt}: {reason}") from error


def _write(rows: "pl.DataFrame", file: Path) -> None:
    with outputs.draft_of(file) as draft:
        if _kind(file) == ".parquet":
            rows.write_parquet(draft)
        else:
            rows.write_csv(draft)


@app.command()
# pylint: disable-next=too-many-locals  # what it imports late counts, too
def preview(
    rule: Annotated[str, typer.Argument(help="The rule's key; without: every rule.")] = "",
    threshold: Annotated[
        float | None, typer.Option(min=0, help="Another threshold than the shop's or the rule's.")
    ] = None,
    shop: Annotated[int, typer.Option(min=0, help="The shop's number; 0: all shops.")] = 0,
) -> None:
    """How many of last week's users a rule would have hit."""
    from core.fraud_rules import BY_KEY
    from core.shop import fraud_settings, shops
    from core.shop.fraud_models import previewed
    from pipelines.clickhouse import ClickHouse
    from pipelines.fraud.preview import preview as preview_of
    from pipelines.postgres import Postgres

    if threshold is not None and not rule:
        raise ConfigurationError("a threshold needs its rule: name it")
    settings = installation.settings()
    clickhouse = ClickHouse(lambda: settings)
    readiness.require_stores(settings)
    stores, now = Postgres(lambda: settings), datetime.now(UTC)
    if shop:
        stores.run(lambda connection: shops.get(connection, shop))
    changes, model = stores.run(fraud_settings.changes), stores.run(previewed)
    chosen = [rule] if rule else list(BY_KEY)
    for key in chosen:
        progress.report(f"rule {key}", chosen.index(key), len(chosen))
        seen = preview_of(
            *(clickhouse, key, now),
            threshold=threshold,
            shop_id=shop,
            changes=changes,
            model=model,
        )
        typer.echo(_previewed(seen))


def _previewed(seen: "Preview") -> str:
    share = "–" if seen.share is None else f"{seen.share:.1%}"
    return (
        f"{seen.rule.key:20} from {seen.threshold:g} on: would have hit {share} of last week's "
        f"users ({seen.hits} of {seen.users}). {seen.rule.title.en}"
    )


@app.command()
def evaluate(
    truth: Annotated[Path | None, typer.Option(help="A simulator's folder `truth`.")] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="What people decided in the review queue, instead.")
    ] = False,
    plots: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("fraud-evaluation"),
    label_delay: Annotated[
        float, typer.Option(min=0, help="Seconds until a truth is known, for the model.")
    ] = 3600,
) -> None:
    """Compares the stored scores with people whose truth is known."""
    from pipelines.clickhouse import ClickHouse
    from pipelines.fraud import against_truth
    from pipelines.fraud.evaluation import lines
    from pipelines.postgres import Postgres

    if (truth is None) is not labels:
        raise ConfigurationError("name what to compare with: --truth FOLDER, or --labels")
    settings = installation.settings()
    readiness.require_stores(settings)
    stores = Postgres(lambda: settings)
    people = (
        against_truth.by_labels(stores)
        if truth is None
        else against_truth.by_truth(stores, truth, timedelta(seconds=label_delay))
    )
    made = against_truth.evaluate(ClickHouse(lambda: settings), people, plots)
    for line in lines(made.rules):
        typer.echo(line)
    if made.model is None:
        typer.echo(f"no model: {made.no_model}")
    else:
        typer.echo(
            f"model, trained on the first {made.model.trained_on} people, evaluated on later ones:"
        )
        typer.echo(lines([made.model.quality])[1])
        if made.model.is_leaking:
            typer.echo("LEAKAGE? The model's AUROC is above 0.99: too good to be true.")
    typer.echo(f"pictures: {', '.join(str(file) for file in made.pictures)}")


@app.command()
def snooze(
    shop: Annotated[int, typer.Option(min=1, help="The shop's number.")],
    buyer: Annotated[int, typer.Option(min=1, help="The shopper's number in it.")],
    rule: Annotated[str, typer.Option(help="The rule's key.")],
    days: Annotated[float, typer.Option(min=0.01, max=365)] = 7,
) -> None:
    """Ignores a rule for a shopper for some days."""
    from core.fraud_rules import BY_KEY
    from core.shop import risk, shops

    if rule not in BY_KEY:
        raise NotFound(f"there is no rule {rule}: there are {', '.join(sorted(BY_KEY))}")
    until = datetime.now(UTC) + timedelta(days=days)
    settings = installation.settings()

    async def put() -> None:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            await shops.get(connection, shop)
            async with connection.transaction():
                await risk.snooze(connection, shop, buyer, rule, until)
        finally:
            await connection.close()

    asyncio.run(put())
    typer.echo(f"{rule} does not count for shopper {buyer} of shop {shop} until {until:%Y-%m-%d}")
