"""What a check finds, and how checks are run: beside each other, each with a time limit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import asyncpg
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core.log import redact
from core.settings import Settings

SECONDS = 10.0
_EXPECTED = (
    *(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError),
    ClickHouseError,
)


class State(IntEnum):
    """In the order of how bad it is; also `vitrina doctor`'s exit codes."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` says what to do and is empty if there is nothing. A check whose
    store is away is not made. From `alerts_from` on the operator is told."""

    check: str
    state: State
    text: str
    mend: str = ""
    is_made: bool = True
    alerts_from: State = State.FAIL

    @property
    def is_alarming(self) -> bool:
        return self.state >= self.alerts_from


@dataclass(frozen=True, slots=True)
class Means:
    """What the checks look at; `folder` is that of a `vitrina up`, if it is one."""

    settings: Settings
    folder: Path | None = None


Judgement = tuple[State, str, str]
OK, WARN, FAIL = State.OK, State.WARN, State.FAIL


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its name. `alerts`: the operator is told from `alerts_from` on, in Telegram and
    by Alertmanager alike (ops/observability).

    `needs` is the store without which it cannot be made: that is the store's own check's finding.
    """

    name: str
    judge: Callable[[Means], Awaitable[Judgement]]
    alerts: bool = True
    needs: str = field(default="")
    alerts_from: State = FAIL


async def examine(means: Means, checks: Sequence[Check]) -> list[Finding]:
    """All findings, in the order of the checks; never raises for a store that is away."""
    found = await asyncio.gather(*(_examine(means, check) for check in checks))
    away = {each.check for each in found if each.state is FAIL}
    return [
        Finding(finding.check, WARN, f"not checked: {check.needs} is away", is_made=False)
        if check.needs in away and finding.state is not OK
        else finding
        for check, finding in zip(checks, found, strict=True)
    ]


async def _examine(means: Means, check: Check) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(check.name, *await check.judge(means), alerts_from=check.alerts_from)
    except TimeoutError:
        return _away(check, f"no answer within {SECONDS:.0f} s")
    except _EXPECTED as error:
        return _away(check, redact(" ".join((str(error) or type(error).__name__).split()))[:300])


def _away(check: Check, said: str) -> Finding:
    return Finding(check.name, FAIL, said, "see that it runs, and what its log says")
