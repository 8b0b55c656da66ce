"""Answers kept by the version of the data that they are of: asked again, nothing is read."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from api.reader import Reader
from core import people_day
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop

MOST_ANSWERS = 256
MOST_BYTES = 32 * 2**20

# Merges keep the rows and their data version; inserts, mutations and replaced days change one of
# the sums. Deleted rows are mutations, too.
_TABLES = """
SELECT table, toString((sum(rows), max(data_version),
    if(table = 'events', 0, max(toUnixTimestamp(modification_time))))) AS sums
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}
GROUP BY table
"""
# Starting more threads would take longer than the work.
_ONE_THREAD = {"max_threads": 1}
# What is counted at once is made of these. A table has a part for each of its days: those that the
# answer is not of are not looked at.
_ALWAYS = ("events", people_day.TABLE, "fraud_verdict")
_SETTINGS = """
SELECT coalesce(max(set_at)::text, '') || ':' || count(*) FROM shop_rates
WHERE shop_id = ANY($1::int[])
"""


async def tables_version(reader: Reader, tables: Iterable[str]) -> str:
    """Changes whenever rows of one of these tables of ClickHouse do."""
    parameters = {"tables": sorted(set(tables))}
    found = await reader.rows(_TABLES, parameters, settings=_ONE_THREAD)
    return repr(sorted((each["table"], each["sums"]) for each in found))


async def data_version(
    connection: Connection,
    reader: Reader,
    shops: Sequence[Shop],
    now: datetime,
    daily: Iterable[str],
) -> str:
    """Changes whenever an answer about these shops may: with arriving events, with figures of the
    `daily` tables that are computed again, with the shops' settings and rates, and with every
    minute."""
    tables = await tables_version(reader, {*_ALWAYS, *daily})
    rates = await connection.fetchval(_SETTINGS, [shop.id for shop in shops])
    about = [(shop.id, shop.timezone, shop.currency, shop.retention_days) for shop in shops]
    return repr((tables, rates, about, minute(now)))


def minute(now: datetime) -> str:
    """What is compared up to the same time changes with it, and so do hours that begin."""
    return f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"


def etag(*parts: object) -> str:
    """A strong ETag of what an answer depends on."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def kept_by(settings: Settings) -> dict[str, str]:
    """Headers of an answer with an ETag: a browser keeps it and asks whether it still holds, and
    our Nginx, if it is in front, gives it to the same session for a second without asking."""
    headers = {"Cache-Control": "private, no-cache"}
    return headers | ({"X-Accel-Expires": "1"} if settings.behind_nginx else {})


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether the visitor's header names the tag; a proxy may have made it weak."""
    named = (each.strip().removeprefix("W/") for each in (if_none_match or "").split(","))
    return any(each in (tag, "*") for each in named)


class AnswerCache:
    """The last answers as they were sent, by their ETag, up to a number and a size."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, tag: str) -> bytes | None:
        found = self._answers.get(tag)
        if found is not None:
            self._answers.move_to_end(tag)
        return found

    def keep(self, tag: str, answer: bytes) -> None:
        self._bytes += len(answer) - len(self._answers.pop(tag, b""))
        self._answers[tag] = answer
        while len(self._answers) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            _, gone = self._answers.popitem(last=False)
            self._bytes -= len(gone)
