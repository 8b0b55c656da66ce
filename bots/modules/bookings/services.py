"""How services are booked, and the days on which nothing is: SQL, in the caller's transaction."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound
from core.postgres import Connection
from core.versions import Versioned, ensure_unchanged


class Service(Versioned):
    """How a product is booked. `places` None: it shares the shop's calendar and its places."""

    EDITED = frozenset({"is_booked", "minutes", "places"})
    model_config = ConfigDict(frozen=True)

    product_id: int
    is_booked: bool = True
    minutes: int | None = Field(default=None, ge=5, le=1440)
    places: int | None = Field(default=None, ge=1, le=500)


class DayOff(BaseModel):
    """A day of the shop's calendar on which nothing can be booked."""

    model_config = ConfigDict(frozen=True)

    day: date
    note: str


async def services_of(
    connection: Connection, shop_id: int, kinds: Mapping[int, str], *, all_products: bool
) -> dict[int, Service]:
    """Those of the products (by id, their kinds) that are booked: services, or all of them, unless
    the owner said otherwise, and what the owner said of others."""
    rows = await connection.fetch(
        "SELECT product_id, is_booked, minutes, places FROM booking_services "
        "WHERE shop_id = $1 AND product_id = ANY($2::bigint[])",
        shop_id,
        list(kinds),
    )
    stated = {row["product_id"]: Service(**row) for row in rows}
    found = {
        product_id: stated.get(product_id, Service(product_id=product_id))
        for product_id, kind in kinds.items()
        if all_products or kind == "service" or product_id in stated
    }
    return {product_id: each for product_id, each in found.items() if each.is_booked}


async def all_services(
    connection: Connection, shop_id: int, *, all_products: bool
) -> list[tuple[str, Service]]:
    """What the shop sells as services, or all of it, and whatever else is booked, with titles."""
    rows = await connection.fetch(
        "SELECT p.title, p.id AS product_id, coalesce(s.is_booked, true) AS is_booked, s.minutes, "
        "s.places FROM products AS p LEFT JOIN booking_services AS s ON s.product_id = p.id "
        "WHERE p.shop_id = $1 AND p.is_active "
        "AND ($2 OR p.kind = 'service' OR s.product_id IS NOT NULL) ORDER BY p.position, p.id",
        shop_id,
        all_products,
    )
    return [
        (row["title"], Service(**{key: row[key] for key in row.keys() if key != "title"}))
        for row in rows
    ]


async def put_service(
    connection: Connection, shop_id: int, service: Service, *, seen: str = "*"
) -> None:
    """Raises ChangedMeanwhile, and NotFound if the shop has no such product."""
    # The product is locked, because of a service that nobody has stated yet there is no row; the
    # statement after that sees what was waited for.
    product = await connection.fetchval(
        "SELECT id FROM products WHERE id = $1 AND shop_id = $2 FOR NO KEY UPDATE",
        service.product_id,
        shop_id,
    )
    if product is None:
        raise NotFound(f"there is no product {service.product_id}")
    stated = await connection.fetchrow(
        "SELECT is_booked, minutes, places FROM booking_services WHERE product_id = $1", product
    )
    known = Service(product_id=product, **stated) if stated else Service(product_id=product)
    ensure_unchanged(known, seen)
    await connection.execute(
        "INSERT INTO booking_services (product_id, shop_id, is_booked, minutes, places) "
        "SELECT id, shop_id, $3, $4, $5 FROM products WHERE id = $1 AND shop_id = $2 "
        "ON CONFLICT (product_id) DO UPDATE SET is_booked = $3, minutes = $4, places = $5",
        service.product_id,
        shop_id,
        service.is_booked,
        service.minutes,
        service.places,
    )


async def days_off(connection: Connection, shop_id: int, since: date, until: date) -> list[DayOff]:
    """Both days included, the earliest first."""
    rows = await connection.fetch(
        "SELECT day, note FROM booking_days_off WHERE shop_id = $1 AND day BETWEEN $2 AND $3 "
        "ORDER BY day",
        shop_id,
        since,
        until,
    )
    return [DayOff(**row) for row in rows]


async def put_day_off(connection: Connection, shop_id: int, day_off: DayOff) -> None:
    await connection.execute(
        "INSERT INTO booking_days_off (shop_id, day, note) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, day) DO UPDATE SET note = $3",
        shop_id,
        day_off.day,
        day_off.note,
    )


async def remove_day_off(connection: Connection, shop_id: int, day: date) -> None:
    """Raises NotFound."""
    gone = await connection.fetchval(
        "DELETE FROM booking_days_off WHERE shop_id = $1 AND day = $2 RETURNING true", shop_id, day
    )
    if gone is None:
        raise NotFound(f"{day} is no day off")
