"""Past orders into the outbox, each order of a shop once, a few hundred a transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from core import sales
from core.events import ORDER_CREATED, ORDER_LINE, ORDER_PAID, Emitted, Event, emit_all
from core.postgres import Connection, Pool
from core.shop.write_keys import Writer
from core.taxonomy import TAXONOMY
from ingestion import buyers, numbers, told_orders
from ingestion.numbers import Named
from ingestion.order_reader import FileSummary
from ingestion.past_orders import PastOrder, RowProblem
from ingestion.recording import origin_of
from ingestion.told_orders import Fact

ORDERS_A_TRANSACTION = 200
_LINES_A_TRANSACTION = 2000
PROBLEMS_SHOWN = 100
_REFUND_COMPLETED = TAXONOMY["refund_completed"]


class OrderWarning(BaseModel):
    """What an order's figures will not show though the file says it; the order is taken."""

    order_id: str
    column: str
    message: str


class ReadAs(BaseModel):
    """How the file was read: what stands between its cells, before the decimals of its amounts, and
    how it writes dates. Look at it in a dry run first."""

    separator: str
    decimal: str
    dates: str


class ImportReport(BaseModel):
    """What an import did, or would do. Money in minor units by currency; of `problems` and
    `warnings` the first 100 are told, `problem_count` and `warning_count` are of all."""

    dry_run: bool
    read_as: ReadAs
    rows: int
    orders: int
    known_orders: int
    events: dict[str, int]
    paid_minor: dict[str, int]
    refunded_minor: dict[str, int]
    problem_count: int
    problems: list[RowProblem]
    warning_count: int
    warnings: list[OrderWarning]


@dataclass(slots=True)
class Tally:
    """Counts as the file is read."""

    orders: int = 0
    known: int = 0
    events: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    warning_count: int = 0
    warnings: list[OrderWarning] = field(default_factory=list)

    def add(self, order: PastOrder) -> None:
        self.orders += 1
        self.events[ORDER_CREATED.name] += 1
        if order.paid_at:
            self.events[ORDER_PAID.name] += 1
            self.events[ORDER_LINE.name] += len(order.lines)
            self.paid[order.currency] += order.total_minor
            self._warn(order)
        if order.refunded_at:
            self.events[_REFUND_COMPLETED.name] += 1
            self.refunded[order.currency] += order.refunded_minor

    def _warn(self, order: PastOrder) -> None:
        over = order.total_minor - _worth_minor(order)
        if over <= 0:
            return
        self.warning_count += 1
        if len(self.warnings) < PROBLEMS_SHOWN:
            message = (
                f"is {over} minor units over the lines: what it is for is not known, so sales "
                "count the lines alone; a delivery that was paid for can be a line of its own"
            )
            self.warnings.append(
                OrderWarning(order_id=order.order_id, column="total", message=message)
            )

    def note(self, problem: RowProblem) -> None:
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(problem)

    def report(self, file: FileSummary, *, dry_run: bool) -> ImportReport:
        return ImportReport(
            dry_run=dry_run,
            read_as=ReadAs(separator=file.separator, decimal=file.decimal, dates=file.dates),
            rows=file.rows,
            orders=self.orders,
            known_orders=self.known,
            events=dict(self.events),
            paid_minor=dict(self.paid),
            refunded_minor=dict(self.refunded),
            problem_count=self.problem_count,
            problems=self.problems,
            warning_count=self.warning_count,
            warnings=self.warnings,
        )


async def import_orders(
    pool: Pool,
    writer: Writer,
    items: AsyncIterator[PastOrder | RowProblem | FileSummary],
    *,
    dry_run: bool,
) -> ImportReport:
    """Takes a file's orders; those that the intake knows already, by whatever way, are left out.

    Ended half-way, it is to be sent again whole: what was committed is known then. A dry run writes
    nothing. Raises what reading the file does.
    """
    tally, waiting, lines = Tally(), list[PastOrder](), 0
    async for item in items:
        if isinstance(item, RowProblem):
            tally.note(item)
        elif isinstance(item, PastOrder):
            waiting.append(item)
            lines += len(item.lines)
            if len(waiting) >= ORDERS_A_TRANSACTION or lines >= _LINES_A_TRANSACTION:
                await _take(pool, writer, waiting, tally, dry_run=dry_run)
                waiting, lines = [], 0
        else:
            await _take(pool, writer, waiting, tally, dry_run=dry_run)
            return tally.report(item, dry_run=dry_run)
    raise AssertionError("a file ends with its summary")


async def _take(
    pool: Pool, writer: Writer, orders: list[PastOrder], tally: Tally, *, dry_run: bool
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        names: list[Named] = [("order", order.order_id) for order in orders]
        if dry_run:
            known = await numbers.find(connection, writer.shop_id, names)
            new = [order for order in orders if ("order", order.order_id) not in known]
        else:
            new = await _write(connection, writer, orders, names)
    tally.known += len(orders) - len(new)
    for order in new:
        tally.add(order)


async def _write(
    connection: Connection, writer: Writer, orders: Sequence[PastOrder], names: list[Named]
) -> list[PastOrder]:
    """Those of the orders that were new, written."""
    given = await numbers.claim(connection, writer.shop_id, names)
    new = [order for order in orders if ("order", order.order_id) in given]
    given |= await numbers.give(connection, writer.shop_id, _goods(new))
    facts = [fact for order in new for fact in _facts(order, given[("order", order.order_id)])]
    await told_orders.tell(connection, writer.shop_id, facts, is_imported=True)
    # The earliest counts as when they were first seen.
    by_time = sorted(new, key=lambda order: order.created_at, reverse=True)
    met = await buyers.meet(
        connection, writer.shop_id, {order.customer: order.created_at for order in by_time}
    )
    emitted: list[Emitted] = []
    for order in new:
        # Which visit it was is not known any more.
        actor = replace(met[order.customer].actor, session_no=0)
        emitted += [Emitted(actor, event) for event in _events(order, given)]
    await emit_all(connection, await origin_of(connection, writer), emitted)
    return new


def _facts(order: PastOrder, order_id: int) -> Iterator[Fact]:
    """What events may tell of the order too, and would tell a second time."""
    yield Fact(order_id, ORDER_CREATED.name, order.created_at)
    if order.paid_at:
        yield Fact(
            order_id,
            ORDER_PAID.name,
            order.paid_at,
            amount_minor=order.total_minor,
            tax_minor=order.tax_minor,
            shipping_minor=order.shipping_minor,
            currency=order.currency,
        )


def _goods(orders: Sequence[PastOrder]) -> set[Named]:
    found: set[Named] = set()
    for order in orders:
        for line in order.lines:
            found.add(("product", line.product_id))
            if line.variant_id is not None:
                found.add(("variant", line.variant_id))
    return found


def _events(order: PastOrder, given: dict[Named, int]) -> Iterator[Event]:
    created = Event(
        ORDER_CREATED,
        order.created_at,
        order_id=given[("order", order.order_id)],
        amount_minor=order.total_minor,
        currency=order.currency,
        quantity=sum(line.quantity for line in order.lines),
    )
    yield created
    if order.paid_at:
        discount = max(0, _worth_minor(order) - order.total_minor)
        stated = {
            "discount_minor": discount,
            "tax_minor": order.tax_minor,
            "shipping_minor": order.shipping_minor,
        }
        paid = replace(
            created,
            type=ORDER_PAID,
            occurred_at=order.paid_at,
            props={name: minor for name, minor in stated.items() if minor},
        )
        yield paid
        for line, share in zip(order.lines, _shares(order, discount), strict=True):
            variant = line.variant_id
            yield replace(
                paid,
                type=ORDER_LINE,
                product_id=given[("product", line.product_id)],
                variant_id=given[("variant", variant)] if variant is not None else 0,
                amount_minor=line.amount_minor,
                quantity=line.quantity,
                props={"discount_minor": share} if discount else None,
            )
    if order.refunded_at:
        yield replace(
            created,
            type=_REFUND_COMPLETED,
            occurred_at=order.refunded_at,
            amount_minor=order.refunded_minor,
            quantity=0,
            props=sales.refund_parts(
                order.refunded_minor,
                paid_minor=order.total_minor,
                tax_minor=order.tax_minor,
                shipping_minor=order.shipping_minor,
            ),
        )


def _worth_minor(order: PastOrder) -> int:
    """What would be to be paid without a discount."""
    return _lines_minor(order) + order.tax_minor + order.shipping_minor


def _lines_minor(order: PastOrder) -> int:
    return sum(line.amount_minor for line in order.lines)


def _shares(order: PastOrder, discount: int) -> Iterator[int]:
    """What each line bears of the discount by its amount; together exactly all of it."""
    total = _lines_minor(order)
    behind = borne = 0
    for line in order.lines:
        behind += line.amount_minor
        share = discount * behind // total - borne if total else 0
        borne += share
        yield share
