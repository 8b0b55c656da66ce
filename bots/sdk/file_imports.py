"""What each import of a file asks for in its address: a dry run first, then the plan it answers."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from core.csv_readings import Dates, Encoding
from core.csv_rows import PlanMissing


@dataclass(frozen=True, slots=True)
class FileImport:
    """`plan`: the confirmed one, None for a dry run. `keep_good`: import the others if rows are
    refused. `encoding`, `dates`: as the sender states them, else as the file shows."""

    plan: str | None
    keep_good: bool
    encoding: Encoding | None
    dates: Dates | None


async def _file_import(
    dry_run: Annotated[bool, Query(description="Only say what it would do, row by row.")] = False,
    plan: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{64}$", description="`plan` of the dry run that is to be done."),
    ] = None,
    keep_good: Annotated[bool, Query(description="Import the others if rows are refused.")] = False,
    encoding: Annotated[Encoding | None, Query(description="If it is not UTF-8.")] = None,
    dates: Annotated[
        Dates | None, Query(description="How it writes dates; else as the file shows.")
    ] = None,
) -> FileImport:
    """Raises PlanMissing."""
    if not dry_run and plan is None:
        raise PlanMissing("send the file with dry_run=true first, then with the plan it answers")
    return FileImport(None if dry_run else plan, keep_good, encoding, dates)


UsesFileImport = Annotated[FileImport, Depends(_file_import)]
