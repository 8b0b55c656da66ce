"""What shows only over days and between people: those who hide, and the innocent beside them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.fraud import schemas
from pipelines.fraud.arrivals import arrival_signals, bought
from pipelines.fraud.day_windows import (
    bought_together,
    pace_signals,
    refund_excess,
    trouble_signals,
    unpaid_signals,
)
from pipelines.metrics import shape
from tests.pipelines.fraud.people import HOUR, SHOP, values

END = HOUR + timedelta(hours=1)
NIGHT = HOUR.replace(hour=0)
CATALOGUE = pl.DataFrame(
    [(SHOP, 50)], schema={"shop_id": pl.UInt32, "on_sale": pl.UInt32}, orient="row"
)


def frame(schema: Any, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Rows of shop 1 in the shape of an hour's input."""
    return shape(pl.DataFrame([{"shop_id": SHOP, **row} for row in rows], strict=False), schema)


def pace(buyer_no: int, **more: float) -> dict[str, Any]:
    usual = {"fast_bins": 0.0, "viewing_hours": 2, "views": 9, "products": 6, "buying": 0}
    return {"buyer_no": buyer_no, **usual, **more}


def test_a_scraper_reads_round_the_clock_and_takes_nothing() -> None:
    rows = frame(
        schemas.PACE,
        [
            pace(1, viewing_hours=22, views=140, products=45),
            pace(2, viewing_hours=22, views=140, products=45, buying=1),
            pace(3, fast_bins=14.5),
        ],
    )
    found = pace_signals(rows, CATALOGUE)
    assert values(found, "viewing_hours") == {1: 22.0, 2: 0.0, 3: 2.0}
    # 45 of the 40 that are 80 % of the catalogue; 6 of 40, more than 6 of 60.
    assert values(found, "reach_of_day") == {1: 1.0, 2: 0.0, 3: pytest.approx(0.15)}
    assert values(found, "fast_bins")[3] == 14.5


def trouble(
    buyer_no: int,
    failed: int,
    attempts: int,
    amount: int = 100,
    *,
    wrong: int = 0,
    corrected: int = 0,
) -> dict[str, Any]:
    counts = {"failed": failed, "attempts": attempts, "paid": attempts - failed}
    hours = {"code_hours": wrong, "corrected_hours": corrected}
    amounts = {"failed_amounts": [amount + n for n in range(failed)]}
    return {"buyer_no": buyer_no, **amounts, **counts, **hours}


SHARES = [{"refunds": 10.0, "orders": 400, "failed": 20.0, "attempts": 420, "small_amount": 500.0}]


def test_failed_payments_are_doubted_by_how_unlikely_they_are() -> None:
    rows = [trouble(1, 4, 5), trouble(2, 1, 1), trouble(3, 2, 30, amount=9_000)]
    shares = frame(schemas.SHARES, SHARES)
    found = trouble_signals(frame(schemas.TROUBLES, rows), shares)
    # 20 of 420 fail: 5·p⁴(1 − p) + p⁵.
    p = 20 / 420
    assert values(found, "failed_payments") == {
        1: pytest.approx(-np.log10(5 * p**4 * (1 - p) + p**5)),
        2: 0.0,  # one is bad luck
        3: pytest.approx(-np.log10(1 - (1 - p) ** 30 - 30 * p * (1 - p) ** 29)),  # usual
    }
    assert values(found, "small_failures") == {1: 4.0, 2: 1.0, 3: 0.0}


def test_who_corrects_a_code_does_not_guess() -> None:
    rows = [trouble(1, 0, 0, wrong=7), trouble(2, 0, 0, wrong=7, corrected=2), trouble(3, 0, 0)]
    found = trouble_signals(frame(schemas.TROUBLES, rows), frame(schemas.SHARES, SHARES))
    assert values(found, "code_hours") == {1: 7.0, 2: 5.0, 3: 0.0}


REFUNDS = ((1, 5, 9), (2, 3, 90), (3, 4, 30), (4, 2, 4))


def refunded(people: Iterable[tuple[int, int, int]] = REFUNDS, **shares: float) -> dict[int, float]:
    """`refund_excess` of those people, with so many refunds of so many orders, in a shop like
    that."""
    names = ("buyer_no", "refunds", "orders")
    rows = frame(schemas.REFUNDS, [dict(zip(names, each, strict=True)) for each in people])
    shop = frame(schemas.SHARES, [SHARES[0] | shares])
    return values(refund_excess(rows, shop), "refund_excess")


def test_refunds_beyond_the_shops_share() -> None:
    found = refunded(refunds=30, orders=3_000)
    assert found[1] > 5 and found[2] < 1.5
    assert found[3] > 2.9  # now and then for months, where one in a hundred is usual
    assert found[4] == 1.3  # two may be bad luck


def test_a_regular_who_refunds_as_regulars_do_is_not_suspected() -> None:
    """Forty regulars with thirty orders each, of which one in five comes back: each adds five
    orders, and one refund, to what is usual."""
    found = refunded([(1, 6, 30), (2, 9, 30), (3, 21, 30)], refunds=40.0, orders=200)
    assert found[1] < 0.5 and found[2] < 1.5 < 2.6 < found[3]


@pytest.mark.parametrize("share", [0.01, 0.03, 0.2])
def test_more_refunds_are_never_less_suspicious(share: float) -> None:
    people = [(1 + refunds, refunds, 30) for refunds in range(3, 31)]
    found = refunded(people, refunds=share * 9_000, orders=9_000)
    rising = [found[1 + refunds] for refunds in range(3, 31)]
    assert rising == sorted(rising) and rising[-1] > 10, rising


def test_refunds_say_less_where_they_are_usual_or_little_is_known() -> None:
    rare, usual = refunded(refunds=30, orders=3_000), refunded(refunds=300, orders=3_000)
    unknown = refunded(refunds=5 * 5 / 9, orders=5)  # nobody but shopper 1 has bought yet
    for who in (1, 3):
        assert usual[who] < unknown[who] < rare[who]


def order(
    number: int,
    buyer_no: int,
    at: datetime,
    product_id: int,
    *,
    is_paid: bool,
    has_paid: bool = False,
    is_taken_back: bool = False,
    is_refunded: bool = False,
) -> dict[str, Any]:
    who = {"buyer_no": buyer_no, "order_id": number, "product_id": product_id}
    ends = {"is_paid": is_paid, "is_refunded": is_refunded, "is_taken_back": is_taken_back}
    return {**who, "created_at": at, "has_paid": has_paid, **ends}


def holders() -> pl.DataFrame:
    """Sixty accounts keep a unit of product 9 each; among two hundred usual orders of seven others,
    one in five is not paid, shopper 1 leaves two bills of product 9 and pays a third, shopper 2 has
    paid one long ago, and shopper 3 has cancelled each at once, two a day. Shopper 4 cancels and
    orders five times a day, and shopper 5 has had back what they paid."""
    rows = [
        order(n, 100 + n, END - timedelta(hours=2 + n % 20), 9, is_paid=False) for n in range(1, 61)
    ]
    rows += [
        order(200 + n, 300 + n, END - timedelta(hours=2 + n % 90), 10 + n % 7, is_paid=n % 5 > 0)
        for n in range(200)
    ]
    rows += [order(900 + n, 1, END - timedelta(hours=3 + n), 9, is_paid=n == 2) for n in range(3)]
    rows += [
        order(910 + n, 2, END - timedelta(hours=3 + n), 9, is_paid=False, has_paid=True)
        for n in range(4)
    ]
    rows += [
        order(920 + n, 3, NIGHT + timedelta(hours=12 * n), 9 + n, is_paid=False, is_taken_back=True)
        for n in range(-2, 2)
    ]
    rows += [
        order(930 + n, 4, NIGHT + timedelta(hours=n), 9 + n, is_paid=False, is_taken_back=True)
        for n in range(5)
    ]
    rows += [
        order(940 + n, 5, END - timedelta(hours=3 + n), 9, is_paid=n == 2, is_refunded=n == 2)
        for n in range(3)
    ]
    return frame(schemas.ORDERS, rows)


def test_a_product_that_nobody_pays_for_shows_its_holders_up() -> None:
    found = unpaid_signals(holders(), END)
    product = values(found, "product_unpaid")
    assert all(product[100 + n] > 5 for n in range(1, 61))
    # A heavy buyer who leaves some bills, who bought before these thirty days, who cancels.
    assert not {1, 2, 3} & product.keys()
    assert {4: 3.0, 5: 2.0}.items() <= values(found, "never_paid").items()
    usual = [value for buyer, value in product.items() if buyer >= 300]
    assert usual and max(usual) < 2


def rings(accounts: int, weeks: int = 5) -> list[dict[str, Any]]:
    """The same accounts buy product 7 within minutes of each other, once a week."""
    return [
        order(
            1 + week * accounts + account,
            100 + account,
            END - timedelta(days=7 * week, hours=3) + timedelta(minutes=2 * account),
            7,
            is_paid=True,
        )
        for week in range(weeks)
        for account in range(accounts)
    ]


def crowd() -> list[dict[str, Any]]:
    """Three hundred buyers of five products at any time of a month, some of them often."""
    chance = np.random.default_rng(3)
    return [
        order(
            10_000 + n,
            int(chance.integers(1_000, 1_300)),
            END - timedelta(minutes=int(chance.integers(60, 30 * 1440))),
            int(chance.integers(1, 6)),
            is_paid=True,
        )
        for n in range(2_000)
    ]


def test_accounts_that_buy_the_same_in_the_same_minutes() -> None:
    found = values(
        bought_together(frame(schemas.ORDERS, [*rings(4), *crowd()]), END), "bought_together"
    )
    assert found == {100 + account: 3.0 for account in range(4)}
    # Two who always buy together, a couple, are below what counts at all.
    pair = values(bought_together(frame(schemas.ORDERS, rings(2)), END), "bought_together")
    assert pair == {100: 1.0, 101: 1.0}
    assert bought_together(frame(schemas.ORDERS, crowd()), END).is_empty()


def arrivals(*links: tuple[int, int, int], days: int = 7) -> pl.DataFrame:
    """Links with so many newcomers each, of whom so many stayed; they came so many days ago."""
    at = HOUR - timedelta(days=days) + timedelta(minutes=5)
    rows = [
        {
            "buyer_no": 1_000 * link + n,
            "source_id": link,
            "started_at": at,
            "stayed": n <= stayed,
        }
        for link, people, stayed in links
        for n in range(1, people + 1)
    ]
    return frame(schemas.ARRIVALS, rows)


FARM = [(link, 14, 0) for link in range(1, 31)]
HONEST = [(link, 20, 5 + link % 4) for link in range(50, 70)]


def by_link(found: pl.DataFrame) -> dict[int, float]:
    """The highest value of each link."""
    link = (pl.col("buyer_no") // 1_000).alias("link")
    return dict(found.group_by(link).agg(pl.col("source_unreturned").max()).rows())


def test_many_small_links_that_nobody_comes_back_by() -> None:
    found = arrival_signals(arrivals(*FARM, *HONEST, (80, 600, 40)), HOUR)
    value = by_link(found)
    assert all(value[link] > 0.9 for link, *_ in FARM), value
    assert all(value[link] < 0.5 for link, *_ in HONEST)
    assert value[80] < 0.01, value  # few stay of those whom a post has brought
    # Only those who did not stay, and only when it is their turn.
    assert found.height == 30 * 14 + sum(20 - stayed for _, _, stayed in HONEST) + 560
    assert arrival_signals(arrivals(*FARM), HOUR + timedelta(hours=2)).is_empty()


def test_a_post_of_three_days_ago_has_not_shown_yet_who_comes_back() -> None:
    lately = arrivals((80, 600, 12), days=3)  # one in fifty, for the time being
    before = arrivals(*FARM, *HONEST)
    assert by_link(arrival_signals(pl.concat([before, lately]), HOUR))[80] < 0.5
    late = arrivals((80, 600, 4), days=13)  # as few as of bought accounts
    assert by_link(arrival_signals(pl.concat([before, late]), HOUR))[80] > 0.9
    # A day is too early for anybody.
    assert arrival_signals(arrivals(*FARM, days=1), HOUR).is_empty()


def test_without_anybody_who_stays_nothing_can_be_said() -> None:
    alone = bought(pl.Series([10, 12, 9]), pl.Series([0, 0, 0]))
    assert (alone < 0.9).all()


def test_an_hour_without_anybody_has_no_signals() -> None:
    empty = {
        name: pl.DataFrame(schema={key: kind.dtype.type for key, kind in schema.columns.items()})
        for name, schema in (
            ("orders", schemas.ORDERS),
            ("arrivals", schemas.ARRIVALS),
            ("refunds", schemas.REFUNDS),
            ("shares", schemas.SHARES),
            ("pace", schemas.PACE),
            ("troubles", schemas.TROUBLES),
        )
    }
    assert unpaid_signals(empty["orders"], END).is_empty()
    assert bought_together(empty["orders"], END).is_empty()
    assert arrival_signals(empty["arrivals"], HOUR).is_empty()
    assert refund_excess(empty["refunds"], empty["shares"]).is_empty()
    assert pace_signals(empty["pace"], CATALOGUE).is_empty()
    assert trouble_signals(empty["troubles"], empty["shares"]).is_empty()
