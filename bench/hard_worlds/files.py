"""A world as tables: events in the columns of ClickHouse's, and what PostgreSQL would hold."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from bench.hard_worlds.records import ABUSERS, Deed, Person, World

BOT_ID = 7_100_000_001
_PAUSE = 30 * 60.0
_SHOP_ID = 1
_CURRENCY = "RUB"
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "shop_id": pl.UInt32,
    "bot_id": pl.UInt64,
    "event": pl.String,
    "event_version": pl.UInt8,
    "occurred_at": pl.Datetime("ms", "UTC"),
    "recorded_after_ms": pl.Int64,
    "stored_after_ms": pl.Int64,
    "mode": pl.String,
    "buyer_no": pl.UInt64,
    "session_no": pl.UInt32,
    "first_source_id": pl.UInt32,
    "last_source_id": pl.UInt32,
    "lang": pl.String,
    "is_premium": pl.Boolean,
    "is_staff": pl.Boolean,
    "is_test": pl.Boolean,
    "order_id": pl.UInt64,
    "product_id": pl.UInt64,
    "variant_id": pl.UInt64,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "quantity": pl.Int32,
    "latency_us": pl.UInt64,
    "outcome": pl.String,
    "module": pl.String,
    "props": pl.String,
    "retention_days": pl.UInt16,
    "shard": pl.UInt8,
    "pos": pl.UInt64,
}


def events(world: World) -> pl.DataFrame:
    """Rows of `events`, as a hosted bot of shop 1 had emitted them, in the order of time."""
    rows = [row for person in world.people for row in _of_person(world, person)]
    rows += [_row(world, each, None, 0, 0) for each in world.restocks]
    ordered = pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort(
        "occurred_at", maintain_order=True
    )
    return ordered.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).alias("pos"))


def _of_person(world: World, person: Person) -> Iterator[tuple[Any, ...]]:
    session, source, before = 1, person.source, person.came_at
    for deed in person.deeds:
        session += deed.at - before > _PAUSE
        source = deed.source or source
        before = deed.at
        yield _row(world, deed, person, session, source)


def _row(
    world: World, deed: Deed, person: Person | None, session: int, source: int
) -> tuple[Any, ...]:
    return (
        _SHOP_ID,
        BOT_ID if person else 0,
        deed.event,
        1,
        moment(world, deed.at),
        4,
        700,
        "hosted",
        person.buyer_no if person else 0,
        session,
        person.source if person else 0,
        source,
        person.language if person else "",
        person.is_premium if person else False,
        False,
        False,
        deed.order.id if deed.order else 0,
        deed.product,
        0,
        deed.amount_minor,
        _CURRENCY if deed.amount_minor else "",
        deed.quantity,
        0,
        deed.outcome,
        deed.module,
        json.dumps(deed.props, separators=(",", ":")) if deed.props else "",
        365,
        0,
        0,
    )


def moment(world: World, at: float) -> datetime:
    """To the millisecond, as events have it."""
    return world.begins + timedelta(milliseconds=round(at * 1000))


def customers(world: World) -> pl.DataFrame:
    """Everybody with what the shop knows of them, without what they do."""
    return pl.DataFrame(
        [
            {
                "buyer_no": each.buyer_no,
                "telegram_id": each.telegram_id,
                "first_name": each.name,
                "username": each.username,
                "language": each.language,
                "is_premium": each.is_premium,
                "source": each.source,
                "started_at": moment(world, each.came_at),
                "last_seen_at": moment(world, each.deeds[-1].at if each.deeds else each.came_at),
                "payer_telegram_id": each.payer_telegram_id,
                "phone": each.phone,
                "address": each.address,
            }
            for each in world.people
        ],
        infer_schema_length=None,
    )


def orders(world: World) -> pl.DataFrame:
    """Orders of one line, with the moments that came; a phone and an address with each."""

    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else moment(world, seconds)

    return pl.DataFrame(
        [
            {
                "id": each.id,
                "buyer_no": each.person.buyer_no,
                "product_id": each.product.id,
                "price_minor": each.product.price_minor,
                "quantity": each.quantity,
                "total_minor": each.total_minor,
                "created_at": at(each.created_at),
                "expires_at": at(each.expires_at),
                "asked_at": at(each.asked_at),
                "paid_at": at(each.paid_at),
                "cancelled_at": at(each.cancelled_at),
                "expired_at": at(each.expired_at),
                "refunded_at": at(each.refunded_at),
                "payer_telegram_id": each.person.payer_telegram_id,
                "phone": each.person.phone,
                "address": each.person.address,
            }
            for each in world.orders
        ],
        infer_schema_length=None,
    )


def products(world: World) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"id": each.id, "price_minor": each.price_minor, "stock": world.on_hand[each.id]}
            for each in world.products
        ]
    )


def truth(world: World) -> list[tuple[int, str, bool]]:
    """Everybody's number, kind, and whether that is harm."""
    return [(each.buyer_no, each.kind, each.kind in ABUSERS) for each in world.people]


def write(world: World, out: Path) -> None:
    """Into a folder: events, customers, orders, products and links, and truth.csv."""
    out.mkdir(parents=True, exist_ok=True)
    events(world).write_parquet(out / "events.parquet")
    customers(world).write_parquet(out / "customers.parquet")
    orders(world).write_parquet(out / "orders.parquet")
    products(world).write_parquet(out / "products.parquet")
    links = [{"id": number, "code": code} for number, code in enumerate(world.sources, 1)]
    pl.DataFrame(links).write_parquet(out / "sources.parquet")
    with (out / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("buyer_no", "kind", "is_abuser"))
        writer.writerows(truth(world))
