"""`vitrina doctor`: what is wrong with an installation, and how to mend it."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli import installation

if TYPE_CHECKING:
    from ingestion.checkup.findings import Finding


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Checks stores, services, clocks, disks, backups and what is reached. Exit code: 0 all well,
    1 warnings, 2 failures."""
    from ingestion.checkup.findings import Means, examine
    from ingestion.checkup.rules import CHECKS

    settings = installation.settings("checking")
    found = installation.current()
    means = Means(settings, found.folder if found else None)
    findings = asyncio.run(examine(means, CHECKS))
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in findings], ensure_ascii=False, indent=1))
    else:
        for each in findings:
            typer.echo(f"{each.state.name.lower():4}  {each.check:16}  {each.text}")
            if each.mend:
                typer.echo(f"{'':24}{each.mend}")
    raise typer.Exit(int(max(each.state for each in findings)))


def _as_json(finding: "Finding") -> dict[str, str]:
    return {
        "check": finding.check,
        "state": finding.state.name.lower(),
        "text": finding.text,
        "mend": finding.mend,
    }
