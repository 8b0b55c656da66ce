"""`vitrina simulate …`: Telegram in a box, its people, and what they see."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import installation, outputs, progress
from cli.inputs import text_of
from core import log
from core.errors import ConfigurationError
from core.settings import Settings

if TYPE_CHECKING:
    from simulator.load import LoadOptions

simulate = typer.Typer(no_args_is_help=True, help="Telegram in a box: a server and its shoppers.")

DataDir = Annotated[Path, typer.Option(help="The simulator's folder: its books, key and truth.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port on --host; 0: any.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Seed = Annotated[int, typer.Option(help="Of the people and their choices.")]
Mix = Annotated[
    str, typer.Option(help="Weights of honest people, such as buyer=30,visitor=10; default: all.")
]
Abuse = Annotated[float, typer.Option(min=0, max=1, help="Share of abusers among who comes.")]
Abuses = Annotated[
    str, typer.Option(help="Weights of abuses, such as flood=1,hoard=2; default: all alike.")
]
Limits = Annotated[
    bool, typer.Option(help="Telegram's limits on what a bot sends: 30/s, 1/s a chat.")
]
UpDir = Annotated[
    Path, typer.Option(help="The folder of the `vitrina up` whose simulator is meant.")
]
Control = Annotated[
    str, typer.Option(help="The simulator's control port, host:port, if not of --data-dir.")
]


@simulate.command("serve")
# pylint: disable-next=too-many-locals  # one for each option
def serve(
    data_dir: DataDir = Path(".vitrina/simulator"),
    port: Port = 4430,
    control_port: Port = 4431,
    host: Host = "127.0.0.1",
    shops: Annotated[int, typer.Option(min=0, max=1000, help="Demo bots.")] = 2,
    visitors: Annotated[float, typer.Option(min=0, help="Visitors a minute, each shop.")] = 30,
    shoppers: Annotated[
        int, typer.Option(min=0, help="Instead: so many people who come again and again.")
    ] = 0,
    pause: Annotated[float, typer.Option(min=0.01, help="Seconds between their visits.")] = 10,
    seed: Seed = 1,
    mix: Mix = "",
    abuse: Abuse = 0.01,
    abuses: Abuses = "",
    limits: Limits = True,
    data_centre: Annotated[
        list[int] | None,
        typer.Option(min=1, max=5, help="A data centre's number; again for each further one."),
    ] = None,
) -> None:
    """Runs the simulator: an MTProto server with demo bots and scripted shoppers."""
    from cli.service import run_service
    from simulator.server import serve as run
    from simulator.simulator import SimulatorOptions

    log.configure(Settings())
    options = SimulatorOptions(
        host=host,
        port=port,
        control_port=control_port,
        data_dir=data_dir,
        shops=shops,
        seed=seed,
        visitors_per_minute=visitors,
        shoppers=shoppers,
        pause_seconds=pause,
        crowd=_crowd(mix, abuse, abuses),
        limits=limits,
        data_centres=tuple(data_centre or [2]),
    )
    run_service(run(options))


@simulate.command("load")
# pylint: disable-next=too-many-locals  # one for each option
def load(
    data_dir: DataDir = Path(".vitrina/simulator"),
    port: Port = 4430,
    control_port: Port = 4431,
    host: Host = "127.0.0.1",
    bots: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    shoppers: Annotated[int, typer.Option(min=1, help="Over all bots.")] = 1000,
    seconds: Annotated[float, typer.Option(min=0.1, help="Once the bots are connected.")] = 60,
    pause: Annotated[float, typer.Option(min=0.01, help="Seconds between a person's visits.")] = 60,
    think: Annotated[float, typer.Option(min=0.01, help="Seconds before each deed.")] = 0.8,
    wait: Annotated[float, typer.Option(min=0, help="Seconds for the bots to connect.")] = 300,
    settle: Annotated[float, typer.Option(min=0, help="Seconds for the last receipts.")] = 60,
    seed: Seed = 1,
    mix: Mix = "",
    abuse: Abuse = 0.01,
    abuses: Abuses = "",
    limits: Limits = True,
    report: Annotated[Path | None, typer.Option(help="Where the figures go, as JSON.")] = None,
) -> None:
    """Runs the simulator with a number of shoppers for a time, and prints the figures.

    If it is interrupted, it continues when started again on its folder. `vitrina seed --bots` makes
    the shops.
    """
    from cli.service import run_to_end
    from simulator.load import LoadOptions
    from simulator.simulator import SimulatorOptions

    if report is not None:
        outputs.require_writable(report)
    log.configure(Settings())
    options = LoadOptions(
        simulator=SimulatorOptions(
            host=host,
            port=port,
            control_port=control_port,
            data_dir=data_dir,
            shops=bots,
            seed=seed,
            shoppers=shoppers,
            pause_seconds=pause,
            crowd=_crowd(mix, abuse, abuses, thinking_seconds=think),
            limits=limits,
        ),
        seconds=seconds,
        wait_seconds=wait,
        settle_seconds=settle,
    )
    progress.begin("waiting for bots")
    run_to_end(_load_and_print(options, report))


async def _load_and_print(options: "LoadOptions", report: Path | None) -> None:
    from simulator.load import lines
    from simulator.load import load as run

    figures = await run(options, typer.echo, progress.report)
    for line in lines(figures):
        typer.echo(line)
    if report is not None:
        with outputs.draft_of(report) as draft:
            draft.write_text(figures.model_dump_json(indent=1), "utf-8")


@simulate.command("truth")
def truth_of(data_dir: DataDir = Path(".vitrina/simulator")) -> None:
    """Totals of the scripted people's truth, as JSON; also while it is being written."""
    from simulator.crowd import truth
    from simulator.crowd.totals import totals_of

    folder = data_dir / truth.FOLDER
    if not truth.files(folder):
        raise ConfigurationError(f"{folder} holds no truth: name a simulator's --data-dir")
    typer.echo(totals_of(truth.read(folder)).model_dump_json(indent=1))


@simulate.command("compare")
def compare(
    link: Annotated[str, typer.Option(help="A secret link, if not of --data-dir.")] = "",
    control: Control = "",
    truth_dir: Annotated[
        Path | None, typer.Option(help="The folder of the truth, if not of --data-dir.")
    ] = None,
    data_dir: UpDir = Path(".vitrina"),
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Also each metric of docs/metrics.md, of a first day.")
    ] = False,
) -> None:
    """Sets what the people did today against the events, the daily tables and the panel. Nobody is
    let into the shops meanwhile. Exit code 1 if a figure differs."""
    from cli.check import target
    from cli.crowd_figures import run
    from cli.service import run_to_end
    from simulator.crowd import truth

    folder = truth_dir or data_dir / "simulator" / truth.FOLDER
    # The doors open again, also on SIGTERM.
    run_to_end(run(target(link, control, data_dir), folder, of_docs=metrics))


@simulate.command("audit")
def audit(control: Control = "", data_dir: UpDir = Path(".vitrina")) -> None:
    """What a running simulator's people did, got and waited for, as JSON."""
    import json

    typer.echo(json.dumps(_ask(control, data_dir, "audit"), indent=1, ensure_ascii=False))


@simulate.command("transcript")
def transcript(
    bot: Annotated[str, typer.Argument(help="@username or id.")],
    person: Annotated[
        str, typer.Argument(help="@username or id; without: the bot's newest chats.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Newest messages.")] = 30,
    control: Control = "",
    data_dir: UpDir = Path(".vitrina"),
) -> None:
    """Shows any person's chat with a bot."""
    arguments: dict[str, Any] = {"bot": bot, "limit": limit}
    if person:
        arguments["person"] = person
    for line in _ask(control, data_dir, "transcript", **arguments):
        typer.echo(line)


@simulate.command("chat")
def chat(
    bot: Annotated[str, typer.Argument(help="The bot's @username.")],
    name: Annotated[
        str, typer.Option("--as", help="Who you are: the same name, the same chat.")
    ] = "me",
    script: Annotated[
        Path | None, typer.Option(help="Lines to type, in place of the terminal.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="Press Start first, with this code.")] = None,
    language: Annotated[str, typer.Option(help="Of the person's app.")] = "ru",
    patience: Annotated[float, typer.Option(min=0.1, help="Of a script, for each answer.")] = 10,
    server: Annotated[str, typer.Option(help="host:port, if not of --data-dir.")] = "",
    key: Annotated[
        Path | None, typer.Option(help="The server's public key, with --server.")
    ] = None,
    data_dir: UpDir = Path(".vitrina"),
) -> None:
    """Talks with a bot as a person: text is sent, a number presses a button, /help says more."""
    from simulator.clients.chat import ChatOptions, run

    if not server or key is None:
        server, key = _server(data_dir)
    options = ChatOptions(
        server=server,
        key=key,
        bot=bot.removeprefix("@"),
        name=name,
        language=language,
        start_code=start,
        patience_seconds=patience,
    )
    log.configure(Settings(log_level="error"))
    lines = text_of(script).splitlines() if script else None
    raise typer.Exit(asyncio.run(run(options, lines)))


def _server(data_dir: Path) -> tuple[str, Path]:
    from local.stack import environment

    variables = environment(data_dir)
    try:
        return variables["VITRINA_TELEGRAM_SERVER"], Path(variables["VITRINA_TELEGRAM_SERVER_KEY"])
    except KeyError as error:
        raise ConfigurationError(f"{data_dir} runs without a simulator: name a --server") from error


def _ask(control: str, data_dir: Path, operation: str, **arguments: Any) -> Any:
    """Raises ConfigurationError if the simulator is not there or refuses."""
    from cli.simulator_port import ask

    return asyncio.run(ask(_control(control, data_dir), operation, **arguments))


def _control(control: str, data_dir: Path) -> tuple[str, int]:
    if control:
        host, _, port = control.rpartition(":")
        if not (host and port.isdigit()):
            raise ConfigurationError("write --control as host:port, for example 127.0.0.1:4431")
        return host, int(port)
    return "127.0.0.1", installation.simulator_control(data_dir)


def _crowd(mix: str, abuse: float, abuses: str, **values: Any) -> Any:
    from simulator.crowd.options import CrowdOptions

    if mix:
        values["roles"] = _weights("--mix", mix)
    if abuses:
        values["abuses"] = _weights("--abuses", abuses)
    return CrowdOptions(abuse_share=abuse, **values)


def _weights(option: str, text: str) -> dict[str, str]:
    weights = {}
    for part in text.split(","):
        name, separator, weight = part.strip().partition("=")
        if not separator:
            raise ConfigurationError(f"write {option} as name=weight,name=weight")
        weights[name] = weight
    return weights
