"""What is suspected of somebody's other accounts, and the innocent who share a telephone."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from core import postgres
from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import schemas
from pipelines.fraud.hourly import INPUTS, signals_of
from pipelines.fraud.links import (
    DECIDED,
    SUSPECTED,
    TIES,
    as_decided,
    link_signals,
    suspected,
)
from pipelines.fraud.sources import read_hour
from pipelines.metrics import shape
from pipelines.postgres import Postgres
from pipelines.soundness import violations
from pipelines.variants import FLAGGED
from tests.factories import create_customer, create_order, create_origin, create_product
from tests.pipelines.fraud.people import HOUR, SHOP, values
from tests.pipelines.fraud.stored import keep
from tests.pipelines.kpis.happenings import Happened, store

Shared = tuple[str, Sequence[int]]


def ties(*shared: Shared) -> pl.DataFrame:
    rows = [
        (SHOP, buyer_no, number, kind)
        for number, (kind, people) in enumerate(shared, 1)
        for buyer_no in people
    ]
    return shape(pl.DataFrame(rows, schema=TIES, orient="row"), schemas.TIES)


def suspicions(of: Mapping[int, float], abuse: str = "payment") -> pl.DataFrame:
    rows = [(SHOP, buyer_no, abuse, value) for buyer_no, value in of.items()]
    return shape(pl.DataFrame(rows, schema=SUSPECTED, orient="row"), schemas.SUSPECTED)


def active(people: Iterable[int]) -> pl.DataFrame:
    return pl.DataFrame([(SHOP, each) for each in people], schema=FLAGGED, orient="row")


def spread(
    *shared: Shared, of: Mapping[int, float], to: Iterable[int] = range(1, 200)
) -> dict[int, float]:
    """What has spread to whom of payment frauds, without zeros."""
    found = link_signals(ties(*shared), suspicions(of), active(to))
    return {who: value for who, value in values(found, "linked_payment").items() if value > 0}


def test_a_second_account_is_as_suspicious_as_the_first() -> None:
    assert spread(("phone", [1, 2]), of={1: 0.9}) == {2: pytest.approx(0.9)}
    # Two accounts doubt each other, but nobody is doubted for what they did themselves.
    both = spread(("phone", [1, 2]), ("email", [1, 2]), of={1: 0.9, 2: 0.4})
    assert both == {1: pytest.approx(0.4), 2: pytest.approx(0.9)}


def test_what_spreads_fades() -> None:
    chain = spread(("phone", [1, 2]), ("email", [2, 3]), ("payer", [3, 4]), of={1: 0.8})
    assert chain == {2: pytest.approx(0.8), 3: pytest.approx(0.4), 4: pytest.approx(0.2)}
    assert spread(("address", [1, 2]), of={1: 0.8}) == {2: pytest.approx(0.4)}


def test_a_family_an_office_and_a_payment_provider_spread_hardly_anything() -> None:
    family = spread(("phone", [1, 2, 3, 4]), ("address", [1, 2, 3, 4]), of={1: 0.9})
    assert family == dict.fromkeys((2, 3, 4), pytest.approx(0.3))
    office = spread(("address", range(1, 41)), of={1: 0.9, 2: 0.9})
    assert max(office.values()) < 0.03
    provider = spread(("payer", range(1, 101)), of={1: 0.9, 2: 0.9, 3: 0.9})
    assert max(provider.values()) < 0.03


def test_a_ring_shows_up_the_one_who_has_done_nothing_yet() -> None:
    ring = spread(("payer", range(1, 11)), of=dict.fromkeys(range(1, 9), 0.9))
    assert ring[9] == ring[10] == pytest.approx(0.8) and ring[1] == pytest.approx(0.7)


def test_only_of_the_same_abuse_and_only_of_who_is_there() -> None:
    found = link_signals(ties(("phone", [1, 2, 3])), suspicions({1: 1.0}, "refund"), active([2]))
    assert values(found, "linked_refund") == {2: pytest.approx(0.5)}
    assert values(found, "linked_payment") == {2: 0.0}
    assert link_signals(ties(("phone", [1, 2])), suspicions({}), active([1])).is_empty()


def measured(*rows: tuple[int, str, str, float]) -> pl.DataFrame:
    """Signals of an hour: shopper, abuse, rule, contribution."""
    names = ("buyer_no", "abuse", "rule", "contribution")
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows]).select(
        pl.all(), hour=pl.lit(HOUR), shop_id=pl.lit(SHOP), is_shadow=pl.lit(False)
    )


def test_what_has_spread_does_not_spread_further_nor_come_back() -> None:
    found = suspected(
        measured(
            (1, "payment", "failed_payments", 50.0),
            (1, "payment", "small_failures", 40.0),
            (1, "payment", "linked_payment", 60.0),
            (2, "payment", "linked_payment", 60.0),
            (3, "flood", "flood", 60.0),
        )
    )
    assert found.rows() == [(SHOP, 1, "payment", pytest.approx(0.7))]


def test_people_decide_first() -> None:
    labels = pl.DataFrame(
        [(SHOP, 1, "payment", False), (SHOP, 4, "refund", True)], schema=DECIDED, orient="row"
    )
    found = as_decided(suspicions({1: 0.9, 2: 0.8, 3: 0.7}), labels, active([2]))
    assert found.rows() == [
        (SHOP, 1, "payment", 0.0),
        (SHOP, 3, "payment", 0.7),
        (SHOP, 4, "refund", 1.0),
    ]


async def _with_one_phone(settings: Settings) -> tuple[int, int, int]:
    """A shop with two shoppers who gave the same telephone."""
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id)
        people = []
        for phone in ("+7 900 123-45-67", "89001234567"):
            buyer = await create_customer(connection, origin.shop_id)
            order = await create_order(connection, origin, buyer, product)
            await connection.execute(
                "INSERT INTO order_details (order_id, position, field, label, value) "
                "VALUES ($1, 1, 'phone', 'phone', $2)",
                order.id,
                phone,
            )
            people.append(buyer.buyer_no)
        return origin.shop_id, people[0], people[1]
    finally:
        await connection.close()


def test_an_hour_reads_who_belongs_together(settings: Settings) -> None:
    shop_id, thief, other = asyncio.run(_with_one_phone(settings))
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    before = this_hour - timedelta(days=3)
    rows = [(before, shop_id, thief, "failed_payments", 9.0)]
    keep(settings, [*rows, (before - timedelta(days=40), shop_id, thief, "refund_share", 1.0)])
    at = this_hour + timedelta(minutes=1)
    pressed = [Happened("button_pressed", who, shop_id, at) for who in (other, other + 7)]
    store(settings.clickhouse_url.get_secret_value(), pressed)
    # Orders count that were made before the hour's end, as these were.
    hour = read_hour(ClickHouse(lambda: settings), Postgres(lambda: settings), this_hour)
    for name, schema in INPUTS.items():
        assert violations(schema, getattr(hour, name)).is_empty(), name
    assert sorted(hour.ties["buyer_no"]) == [thief, other]
    signals, _ = signals_of(hour)
    linked = signals.filter(pl.col("rule").str.starts_with("linked_"))
    assert linked.select("buyer_no", "rule", "value").rows() == [
        (other, "linked_payment", pytest.approx(0.7))
    ]
