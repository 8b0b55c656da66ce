"""`vitrina`: one command a service or an operator's task; each calls one function of a package.

The packages are imported inside the commands, so that an image needs only what it runs.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

import asyncio
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from cli import deadletter, fraud, shards, stores, workers
from cli.export import export
from cli.intake import intake, write_key
from cli.simulate import simulate
from core import log
from core.errors import ConfigurationError, VitrinaError
from core.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
link = typer.Typer(no_args_is_help=True, help="Secret links to the panel.")
app.add_typer(simulate, name="simulate")
app.add_typer(link, name="link")
product = typer.Typer(no_args_is_help=True, help="What a shop sells.")
app.add_typer(product, name="product")
app.command()(intake)
app.command()(export)
app.add_typer(write_key, name="writekey")
app.add_typer(deadletter.app, name="deadletter")
app.add_typer(shards.app, name="shards")
app.add_typer(fraud.app, name="fraud")

DataDir = Annotated[Path, typer.Option(help="Where data, logs and generated secrets are kept.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1.")]


def _settings() -> Settings:
    settings = Settings()
    log.configure(settings)
    return settings


@app.command()
def up(
    data_dir: DataDir = Path(".vitrina"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The panel's port.")] = 8080,
    simulator: Annotated[
        bool | None,
        typer.Option(
            help="Telegram's simulator with demo shops. Default: unless an API id is set."
        ),
    ] = None,
    dagster_web: Annotated[bool, typer.Option(help="Dagster's web page.")] = True,
) -> None:
    """Runs the whole system on this machine, in the foreground."""
    from local.stack import UpOptions
    from local.stack import up as run_stack

    settings = Settings()
    use_simulator = settings.telegram_api_id is None if simulator is None else simulator
    if not use_simulator and not settings.telegram_server:
        if settings.telegram_api_id is None or settings.telegram_api_hash is None:
            raise ConfigurationError(
                "Telegram itself needs your application's VITRINA_TELEGRAM_API_ID and "
                "VITRINA_TELEGRAM_API_HASH, from https://my.telegram.org: set both, or run with "
                "--simulator"
            )
    raise typer.Exit(
        run_stack(
            UpOptions(
                data_dir=data_dir.resolve(),
                port=port,
                simulator=use_simulator,
                dagster_web=dagster_web,
            )
        )
    )


@app.command()
def migrate() -> None:
    """Brings both stores to the schema of this version."""
    from core.migrations import core_scripts
    from core.migrations import migrate as apply
    from core.modules import Modules

    settings = _settings()
    scripts = core_scripts() + Modules.discover().migrations()
    applied = asyncio.run(
        apply(
            settings.database_url.get_secret_value(),
            settings.clickhouse_url.get_secret_value(),
            scripts,
        )
    )
    typer.echo(f"{len(applied)} of {len(scripts)} migrations applied now")


@app.command()
def seed(
    bots: Annotated[int, typer.Option(min=1, max=1000, help="Shops, with a bot each.")] = 2,
) -> None:
    """Makes the simulator's demo shops, unless they are there."""
    from cli.demo import seed as seed_demo

    for line in asyncio.run(seed_demo(_settings(), bots)):
        typer.echo(line)


@app.command()
def worker(
    name: Annotated[str, typer.Option(help="Default: host name and process id.")] = "",
) -> None:
    """Runs bots: takes leases, answers shoppers."""
    from bots.runtime.worker import run
    from cli.service import run_service

    settings = _settings()
    run_service(run(settings, name=name or settings.worker_name))


@app.command()
def shipper() -> None:
    """Ships events from PostgreSQL's outbox to ClickHouse."""
    from cli.service import run_service
    from ingestion.shipper import run

    run_service(run(_settings()))


@app.command()
def api() -> None:
    """Serves the panel's API and the built dashboard."""
    from api.main import run

    run(_settings())


@app.command()
def kpi(
    day: Annotated[str, typer.Option(help="YYYY-MM-DD; default: today, UTC.")] = "",
    first: Annotated[
        str, typer.Option("--from", help="YYYY-MM-DD: every table of the days from here …")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="… to here, included; default: today.")] = "",
) -> None:
    """Computes one day's shop figures now, as the Dagster schedule does, or every table of many
    days."""
    from pipelines.kpis.materialise import materialise_day, materialise_range

    if (day and first) or (last and not first):
        raise ConfigurationError("name one day (--day), or the days --from and --to")
    settings, today = _settings(), datetime.now(UTC).date()
    if first:
        until = _date(last) if last else today
        if until < _date(first):
            raise ConfigurationError(f"--to {until} is before --from {first}")
        outcomes = materialise_range(settings, _date(first), until)
    else:
        outcomes = iter([materialise_day(settings, _date(day) if day else today)])
    is_refused = False
    for outcome in outcomes:
        is_refused |= not outcome.succeeded
        for check_made in outcome.checks:
            verdict = "passed" if check_made.passed else "FAILED"
            typer.echo(f"{verdict}  {check_made.asset}.{check_made.name}  {check_made.description}")
        for table, rows in outcome.rows.items():
            typer.echo(f"{outcome.day}  {table}: {rows} rows")
    raise typer.Exit(1 if is_refused else 0)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no day: write it as YYYY-MM-DD") from error


@app.command()
def check(
    bot: Annotated[str, typer.Option(help="The bot to buy from.")] = "demo_tea_bot",
    data_dir: DataDir = Path(".vitrina"),
    panel: Annotated[str, typer.Option("--link", help="A secret link, if not of --data-dir.")] = "",
    control: Annotated[str, typer.Option(help="The simulator's control port, host:port.")] = "",
) -> None:
    """Buys something as a shopper and looks for the same amount everywhere it must be."""
    from cli.check import run, target

    checked = target(panel, control, data_dir)
    log.configure(checked.settings)
    asyncio.run(run(checked, bot=bot))


@link.command("create")
def link_create(
    role: Annotated[Literal["owner", "analyst", "viewer"], typer.Option()] = "owner",
    label: Annotated[str, typer.Option(help="Whose link it is.")] = "owner",
) -> None:
    """Makes a secret link and prints its path; it is not shown again."""
    from cli.links import create

    typer.echo(f"/enter#{asyncio.run(create(_settings(), role=role, label=label))}")


@link.command("list")
def link_list() -> None:
    """The links that open the panel, without their tokens."""
    from cli.links import valid

    for found in asyncio.run(valid(_settings())):
        used = f"{found.last_used_at:%Y-%m-%d %H:%M}" if found.last_used_at else "never"
        typer.echo(f"{found.id:4}  {found.role:8}  used {used:16}  {found.label}")


@link.command("revoke")
def link_revoke(
    number: Annotated[int, typer.Argument(help="As `vitrina link list` shows.")],
) -> None:
    """Ends a link, its sessions and their live streams."""
    from cli.links import revoke

    asyncio.run(revoke(_settings(), number))
    typer.echo(f"link {number} opens nothing any more")


@link.command("ensure")
def link_ensure(
    file: Annotated[
        Path, typer.Option(help="Where the token is kept, readable by its owner only.")
    ],
) -> None:
    """Makes the owner's link unless the file holds one that still opens the panel."""
    from cli.links import ensure

    asyncio.run(ensure(_settings(), file))


@product.command("add")
def product_add(
    shop: Annotated[int, typer.Option(help="The shop's number; the panel's address shows it.")],
    title: Annotated[str, typer.Option(help="At most 32 characters.")],
    price: Annotated[
        int, typer.Option(help="In minor units of the shop's currency; Stars: whole.")
    ],
    description: Annotated[str, typer.Option(help="At most 255 characters.")] = "",
    stock: Annotated[
        int | None, typer.Option(help="How many there are; default: no limit.")
    ] = None,
) -> None:
    """Puts a product on sale, until the panel has a screen for it."""
    from cli.products import add

    added = asyncio.run(
        add(
            _settings(),
            shop_id=shop,
            title=title,
            price_minor=price,
            description=description,
            stock=stock,
        )
    )
    typer.echo(f"product {added.id}: {added.title}, {added.price}")


stores.register(app)
workers.register(app)


def main() -> None:
    """The entry point: errors that a person can mend are one line, not a traceback."""
    try:
        app()
    except ValidationError as error:
        sys.exit(f"vitrina: {_in_words(error)}")
    except VitrinaError as error:
        sys.exit(f"vitrina: {error.detail}")


def _in_words(error: ValidationError) -> str:
    """Each wrong value by the name that a person gave it by."""
    of_settings = error.title == Settings.__name__
    parts = []
    for problem in error.errors():
        name = "_".join(map(str, problem["loc"]))
        parts.append(f"{f'VITRINA_{name.upper()}' if of_settings else name}: {problem['msg']}")
    return "; ".join(parts)
