"""Exports: rows from ClickHouse to the visitor in the engine's own format, never through Python."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

import aiohttp
import structlog

from api.exporting import clocks
from api.exporting.columns import clock_of
from api.exporting.download import Download, ExportFailed
from api.exporting.engine import EngineAnswer
from api.exporting.pace import Pace
from api.reader import EXPORTS_PRIORITY
from core import sales
from core.clickhouse import Address
from core.errors import Refused, VitrinaError
from core.events import Bilingual
from core.money import UNUSUAL_EXPONENTS
from core.shop.shops import Shop

log = structlog.get_logger()

# The panel's user has limits for its pages; a download has none on rows. If the visitor leaves, the
# query stops.
SETTINGS: dict[str, str] = {
    "max_result_rows": "0",
    "max_result_bytes": "0",
    "max_execution_time": "3600",
    "cancel_http_readonly_queries_on_client_close": "1",
    "enable_http_compression": "0",
    "priority": str(EXPORTS_PRIORITY),
}
# Twice as much is read at once; with more, pieces would be joined from several that have come.
_READ_BYTES = 1 << 16
_AT_ONCE = 16
_A_LINK = 6
_COPIES = 2  # of PostgreSQL's rows at once: each holds a connection of the panel's
_TURN_SECONDS = 20
_RETRY_SECONDS = 60
_MEMORY_EXCEEDED = "Code: 241."


class ExportTooLarge(Refused):
    """ClickHouse's memory does not hold what has to be sorted or copied for it."""

    code = "export_too_large"

    def __init__(self) -> None:
        super().__init__("too much for one file: take fewer days, or order it as a job")
        self.explained = Bilingual(
            "Слишком много для одного файла: возьмите меньше дней или закажите выгрузку заданием.",
            "Too much for one file: take fewer days, or order it as a job.",
        )


class ExportsBusy(VitrinaError):
    """As many exports are running as the stores can bear beside the panel."""

    code = "exports_busy"
    status = 503

    def __init__(self) -> None:
        super().__init__("many exports are running: try again in a minute, or order it as a job")
        self.explained = Bilingual(
            "Сейчас идёт много выгрузок: повторите через минуту или закажите выгрузку заданием.",
            "Many exports are running: try again in a minute, or order it as a job.",
        )
        self.retry_after = _RETRY_SECONDS


@dataclass(frozen=True)
class Query:
    """A SELECT with its parameters, and small tables that are sent with it, as TSV by name."""

    sql: str
    parameters: Mapping[str, str]
    tables: Mapping[str, tuple[str, str]] = field(default_factory=dict)


# Exact, with whole numbers: -1999 in a currency with two decimals is -19.99.
_UNITS = """
    transform(toString(currency), {codes:Array(String)}, {digits:Array(UInt8)}, 2) AS places,
    toInt64(exp10(places)) AS units
"""


# No event is outside this range, so a wider request finds no more.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


def _major(minor: str) -> str:
    return (
        f"concat(if({minor} < 0, '-', ''), toString(intDiv(abs({minor}), units)), "
        f"if(places = 0, '', concat('.', leftPad(toString(abs({minor}) % units), places, '0'))))"
    )


def orders(shops: Sequence[Shop], first: date, last: date, sources: Mapping[int, str]) -> Query:
    """Orders that were paid or refunded from the first day to the last, by each shop's calendar.

    `paid_at` is ISO 8601 with the offset of the shop's zone, and empty for an order that was paid
    earlier and refunded in these days; `amount` and `net_sales` are decimals in main units;
    `sources` are the codes of start links by id, empty if the buyer came without one. Gross,
    discount and returns are defined in `core.sales`: the net sales of all rows are those of the
    panel.
    """
    first, last = (min(max(day, _EARLIEST), _LATEST) for day in (first, last))
    in_days, parameters = clocks.within_days(shops, first, last)
    parameters |= clocks.clock_parameters(shops)
    parameters |= {
        "shops": clocks.numbers([shop.id for shop in shops]),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "codes": "[" + ",".join(f"'{code}'" for code in UNUSUAL_EXPONENTS) + "]",
        "digits": clocks.numbers(list(UNUSUAL_EXPONENTS.values())),
    }
    near = (
        "l.shop_id IN {shops:Array(UInt32)} AND l.occurred_at >= "
        f"toDateTime64({{first:Date}} - {1 + sales.LINES_WITHIN_DAYS}, 3, 'UTC') AND "
        f"l.occurred_at < toDateTime64({{last:Date}} + {2 + sales.LINES_WITHIN_DAYS}, 3, 'UTC')"
    )
    days = f"e.shop_id IN {{shops:Array(UInt32)}} AND {in_days}"
    paid_at = clock_of("occurred_at", "shift")
    # If grouping and sorting exceed the memory, the engine uses its disk.
    sql = f"""
WITH
    (SELECT groupArray(id) FROM sources) AS source_ids,
    (SELECT groupArray(code) FROM sources) AS source_codes,
    {clocks.shift("e.occurred_at", shops)} AS shift, {_UNITS}
SELECT order_id, shop_id, if(orders > 0, {paid_at}, '') AS paid_at,
    buyer_no, amount_minor, toString(currency) AS currency, {_major("amount_minor")} AS amount,
    quantity,
    transform(first_source_id, source_ids, source_codes, '') AS first_source,
    transform(last_source_id, source_ids, source_codes, '') AS last_source,
    {", ".join(sales.BY_ORDER)}, {sales.NET_SALES} AS net_sales_minor,
    {_major("net_sales_minor")} AS net_sales
FROM ({sales.by_order(days, near, "first_source_id", "last_source_id")}) AS e
ORDER BY shop_id, orders = 0, occurred_at, order_id
"""
    rows = "".join(f"{number}\t{code}\n" for number, code in sources.items())
    return Query(sql, parameters, {"sources": ("id UInt32, code String", rows)})


async def _turn(turns: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(_TURN_SECONDS):
            await turns.acquire()
    except TimeoutError as error:
        raise ExportsBusy from error


class Exporter:
    """Runs exports as the panel's restricted user.

    clickhouse-connect's `raw_stream` does not give the tag that marks an error in the middle of an
    answer, so this talks to the same HTTP interface directly.
    """

    def __init__(self, url: str) -> None:
        address = Address.parse(url)
        self._address = address
        self._headers = {
            "X-ClickHouse-User": address.username,
            "X-ClickHouse-Key": address.password,
        }
        self.settings = {"database": address.database, **SETTINGS}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._copies = asyncio.Semaphore(_COPIES)
        self._pace = Pace()
        self._of_links: Counter[int | None] = Counter()  # None: of jobs
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def copying(self) -> AsyncIterator[None]:
        """A turn to copy rows of PostgreSQL; raises ExportsBusy."""
        await _turn(self._copies)
        try:
            yield
        finally:
            self._copies.release()

    async def start_as(
        self,
        query: Query,
        engine_format: str,
        settings: Mapping[str, str] | None = None,
        streams: Mapping[str, tuple[str, AsyncIterator[bytes]]] | None = None,
        link_id: int | None = None,
    ) -> Download:
        """Starts a query and returns when its first bytes have arrived, in any of ClickHouse's
        formats and with its settings for it. `streams` are further tables, by name: their columns,
        and their rows as TSV. A link has only some of the turns.

        Raises ExportFailed, ExportTooLarge, ExportsBusy.
        """
        end = await self._begun(link_id)
        try:
            async with self._pace.turn():
                answer = await self._asked(query, engine_format, settings or {}, streams or {})
        except BaseException:
            end()
            raise
        return Download(answer, end, self._pace)

    async def _begun(self, link_id: int | None) -> Callable[[], None]:
        """Takes a turn; what gives it back. Raises ExportsBusy."""

        def forget() -> None:
            self._of_links[link_id] -= 1
            self._of_links += Counter()  # without those that are 0

        def end() -> None:
            self._turns.release()
            forget()

        if link_id is not None and self._of_links[link_id] >= _A_LINK:
            raise ExportsBusy
        self._of_links[link_id] += 1
        try:
            await _turn(self._turns)
        except BaseException:
            forget()
            raise
        return end

    async def _asked(
        self,
        query: Query,
        engine_format: str,
        settings: Mapping[str, str],
        streams: Mapping[str, tuple[str, AsyncIterator[bytes]]],
    ) -> aiohttp.ClientResponse | EngineAnswer:
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("query", f"{query.sql}\nFORMAT {engine_format}")
        for name, value in query.parameters.items():
            form.add_field(f"param_{name}", value)
        structures = {}
        small = {name: (each[0], each[1].encode()) for name, each in query.tables.items()}
        for name, (structure, rows) in {**small, **streams}.items():
            structures[f"{name}_structure"] = structure
            form.add_field(name, rows, filename=name, content_type="text/plain")
        parameters = {**self.settings, **self._beside(), **settings, **structures}
        answer = await self._posted(parameters, form, is_straight=not streams)
        if answer.status != 200:
            try:
                report = await answer.text()
            finally:
                answer.close()
            log.error("an export was refused", error=report)
            if report.startswith(_MEMORY_EXCEEDED):
                raise ExportTooLarge
            raise ExportFailed("the figures' store refused the export: it has been logged")
        return answer

    def _beside(self) -> dict[str, str]:
        """One export may have all processors; of several each has one, and the panel the rest."""
        return {"max_threads": "1"} if self._of_links.total() > 1 else {}

    async def _posted(
        self, parameters: Mapping[str, str], form: aiohttp.FormData, *, is_straight: bool
    ) -> aiohttp.ClientResponse | EngineAnswer:
        """The answer; with `is_straight` one that can be handed on, unless it comes under TLS."""
        if not is_straight or self._address.secure:
            return await self._opened().post(
                self._address.endpoint, params=parameters, headers=self._headers, data=form
            )
        body = form()
        try:
            return await EngineAnswer.ask(
                self._address.host,
                self._address.port,
                f"/?{urlencode(parameters)}",
                {**self._headers, "Content-Type": body.headers["Content-Type"]},
                await body.as_bytes(),
            )
        except OSError as error:  # by which of the stores, its type does not say
            raise aiohttp.ClientConnectionError(str(error)) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=600)
            self._session = aiohttp.ClientSession(
                timeout=timeout, auto_decompress=False, read_bufsize=_READ_BYTES
            )
        return self._session
