"""Active users and buyers of a day, for the tables that relate one to the other."""

import polars as pl

from core.events import ACTIVITY

_SHOPPER = ("shop_id", "buyer_no")


def active_and_buying(today: pl.DataFrame, buyers: pl.DataFrame) -> pl.DataFrame:
    """By shop `active_users` and `buyers`; `buyers` has one row or more for each of them.

    The folds of an unfinished day are made at different times, so only the orders decide who
    bought, and buyers count as active whether or not the day's folded events have them yet.
    """
    active = today.filter(pl.col("event").is_in(ACTIVITY), pl.col("buyer_no") > 0)
    people = pl.concat(
        [
            active.select(*_SHOPPER, buys=pl.lit(False)),
            buyers.select(*_SHOPPER, buys=pl.lit(True)),
        ]
    )
    return people.group_by("shop_id").agg(
        active_users=pl.col("buyer_no").n_unique(),
        buyers=pl.col("buyer_no").filter(pl.col("buys")).n_unique(),
    )
