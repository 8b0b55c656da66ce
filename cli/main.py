"""`vitrina`: one command for each service and operator's task; each calls one function of a
package.

The packages are imported inside the commands, so that an image needs only what it runs.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import (
    backup,
    calendars,
    commands,
    deadletter,
    fraud,
    imprints,
    installation,
    keys,
    modules,
    outputs,
    people,
    products,
    progress,
    readiness,
    shards,
    staff_groups,
    stores,
    templates,
    workers,
)
from cli.doctor import doctor
from cli.export import export
from cli.health import health
from cli.simulate import simulate
from cli.write_keys import intake, write_key
from core.errors import ConfigurationError
from core.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
link = typer.Typer(no_args_is_help=True, help="Secret links to the panel.")
app.add_typer(simulate, name="simulate")
app.add_typer(link, name="link")
app.add_typer(products.app, name="product")
app.command()(intake)
app.command()(export)
app.command()(health)
app.command()(doctor)
app.add_typer(write_key, name="writekey")
app.add_typer(deadletter.app, name="deadletter")
app.add_typer(shards.app, name="shards")
app.add_typer(keys.app, name="keys")
app.add_typer(fraud.app, name="fraud")
app.add_typer(modules.app, name="modules")
app.add_typer(templates.app, name="template")
app.add_typer(staff_groups.app, name="staff")
calendars.app.command()(imprints.imprint)
app.add_typer(calendars.app, name="shop")

DataDir = Annotated[Path, typer.Option(help="Where data, logs and generated secrets are kept.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1.")]


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
    visitors: Annotated[
        float, typer.Option(min=0, help="Of each demo shop in the simulator, a minute.")
    ] = 30,
    stores_only: Annotated[
        bool, typer.Option("--stores-only", help="PostgreSQL and ClickHouse alone, for a restore.")
    ] = False,
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
                visitors=visitors,
                stores_only=stores_only,
            )
        )
    )


@app.command()
def migrate() -> None:
    """Brings both stores to the schema of this version."""
    from core.migrations import Migration, core_scripts
    from core.migrations import migrate as apply
    from core.migrations.replicas import create_database
    from core.modules import Modules

    settings = installation.settings("waiting for another migration to end")
    if settings.clickhouse_cluster:
        asyncio.run(create_database(settings.migrating_clickhouse_url, settings.clickhouse_cluster))
    known = Modules.discover()
    scripts = core_scripts() + known.migrations()

    def watch(script: Migration, done: int, total: int) -> None:
        progress.report(f"migrating {script.store}, {script.name}", done, total)

    applied = asyncio.run(
        apply(
            settings.database_url.get_secret_value(),
            settings.migrating_clickhouse_url,
            scripts,
            watch,
        )
    )
    typer.echo(f"{len(applied)} of {len(scripts)} migrations applied now")
    for line in asyncio.run(modules.leftovers(settings, known)):
        typer.echo(line)


@app.command()
def seed(
    bots: Annotated[int, typer.Option(min=1, max=1000, help="Shops, with a bot each.")] = 2,
    template: Annotated[
        str, typer.Option(help="As `vitrina template list` shows; default: modules that are on.")
    ] = "",
) -> None:
    """Makes the simulator's demo shops, unless they are there."""
    from cli.demo import seed as seed_demo

    settings = installation.settings()
    made = seed_demo(settings, bots, template, progress.report, with_staff=True)
    for line in asyncio.run(made):
        typer.echo(line)


@app.command()
def worker(
    name: Annotated[str, typer.Option(help="Default: host name and process id.")] = "",
) -> None:
    """Runs bots: acquires leases, answers shoppers."""
    from bots.runtime.worker import run
    from cli.service import run_service

    settings = installation.of_service()
    readiness.require_postgres(settings)
    run_service(run(settings, name=name or settings.worker_name))


@app.command()
def shipper() -> None:
    """Ships events from PostgreSQL's outbox to ClickHouse."""
    from cli.service import run_service
    from ingestion.shipper import run

    settings = installation.of_service()
    readiness.require_migrated(settings)
    run_service(run(settings))


@app.command()
def api() -> None:
    """Serves the panel's API and the built dashboard."""
    from api.main import run

    settings = installation.of_service()
    readiness.require_postgres(settings)
    run(settings)


@app.command()
# pylint: disable-next=too-many-locals  # what it imports late counts, too
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

    since, until = _days(day, first, last)
    settings = installation.settings()
    readiness.require_stores(settings)
    if first:
        outcomes = materialise_range(settings, since, until)
        steps = 2 * ((until - since).days + 1)  # two outcomes a day
    else:
        outcomes, steps = iter([materialise_day(settings, since)]), 1
    is_refused = False
    progress.report("days computed", 0, steps)
    for number, outcome in enumerate(outcomes, 1):
        progress.report("days computed", number, steps)
        is_refused |= not outcome.succeeded
        for check_made in outcome.checks:
            verdict = "passed" if check_made.passed else "FAILED"
            typer.echo(f"{verdict}  {check_made.asset}.{check_made.name}  {check_made.description}")
        for table, rows in outcome.rows.items():
            typer.echo(f"{outcome.day}  {table}: {rows} rows")
    raise typer.Exit(1 if is_refused else 0)


def _days(day: str, first: str, last: str) -> tuple[date, date]:
    """The first and the last of the requested days; raises ConfigurationError."""
    for named in filter(None, (day, first, last)):
        _date(named)
    if (day and first) or (last and not first):
        raise ConfigurationError("name one day (--day), or the days --from and --to")
    today = datetime.now(UTC).date()
    if not first:
        return (_date(day),) * 2 if day else (today, today)
    since, until = _date(first), _date(last) if last else today
    if until < since:
        raise ConfigurationError(f"--to {until} is before --from {first}")
    return since, until


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no day: write it as YYYY-MM-DD") from error


@app.command()
def check(
    bot: Annotated[str, typer.Option(help="The bot to buy from.")] = "demo_tea_bot",
    panel: Annotated[str, typer.Option("--link", help="A secret link, if not of --data-dir.")] = "",
    control: Annotated[str, typer.Option(help="The simulator's control port, host:port.")] = "",
) -> None:
    """Buys something as a shopper and looks for the same amount everywhere it must be."""
    from cli.check import run, target

    asyncio.run(run(target(panel, control, installation.folder()), bot=bot))


@link.command("create")
def link_create(
    role: Annotated[Literal["owner", "analyst", "viewer"], typer.Option()] = "owner",
    label: Annotated[str, typer.Option(help="Whose link it is.")] = "owner",
    shops: Annotated[
        str,
        typer.Option("--shops", "--shop", help="Only these, like 1,2. Default: every shop."),
    ] = "",
    expires: Annotated[
        str,
        typer.Option(help="A last day (UTC) like 2026-12-31, or 30d, or 12h. Default: never."),
    ] = "",
) -> None:
    """Makes a secret link and prints its path; it is not shown again."""
    from cli.links import create, expiry, numbers

    if not label.strip():
        raise ConfigurationError("--label is empty: say whose link it is")
    ends = expiry(expires, datetime.now(UTC))
    chosen = numbers(shops)
    made = create(installation.settings(), role=role, label=label, shop_ids=chosen, expires_at=ends)
    typer.echo(f"/enter#{asyncio.run(made)}")


@link.command("list")
def link_list() -> None:
    """The links that open the panel, without their tokens."""
    from cli.links import valid

    for found in asyncio.run(valid(installation.settings())):
        used = f"{found.last_used_at:%Y-%m-%d %H:%M}" if found.last_used_at else "never"
        seen = f"shops {','.join(map(str, found.shop_ids))}" if found.shop_ids else "every shop"
        ends = f"until {found.expires_at:%Y-%m-%d %H:%M} UTC" if found.expires_at else "for good"
        typer.echo(f"{found.id:4}  {found.role:8}  used {used:16}  {found.label}  ({seen}, {ends})")


@link.command("revoke")
def link_revoke(
    number: Annotated[int, typer.Argument(help="As `vitrina link list` shows.")],
) -> None:
    """Ends a link, its sessions and their live streams."""
    from cli.links import revoke

    asyncio.run(revoke(installation.settings(), number))
    typer.echo(f"link {number} is revoked")


@link.command("rotate")
def link_rotate(
    number: Annotated[int, typer.Argument(help="As `vitrina link list` shows.")],
    overlap: Annotated[
        str, typer.Option(help="How long the old one still opens, like 30m, 2h or 7d. Default: 0.")
    ] = "",
) -> None:
    """Replaces a link by a new one of the same rights and prints its path."""
    from cli.links import duration, rotate

    long = duration(overlap)
    typer.echo(f"/enter#{asyncio.run(rotate(installation.settings(), number, long))}")


@link.command("chats")
def link_chats() -> None:
    """Owners' chats with their bots, in which dangerous actions are confirmed."""
    from cli.links import chats

    for chat in asyncio.run(chats(installation.settings())):
        typer.echo(f"{chat.bot_id}  {chat.telegram_id}  {chat.name}  (link {chat.link_id})")


@link.command("code")
def link_code(
    bot: Annotated[int, typer.Argument(help="The number of a bot that answers.")],
    number: Annotated[int, typer.Argument(help="An owner's link, as `vitrina link list` shows.")],
    panel: Annotated[str, typer.Option(help="Where the owner opens it: https://shop.example")],
) -> None:
    """Makes a code that binds an owner's chat with a bot, without the panel."""
    from cli.links import owner_code

    code = asyncio.run(owner_code(installation.settings(), bot, number, panel.rstrip("/")))
    typer.echo(
        f"send this to the bot, in the chat with it alone, within half an hour:\n/owner {code}"
    )


@link.command("unbind")
def link_unbind(
    bot: Annotated[int, typer.Argument(help="The bot's number, as `vitrina link chats` shows.")],
    person: Annotated[int, typer.Argument(help="The person's Telegram id.")],
) -> None:
    """Takes an owner's chat its rights, as when the Telegram account is lost."""
    from cli.links import unbind

    asyncio.run(unbind(installation.settings(), bot, person))
    typer.echo(f"the chat of {person} with bot {bot} is unbound")


@link.command("ensure")
def link_ensure(
    file: Annotated[
        Path, typer.Option(help="Where the token is kept, readable by its owner only.")
    ],
) -> None:
    """Makes the owner's link unless the file holds one that still opens the panel."""
    from cli.links import ensure

    outputs.require_writable(file)
    asyncio.run(ensure(installation.settings(), file))


stores.register(app)
people.register(app)
workers.register(app)
backup.register(app)
commands.finish(app)
