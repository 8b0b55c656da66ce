"""`vitrina fraud models`, `train`, `hours`, `promote`, `retire`: the model; `limits`."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli import installation, progress, readiness
from core import postgres
from core.errors import ConfigurationError
from core.postgres import Connection
from core.settings import Settings

if TYPE_CHECKING:
    from core.shop.fraud_models import StoredModel
    from pipelines.fraud.past_hours import ScoredHour
    from pipelines.fraud.watching import Watch

app = typer.Typer()
Number = Annotated[int, typer.Argument(min=1, help="The model's number, as `models` shows it.")]
Result = TypeVar("Result")
_OPERATOR = "the operator"
_SHOWN = 20  # hours


@app.command()
def models() -> None:
    """The models, how good they are on later weeks, what has drifted, how right the queue is."""
    from core.shop import fraud_models
    from pipelines.clickhouse import ClickHouse
    from pipelines.fraud.watching import watch
    from pipelines.postgres import Postgres

    settings = installation.settings()
    readiness.require_stores(settings)
    stores, now = Postgres(lambda: settings), datetime.now(UTC)
    stored = stores.run(fraud_models.listed)
    if not stored:
        typer.echo("no model has been trained: `vitrina fraud train`, or wait for the night")
    for model in stored:
        typer.echo(_line(model))
    progress.report("watching")
    labels = stores.run(partial(fraud_models.known_labels, until=now))
    seen = watch(ClickHouse(lambda: settings), stores.run(fraud_models.scoring), labels, now)
    for line in _seen(seen):
        typer.echo(line)


def _line(model: "StoredModel") -> str:
    found = [
        f"{model.id:>3} {model.state:9} trained {model.trained_at:%Y-%m-%d %H:%M} on "
        f"{model.labels} decisions ({model.frauds} confirmed) of {model.shops} shops"
    ]
    if model.trained_at - model.window_until > timedelta(hours=1):
        found.append(f"of what was known by {model.window_until:%Y-%m-%d}")
    metrics = model.metrics
    if metrics:
        found.append(
            f"on {metrics['tested']} later ones ({metrics['tested_frauds']} confirmed): AUROC "
            f"{metrics['auroc']:.3f}, average precision {metrics['average_precision']:.3f}, the "
            f"rules' {metrics['rules_average_precision']:.3f}"
        )
    else:
        found.append("not measured: too few decisions in the last four weeks")
    if not model.is_calibrated:
        found.append("not calibrated: its scores are no probabilities")
    if model.is_leaking:
        found.append("LEAKAGE? That is too good to be true")
    if model.promoted_at is not None:
        found.append(f"promoted {model.promoted_at:%Y-%m-%d %H:%M} by {model.promoted_by}")
    if model.by_rule and model.state == "shadow":
        found.append(
            "promoted by itself once later weeks show it"
            if model.is_for_rule
            else "to be promoted by itself, but that is left to a person for such a model"
        )
    return "; ".join(found)


def _seen(seen: "Watch") -> Iterator[str]:
    yield from map(str, seen.weeks)
    if seen.is_ready:
        yield "the model in the shadow was better in the last two weeks by more than the spread"
    for number, indices in seen.drift.items():
        worst = list(indices.items())[:3]
        shown = ", ".join(f"{name} {index:.2f}" for name, index in worst) or "too few shoppers"
        yield f"drift of model {number} (PSI, above 0.25 is another world): {shown}"
    for each in seen.precision:
        yield (
            f"queue, week from {each.week:%Y-%m-%d}, {each.rule}: {each.confirmed} of "
            f"{each.decided} confirmed ({each.confirmed / each.decided:.0%})"
        )


@app.command()
def train(
    until: Annotated[
        str, typer.Option(help="YYYY-MM-DD: only on what was known before this day (UTC).")
    ] = "",
) -> None:
    """Trains a model on the queue's decisions now, into the champion's shadow.

    With --until it learns from what was known by then, and scores the days since, so that `models`
    says at once how it would have done in the weeks that followed.
    """
    from pipelines.clickhouse import ClickHouse
    from pipelines.fraud import past_hours
    from pipelines.fraud.model_assets import train_if_due
    from pipelines.postgres import Postgres

    now = datetime.now(UTC)
    at = day_of(until) if until else now
    if at > now:
        raise ConfigurationError(f"--until {until} is to come")
    settings = installation.settings()
    readiness.require_stores(settings)
    progress.report("training")
    clickhouse, stores = ClickHouse(lambda: settings), Postgres(lambda: settings)
    attempt = train_if_due(clickhouse, stores, at, again=True)
    typer.echo(attempt.note)
    if until and attempt.model is not None:
        days = past_hours.days_since(clickhouse, at)
        faults = past_hours.score_by_model(clickhouse, stores, attempt.model, days)
        _say_scored(days, faults)


def _say_scored(days: Sequence[date], faults: Iterator[str]) -> None:
    scored = 0
    for number, fault in enumerate(faults):
        progress.report("days scored by the model", number + 1, len(days))
        scored += not fault
        if fault:
            typer.echo(f"{days[number]}: {fault}", err=True)
    typer.echo(
        f"{scored} of {len(days)} days since then are scored by it, what other models said stays; "
        "that moves nobody, for scores count from a promotion on"
    )


@app.command()
def hours(
    first: Annotated[str, typer.Option("--from", help="YYYY-MM-DD (UTC): the hours from here …")],
    last: Annotated[str, typer.Option("--to", help="… to here, included; default: today.")] = "",
    shop: Annotated[
        int, typer.Option(min=0, help="Only hours in which this shop has events; 0: all.")
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Also those whose scores are there and complete.")
    ] = False,
) -> None:
    """Scores hours of the past that were never scored, as of a history that was brought in.

    The last seven days Dagster does by itself, six hours every ten minutes. An hour that fails
    keeps its former scores and stops no other; verdicts are published in any case, after Ctrl-C,
    too.
    """
    from core.shop import shops
    from pipelines.clickhouse import ClickHouse
    from pipelines.fraud import past_hours

    now = datetime.now(UTC)
    begin = day_of(first)
    end = day_of(last) + timedelta(hours=23) if last else now
    end = min(end, now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1))
    if begin < now - past_hours.KEPT or begin > now:
        raise ConfigurationError(
            f"--from {first}: name a day of the last {past_hours.KEPT.days}, so long are scores "
            "kept"
        )
    if last and end < begin:
        raise ConfigurationError(f"--to {last} is before --from {first}")
    settings = installation.settings()
    readiness.require_stores(settings)
    if shop:
        _changed(lambda connection: shops.get(connection, shop))
    chosen = past_hours.hours_to_score(
        ClickHouse(lambda: settings), begin, end, again=again, shop_id=shop
    )
    _score_hours(settings, chosen)


def _score_hours(settings: Settings, chosen: Sequence[datetime]) -> None:
    """Raises HourFailed at the end, and at once what a store says that is away."""
    from pipelines.fraud import past_hours

    scored, found = 0, 0
    failed: list["ScoredHour"] = []
    progress.report("hours scored", 0, len(chosen))
    try:
        for number, each in enumerate(past_hours.score(settings, chosen), 1):
            progress.report("hours scored", number, len(chosen))
            if each.fault:
                failed.append(each)
                typer.echo(f"{each.hour:%Y-%m-%d %H:00}: {each.fault}", err=True)
                readiness.require_stores(settings)
            else:
                scored, found = scored + 1, found + each.signals
    finally:  # what was scored counts, whatever ended it
        progress.report("publishing the verdicts")
        past_hours.publish(settings)
        typer.echo(f"{scored} hours scored, {found} signals; the verdicts are published")
    if failed:
        shown = ", ".join(f"{each.hour:%Y-%m-%d %H:00}" for each in failed[:_SHOWN])
        more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        raise past_hours.HourFailed(
            f"{len(failed)} of {len(chosen)} hours failed, their former scores stay: {shown}{more}"
        )


def day_of(text: str) -> datetime:
    """The day's beginning in UTC; raises ConfigurationError."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no day: write it as YYYY-MM-DD") from error


@app.command()
def promote(
    number: Number,
    accept_leakage: Annotated[
        bool, typer.Option("--accept-leakage", help="Also one that is too good to be true.")
    ] = False,
    unmeasured: Annotated[
        bool, typer.Option("--unmeasured", help="Also one of which nobody knows how good it is.")
    ] = False,
    by_rule: Annotated[
        bool | None,
        typer.Option(
            "--when-better/--by-hand",
            help="Not now: by itself, once two later weeks show it; or no longer by itself.",
        ),
    ] = None,
) -> None:
    """A model's scores of the hours from now on count; the champion before it retires."""
    from core.shop import fraud_models

    if by_rule is not None and (accept_leakage or unmeasured):
        raise ConfigurationError(
            "--accept-leakage and --unmeasured promote at once: leave out --when-better or "
            "--by-hand. Such models are never promoted by themselves"
        )
    if by_rule is not None:
        found = _changed(partial(fraud_models.let_rule_promote, number=number, by_rule=by_rule))
    else:
        found = _changed(
            partial(
                fraud_models.promote,
                number=number,
                by=_OPERATOR,
                accepts_leakage=accept_leakage,
                accepts_unmeasured=unmeasured,
            )
        )
    typer.echo(_line(found))


@app.command()
def retire(number: Number) -> None:
    """A model's scores are made no more; without a champion rules score alone."""
    from core.shop import fraud_models

    typer.echo(_line(_changed(partial(fraud_models.retire, number=number))))


@app.command()
def limits(
    shop: Annotated[int, typer.Option(min=1, help="The shop's number.")],
    missed: Annotated[int, typer.Option(min=0, help="What a fraud costs that is missed.")] = 0,
    stopped: Annotated[
        int, typer.Option(min=0, help="What an honest shopper costs who is stopped.")
    ] = 0,
    review: Annotated[int, typer.Option(min=0, help="What a look at one case costs.")] = 0,
    reviews_a_day: Annotated[
        int | None, typer.Option(min=0, help="How many cases of a day may wait; 0: all.")
    ] = None,
) -> None:
    """A shop's limits; with costs (of the shop's money) or a number of cases they follow.

    A score is no probability: costs never bring review below 40, nor hold or block below 75.
    """
    from core.shop import fraud_settings, shops

    costs = (missed, stopped, review)
    if any(costs) and not all(costs):
        raise ConfigurationError("limits by cost need all three: --missed, --stopped, --review")

    async def change(connection: Connection) -> str:
        await shops.get(connection, shop)
        if all(costs) or reviews_a_day is not None:
            await fraud_settings.note_change(connection, shop)
        if all(costs):
            at_review, at_block = fraud_settings.limits_by_cost(*costs)
            wanted = fraud_settings.Limits(shop_id=shop, review=at_review, block=at_block)
            await fraud_settings.set_limits(connection, wanted)
        if reviews_a_day is not None:
            await fraud_settings.set_capacity(connection, shop, reviews_a_day or None)
        found = await fraud_settings.limits_of(connection, shop)
        a_day = dict(await fraud_settings.capacities(connection)).get(shop)
        cases = f"{a_day} cases a day, the highest scores" if a_day else "all cases"
        said = f"review from {found.review:g}, hold or block from {found.block:g}; {cases}"
        least = f"{fraud_settings.LEAST_REVIEW:g} and {fraud_settings.LEAST_BLOCK:g}"
        why = f"; a score is no probability, so costs never bring them below {least}"
        return said + why if all(costs) else said

    typer.echo(_changed(change))


def _changed(work: Callable[[Connection], Awaitable[Result]]) -> Result:
    settings = installation.settings()

    async def change() -> Result:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            async with connection.transaction():
                return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(change())
