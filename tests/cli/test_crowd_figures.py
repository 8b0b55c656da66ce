"""`vitrina simulate compare`: what differs is named with its shop, place and currency."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cli import crowd_figures
from cli.check import Target
from cli.crowd_figures import Compared, strangers
from cli.figure_places import Span
from core import clickhouse
from core.errors import ConfigurationError
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop.shops import Shop
from simulator.control.port import ControlError
from simulator.crowd import truth
from simulator.crowd.reckoning import ANY, Figures, Key, Unread
from simulator.crowd.truth import Truth
from tests.factories import create_bot, create_customer, create_shop

TRUE = Figures({("starts", ""): 5, ("gross_sales", "XTR"): 300, ("gross_sales", "RUB"): 7_050})


def compared(**places: Figures) -> Compared:
    shop = Shop.model_validate(
        {
            "id": 1,
            "name": "Tea",
            "currency": "XTR",
            "timezone": "Europe/Moscow",
            "language": "en",
            "retention_days": 365,
        }
    )
    span = Span(shop, datetime(2026, 11, 28, 22, tzinfo=UTC))
    return Compared(span, TRUE, 2, places)


def test_a_place_without_a_figure_does_not_differ() -> None:
    assert compared(events=TRUE, panel=Figures({("starts", ""): 5})).differences == []


@pytest.mark.parametrize(
    ("place", "found", "said"),
    [
        ("panel", {("starts", ""): 4}, ["Tea, starts: 4 by the panel, 5 is true"]),
        (
            "tables",
            {("starts", ""): 5, ("gross_sales", "XTR"): 300},
            ["Tea, gross_sales RUB: 0 by the tables, 7050 is true"],
        ),
        (
            "events",
            TRUE + Figures({("refunds", "XTR"): 1}),
            ["Tea, refunds XTR: 1 by the events, 0 is true"],
        ),
        (
            "tables",
            {},
            [
                "Tea, starts: 0 by the tables, 5 is true",
                "Tea, gross_sales RUB: 0 by the tables, 7050 is true",
                "Tea, gross_sales XTR: 0 by the tables, 300 is true",
            ],
        ),
    ],
    ids=["another number", "a currency is missing", "what nobody did", "nothing was computed"],
)
def test_what_differs_is_named(
    place: str, found: dict[tuple[str, str], int], said: list[str]
) -> None:
    assert compared(**{place: Figures(found)}).differences == said


@pytest.mark.parametrize(
    ("taxed", "nulls", "said"),
    [
        ({("tax", "XTR"): 5}, [], ["Tea, tax XTR: 0 by the tables, 5 is true"]),
        ({("tax", "XTR"): 5}, [("tax", "XTR")], []),
        ({("tax", "XTR"): 5, ("tax", "RUB"): 10}, [], []),
        ({("tax", "RUB"): 10}, [], []),
    ],
    ids=["the shop's own alone", "left open", "two currencies", "another one"],
)
def test_the_tables_have_tax_on_a_day_with_the_shops_own_currency_alone(
    taxed: dict[Key, int], nulls: list[Key], said: list[str]
) -> None:
    places = {"tables": Figures()}
    found = Compared(compared().span, Figures(taxed), 0, places, nulls=frozenset(nulls))
    assert found.differences == said


def left_open(why: str, currency: str = "XTR", *, is_wrong: bool = False) -> Unread:
    return Unread(("gross_sales",), currency, why, is_wrong)


def test_what_no_receipt_says_is_said_and_not_compared() -> None:
    found = replace(
        compared(events=Figures({("starts", ""): 4, ("gross_sales", "RUB"): 9})),
        unread=[left_open("none came"), left_open("another"), left_open("lost", ANY)],
    )
    assert found.differences == ["Tea, starts: 4 by the events, 5 is true"]
    *_, roubles, stars, first, second = found.lines()
    assert roubles.split() == ["gross_sales", "RUB", "?", "9"]
    assert stars.split() == ["gross_sales", "XTR", "?", "0"]
    assert first == "not compared: gross_sales XTR: none came, and 1 more"
    assert second == "not compared: gross_sales of an unknown currency: lost"


def test_a_receipt_at_fault_is_a_difference() -> None:
    found = replace(compared(events=TRUE), unread=[left_open("it is wrong", is_wrong=True)])
    assert found.differences == ["Tea, gross_sales XTR: it is wrong"]


def test_the_table_has_a_column_for_each_place_and_the_shops_own_day() -> None:
    panel = Figures({("starts", ""): 5})
    head, columns, *rows = compared(events=TRUE, panel=panel).lines()
    assert head == "Tea, 2026-11-29; 2 besides its people"
    assert columns.split() == ["truth", "events", "panel"]
    assert [row.split() for row in rows] == [
        ["starts", "5", "5", "5"],
        ["gross_sales", "RUB", "7050", "7050"],
        ["gross_sales", "XTR", "300", "300"],
    ]


async def test_the_shops_are_those_in_which_people_were_however_long_ago_the_crowd_began(
    pool: Pool, connection: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd_figures, "materialise_day", lambda *_: None)  # nothing to compute
    shop, other = await create_shop(connection), await create_shop(connection)
    bots = [(await create_bot(connection, shop)).id for _ in range(2)]
    await create_bot(connection, other)
    records = [truth.Start(telegram_id=5, bot=bot, code="") for bot in bots]
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    try:
        (found,) = await crowd_figures.compare(settings, pool, client, records)
        with pytest.raises(ConfigurationError, match="no bot of the truth is known here"):
            await crowd_figures.compare(
                settings, pool, client, [truth.Run(run=1, seed=1, bots=[8])]
            )
    finally:
        await client.close()
    assert (found.span.shop.id, found.true["starts", ""]) == (shop.id, 2)
    assert "Чай, starts: 0 by the events, 2 is true" in found.differences


async def test_customers_without_an_account_are_strangers(
    pool: Pool, connection: Connection
) -> None:
    shop = await create_shop(connection)
    known, other = [await create_customer(connection, shop.id) for _ in range(2)]
    await connection.execute(
        "INSERT INTO customers (shop_id, buyer_no, external_id) VALUES ($1, 900, 'site-1')",
        shop.id,
    )
    records = [truth.Start(telegram_id=known.telegram_id or 0, bot=7, code="")]
    assert await strangers(pool, shop.id, records) == [other.buyer_no, 900]


class Doors:
    """A simulator's, which notes what it is asked and refuses some of it."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.refuses: set[bool] = set()

    # As the control port's client.
    async def call(self, _host: str, _port: int, _operation: str, **arguments: Any) -> int:
        self.asked.append(arguments["open"])
        if arguments["open"] in self.refuses:
            raise ControlError("there are no scripted people")
        return 0


@pytest.fixture(name="doors")
def watched_doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    doors = Doors()
    monkeypatch.setattr("cli.simulator_port.call", doors.call)
    yield doors


@pytest.fixture(name="folder")
def truth_of_nobody(tmp_path: Path) -> Path:
    writer = Truth(tmp_path)
    writer.write(truth.Run(run=1, seed=1, bots=[8]))
    writer.close()
    return tmp_path


@pytest.mark.parametrize(
    ("refuses", "said"),
    [
        ([], "nothing to compare"),
        ([False], "refuses let_in: there are no scripted people"),
        ([True], "refuses let_in: there are no scripted people"),
    ],
    ids=["it fails", "they do not close", "they do not open"],
)
async def test_the_doors_open_again_however_it_ends(
    refuses: list[bool], said: str, doors: Doors, folder: Path, settings: Settings
) -> None:
    doors.refuses.update(refuses)
    target = Target(settings, "", "", ("127.0.0.1", 1))
    with pytest.raises(ConfigurationError, match=said):
        await crowd_figures.run(target, folder)
    assert (doors.asked[0], doors.asked[-1]) == (False, True)


async def test_they_do_not_close_while_the_stores_are_away(
    doors: Doors, folder: Path, settings: Settings
) -> None:
    away = settings.model_copy(update={"database_url": SecretStr("postgresql://127.0.0.1:1/none")})
    with pytest.raises(OSError):
        await crowd_figures.run(Target(away, "", "", ("127.0.0.1", 1)), folder)
    assert doors.asked == []
