"""What all commands have in common: --data-dir, known errors as one line, progress, Ctrl-C.

`finish` gives it to every command of an app, so that no command has to remember it.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import installation, progress, troubles
from cli.interrupts import STOPPED

_DATA_DIR = "data_dir"
_OPTION = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="The folder of the `vitrina up` that is meant. Default: what VITRINA_DATABASE_URL in "
        "the environment names, else .vitrina, else .env.",
    ),
]


def finish(app: typer.Typer) -> None:
    """Applies it to each command of the app and of its sub-apps; call it once, after all are
    added."""
    for command in app.registered_commands:
        assert command.callback is not None
        command.callback = _finished(command.callback)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        finish(group.typer_instance)


def _finished(callback: Callable[..., Any]) -> Callable[..., None]:
    signature = inspect.signature(callback, eval_str=True)
    has_folder = _DATA_DIR in signature.parameters  # another meaning, as a simulator's own folder

    @functools.wraps(callback)
    def run(**options: Any) -> None:
        installation.choose(None if has_folder else options.pop(_DATA_DIR))
        with progress.watched():
            try:
                callback(**options)
            except KeyboardInterrupt as interrupt:
                progress.stop()
                raise typer.Exit(STOPPED) from interrupt
            except Exception as error:
                line = troubles.in_words(error, installation.current())
                if line is None:
                    raise
                progress.stop()
                typer.echo(f"vitrina: {line}", err=True)
                raise typer.Exit(1) from error

    # Typer reads both.
    parameters = list(signature.parameters.values())
    if not has_folder:
        added = inspect.Parameter(
            _DATA_DIR, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_OPTION
        )
        parameters.append(added)
    setattr(run, "__signature__", signature.replace(parameters=parameters))
    run.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    return run
