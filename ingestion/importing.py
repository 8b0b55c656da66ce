"""Writes past orders to the outbox, each order of a shop once, a few hundred per transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from core import sales
from core.events import ORDER_CREATED, ORDER_LINE, ORDER_PAID, Emitted, Event, emit_all
from core.postgres import Connection, Pool
from core.shop.write_keys import Writer
from core.taxonomy import TAXONOMY
from ingestion import buyers, corrections, numbers, order_steps
from ingestion.numbers import Named
from ingestion.order_reader import FileSummary
from ingestion.order_steps import OrderStep
from ingestion.past_orders import PastOrder, RowProblem
from ingestion.recording import origin_of

ORDERS_A_TRANSACTION = 200
_LINES_A_TRANSACTION = 2000
PROBLEMS_SHOWN = 100
_REFUND_COMPLETED = TAXONOMY["refund_completed"]


class OrderWarning(BaseModel):
    """Something in the file that an order's figures will not show; the order is imported."""

    order_id: str
    column: str
    message: str


class ReadAs(BaseModel):
    """How the file was read: its separator, its decimal sign, and its dates. Check it in a dry run
    first."""

    separator: str
    decimal: str
    dates: str


class ImportReport(BaseModel):
    """What an import did, or would do: `orders` are new, `corrected_orders` replace what an earlier
    import brought. Money in minor units by currency; `problems` and `warnings` have the first 100,
    `problem_count` and `warning_count` are of all."""

    dry_run: bool
    read_as: ReadAs
    rows: int
    orders: int
    known_orders: int
    corrected_orders: int
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
    corrected: int = 0
    events: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    warning_count: int = 0
    warnings: list[OrderWarning] = field(default_factory=list)

    def add(self, order: PastOrder) -> None:
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
            corrected_orders=self.corrected,
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
    """Imports a file's orders. Orders that the intake knows are skipped, except for imported ones
    with different content: those are replaced.

    If it is interrupted, send the whole file again: what was committed is known then. A dry run
    writes nothing. Raises what reading the file raises.
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


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The orders of a transaction that are new or different, with their numbers if they have
    one."""

    new: list[PastOrder]
    corrected: dict[int, PastOrder]

    @property
    def all(self) -> list[PastOrder]:
        return [*self.new, *self.corrected.values()]


async def _take(
    pool: Pool, writer: Writer, orders: list[PastOrder], tally: Tally, *, dry_run: bool
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        names: list[Named] = [("order", order.order_id) for order in orders]
        if dry_run:
            known = await numbers.find(connection, writer.shop_id, names)
            found = await _sort(connection, writer, orders, known)
        else:
            found = await _write(connection, writer, orders, names)
    tally.orders += len(found.new)
    tally.corrected += len(found.corrected)
    tally.known += len(orders) - len(found.all)
    for order in found.all:
        tally.add(order)


async def _sort(
    connection: Connection, writer: Writer, orders: Sequence[PastOrder], known: dict[Named, int]
) -> _Sorted:
    new = [order for order in orders if ("order", order.order_id) not in known]
    before = {
        known[("order", order.order_id)]: order
        for order in orders
        if ("order", order.order_id) in known
    }
    changed = await corrections.changed(connection, writer.shop_id, before)
    kept = await corrections.without_known_refunds(
        connection, writer.shop_id, list(changed.values())
    )
    return _Sorted(new, dict(zip(changed, kept, strict=True)))


async def _write(
    connection: Connection, writer: Writer, orders: Sequence[PastOrder], names: list[Named]
) -> _Sorted:
    """Writes the orders that are new or corrected, and returns them."""
    claimed = await numbers.claim(connection, writer.shop_id, names)
    known = await numbers.find(
        connection, writer.shop_id, [name for name in names if name not in claimed]
    )
    # Names before orders, the order in which everything is locked (`recording.record`).
    goods = await numbers.give(connection, writer.shop_id, _goods(orders))
    await corrections.lock(connection, writer.shop_id, known.values())
    found = await _sort(connection, writer, orders, known)
    await corrections.take_back(connection, writer.shop_id, found.corrected)
    given = claimed | known | goods
    steps = [
        step for order in found.all for step in _facts(order, given[("order", order.order_id)])
    ]
    await order_steps.record(connection, writer.shop_id, steps, is_imported=True)
    first = await corrections.position(connection)
    await _emit(connection, writer, found.all, given)
    last = await corrections.position(connection)
    said = {given[("order", order.order_id)]: corrections.content(order) for order in orders}
    brought = [given[("order", order.order_id)] for order in found.all]
    contents = {number: said[number] for number in brought}
    await corrections.keep(connection, writer.shop_id, contents, first, last)
    return found


async def _emit(
    connection: Connection, writer: Writer, orders: Sequence[PastOrder], given: dict[Named, int]
) -> None:
    # The earliest order counts as the shopper's first appearance.
    by_time = sorted(orders, key=lambda order: order.created_at, reverse=True)
    met = await buyers.meet(
        connection, writer.shop_id, {order.customer: order.created_at for order in by_time}
    )
    emitted: list[Emitted] = []
    for order in orders:
        # The number of the visit is not known any more.
        actor = replace(met[order.customer].actor, session_no=0)
        emitted += [Emitted(actor, event) for event in _events(order, given)]
    await emit_all(connection, await origin_of(connection, writer), emitted)


def _facts(order: PastOrder, order_id: int) -> Iterator[OrderStep]:
    """The steps of the order that events may report as well, and must not report again."""
    yield OrderStep(order_id, ORDER_CREATED.name, order.created_at)
    if order.paid_at:
        yield OrderStep(
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
    """The amount to pay without a discount."""
    return _lines_minor(order) + order.tax_minor + order.shipping_minor


def _lines_minor(order: PastOrder) -> int:
    return sum(line.amount_minor for line in order.lines)


def _shares(order: PastOrder, discount: int) -> Iterator[int]:
    """Each line's share of the discount in proportion to its amount; together exactly all of it."""
    total = _lines_minor(order)
    behind = borne = 0
    for line in order.lines:
        behind += line.amount_minor
        share = discount * behind // total - borne if total else 0
        borne += share
        yield share
