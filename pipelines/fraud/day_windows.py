"""What shows in windows of days and between people, as numbers for the rules. Pure functions.

Everything rises with the evidence for it: a share is compared with the shop's own by how unlikely
it would be by chance (−log₁₀ of a binomial tail), so that little evidence is little suspicion.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from pipelines.fraud.score import SUBJECT
from pipelines.fraud.shoppers import SCRAPED_PRODUCTS, SCRAPED_SHARE, SMALL_CATALOGUE
from pipelines.fraud.trailing import Numbers

PACE = timedelta(days=3)
TROUBLED = timedelta(days=7)
PURCHASES = timedelta(days=30)
HELD_WITHIN = timedelta(days=7)
# An order that its shopper cancels so soon has kept nothing from anybody, unless they order again
# and again: of a day (UTC) so many are let pass, whatever they are of.
TAKEN_BACK, _TAKEN_BACK_MOST = timedelta(minutes=15), 2
# Goods that have to be sent leave this long after they were paid at the earliest, unless the shop
# notes it sooner: money that went back before has cost nobody anything.
BEFORE_SENT = timedelta(hours=6)
# A person's own shares make up what is usual in a shop with the weight of so many payments that
# were tried, and orders.
ATTEMPTS_OF_ONE, ORDERS_OF_ONE = 2, 5
# So many hours of a week in which a code was corrected are not held against anybody.
CORRECTED_MOST = 2
_RECENT = timedelta(days=1)
# An order that was made this long ago and is not paid counts as unpaid.
_TIME_TO_PAY = timedelta(hours=1)
_TOGETHER = timedelta(minutes=10)
_TOGETHER_LEAST = 3
_NEIGHBOURS = 8  # purchases of one product that are compared with each before
# Shoppers come at the same hours and at the same offers: by so much more often do they meet.
_CROWDED = 8.0
_UNLIKELY = 4.0  # −log₁₀
_MOST = 30.0
_FAILED_LEAST, _REFUNDED_LEAST = 2, 2
# Two refunds are a suspicion at most, however unlikely: it is three that make a habit.
_REFUNDED_OFTEN, _REFUNDED_TWICE_AT_MOST = 3, 1.3  # −log₁₀
# Before a shop has orders of its own: the share of refunds, and how many orders that is worth.
_REFUNDS_USUAL, _REFUNDS_KNOWN = 0.03, 50
_REFUNDS_ALIKE = 300.0  # how much alike people are: the strength of their beta distribution


def pace_signals(pace: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Bins of ten minutes of three days at more than a reader's pace; hours of a day in which
    products were read, and how much of the catalogue, by somebody who buys nothing.

    `pace` has `fast_bins`, `viewing_hours`, `views`, `products`, `buying`.
    """
    is_idle = pl.col("buying") == 0
    share = pl.col("products") / pl.col("on_sale") / SCRAPED_SHARE
    is_enough = pl.col("on_sale") >= SMALL_CATALOGUE
    reach = pl.max_horizontal(pl.col("products") / SCRAPED_PRODUCTS, pl.when(is_enough).then(share))
    return pace.join(catalogue, on="shop_id", how="left").select(
        *SUBJECT,
        fast_bins=pl.col("fast_bins"),
        viewing_hours=pl.when(is_idle).then("viewing_hours").otherwise(0).cast(pl.Float64),
        reach_of_day=pl.when(is_idle).then(reach.clip(0, 1)).otherwise(0.0),
    )


def trouble_signals(troubles: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Failed payments against the shop's share, small ones among them, and in how many hours codes
    were wrong and not corrected.

    `troubles` has sums of seven days, with `code_hours` and those among them that are forgiven,
    `corrected_hours`; `shares` what is usual in the shop: payments that were tried, and failed, of
    each shopper at most `ATTEMPTS_OF_ONE`. Each order counts once, however often its payment was
    tried again.
    """
    usual = (pl.col("shop_failed") / pl.col("shop_attempts")).fill_nan(0)
    rows = troubles.join(_shares(shares), on="shop_id", how="left").with_columns(
        usual=usual.fill_null(0).clip(0.02, 0.15),
    )
    rows = rows.join(_small_failures(rows), on=list(SUBJECT), how="left")
    wrong = pl.col("code_hours").cast(pl.Int64) - pl.col("corrected_hours")
    return rows.select(
        *SUBJECT,
        failed_payments=pl.when(pl.col("failed") >= _FAILED_LEAST)
        .then(_unlikely(rows, "failed", "attempts", "usual"))
        .otherwise(0.0),
        small_failures=pl.col("small_failures").fill_null(0).cast(pl.Float64),
        code_hours=wrong.cast(pl.Float64),
    )


def _shares(shares: pl.DataFrame) -> pl.DataFrame:
    return shares.select(
        "shop_id",
        pl.col("small_amount").fill_nan(None),
        shop_failed="failed",
        shop_attempts="attempts",
        shop_orders="orders",
        shop_refunds="refunds",
    )


def _small_failures(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.select(*SUBJECT, "small_amount", amount="failed_amounts")
        .explode("amount")
        .filter(pl.col("amount") <= pl.col("small_amount"))
        .group_by(SUBJECT)
        .agg(small_failures=pl.len())
    )


def _unlikely(rows: pl.DataFrame, count: str, of: str, share: str) -> pl.Series:
    """−log₁₀ of the probability of so many or more of them by chance."""
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.stats import binom

    return _surprise(
        binom.logsf(rows[count].to_numpy() - 1.0, rows[of].to_numpy(), rows[share].to_numpy())
    )


def _surprise(log_probability: Numbers) -> pl.Series:
    """−log₁₀, from 0 to `_MOST`."""
    return pl.Series(np.clip(-log_probability / np.log(10), 0, _MOST))


def refund_excess(refunds: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Refunds of ninety days against the share of the shop's other shoppers.

    What is known of that share, and how far people differ, is a beta distribution: a new shop's is
    near `_REFUNDS_USUAL` and wide, a shop's with many orders is its own. `shares` has orders, and
    refunds as far as they are of these, of each shopper at most `ORDERS_OF_ONE`.
    """
    of = pl.max_horizontal("orders", "refunds").cast(pl.Int64)
    counted = pl.min_horizontal(of, ORDERS_OF_ONE)
    others = (pl.col("shop_orders").cast(pl.Int64) - counted).clip(0)
    returned = (pl.col("shop_refunds") - pl.col("refunds") * counted / of).clip(0, others)
    usual = (returned + _REFUNDS_USUAL * _REFUNDS_KNOWN) / (others + _REFUNDS_KNOWN)
    rows = (
        refunds.filter(pl.col("refunds") >= _REFUNDED_LEAST)
        .join(_shares(shares), on="shop_id", how="left")
        .with_columns(
            of=of,
            usual=usual.fill_null(_REFUNDS_USUAL),
            strength=(others.fill_null(0) + _REFUNDS_KNOWN).clip(0, _REFUNDS_ALIKE),
        )
    )
    surprise = _surprise(_beta_binomial_tail(rows))
    is_habit = pl.col("refunds") >= _REFUNDED_OFTEN
    return rows.select(
        *SUBJECT,
        refund_excess=pl.when(is_habit)
        .then(surprise)
        .otherwise(surprise.clip(upper_bound=_REFUNDED_TWICE_AT_MOST)),
    )


def _beta_binomial_tail(rows: pl.DataFrame) -> Numbers:
    """The logarithm of the probability of `refunds` or more `of` so many, for each row.

    The tail is added up from its terms: one less the sum of all others is lost in rounding.
    """
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.stats import betabinom

    terms = rows.select("of", "usual", "strength", count=pl.int_ranges("refunds", pl.col("of") + 1))
    starts = terms["count"].list.len().cum_sum().to_numpy() - terms["count"].list.len().to_numpy()
    if not starts.size:
        return np.zeros(0)
    each = terms.explode("count")
    usual, strength = each["usual"].to_numpy(), each["strength"].to_numpy()
    found = betabinom.logpmf(
        each["count"].to_numpy(), each["of"].to_numpy(), usual * strength, (1 - usual) * strength
    )
    return np.logaddexp.reduceat(found, starts)


def unpaid_signals(orders: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """Products whose orders stay unpaid by people who never pay, and how many such orders each has.

    `orders` has `order_id`, `product_id`, `created_at`, `is_paid`, `is_refunded` (in part, too) and
    `is_taken_back` (cancelled within `TAKEN_BACK`; the first two of a day are no orders), of thirty
    days; `has_paid`: their shopper has paid before, and not had everything back. Somebody who has
    paid is no holder of stock. Only of who made an order in the last day.
    """
    is_kept = pl.col("is_paid") & ~pl.col("is_refunded")
    payers = orders.filter(is_kept | pl.col("has_paid")).select(SUBJECT).unique()
    held = _kept(orders).filter(
        pl.col("created_at") >= end - HELD_WITHIN,
        pl.col("created_at") < end - _TIME_TO_PAY,
    )
    unpaid = held.filter(~pl.col("is_paid")).join(payers, on=list(SUBJECT), how="anti")
    by_product = (
        _people_by_product(held, "people")
        .join(_people_by_product(unpaid, "holders"), on=["shop_id", "product_id"])
        .join(_in_all(held, "all"), on="shop_id")
        .join(_in_all(unpaid, "all_held"), on="shop_id")
    )
    others = pl.col("all") - pl.col("people")
    usual = (pl.col("all_held") - pl.col("holders")) / others
    by_product = by_product.with_columns(
        usual=pl.when(others >= 20).then(usual).otherwise(0.3).fill_nan(0.3).clip(0.1, 0.6)
    )
    by_product = by_product.with_columns(
        product_unpaid=_unlikely(by_product, "holders", "people", "usual")
    )
    recent = unpaid.filter(pl.col("created_at") >= end - _RECENT).select(SUBJECT).unique()
    return (
        unpaid.join(recent, on=list(SUBJECT), how="semi")
        .join(by_product, on=["shop_id", "product_id"], how="left")
        .group_by(SUBJECT)
        .agg(
            product_unpaid=pl.col("product_unpaid").max().fill_null(0),
            never_paid=pl.col("order_id").n_unique().cast(pl.Float64),
        )
    )


def _kept(orders: pl.DataFrame) -> pl.DataFrame:
    """Without what its shopper took back at once, as far as that is let pass."""
    day = pl.col("created_at").dt.date()
    number = (
        pl.struct("created_at", "order_id").rank("ordinal").over(*SUBJECT, "is_taken_back", day)
    )
    return orders.filter(~pl.col("is_taken_back") | (number > _TAKEN_BACK_MOST))


def _in_all(orders: pl.DataFrame, name: str) -> pl.DataFrame:
    """The sum over products of each shop."""
    return _people_by_product(orders, name).group_by("shop_id").agg(pl.col(name).sum())


def _people_by_product(orders: pl.DataFrame, name: str) -> pl.DataFrame:
    return (
        orders.filter(pl.col("product_id") > 0)
        .group_by("shop_id", "product_id")
        .agg(pl.col("buyer_no").n_unique().cast(pl.Int64).alias(name))
    )


def bought_together(orders: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """With how many others somebody bought the same goods within minutes, three times or more.

    Pairs that meet more often than chance would let them are linked; who is linked through others
    counts half. Only of who bought in the last day.
    """
    sold = orders.filter("is_paid", pl.col("product_id") > 0)
    pairs = _pairs(sold)
    if pairs.is_empty():
        return pl.DataFrame(
            schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "bought_together": pl.Float64}
        )
    recent = sold.filter(pl.col("created_at") >= end - _RECENT).select(SUBJECT).unique()
    return _linked(pairs).join(recent, on=list(SUBJECT), how="semi")


def _pairs(sold: pl.DataFrame) -> pl.DataFrame:
    ordered = sold.sort("shop_id", "product_id", "created_at")
    key = ("shop_id", "product_id")
    meetings = []
    for ago in range(1, _NEIGHBOURS + 1):
        other = pl.col("buyer_no", "created_at").shift(ago).over(key).name.prefix("other_")
        meetings.append(
            ordered.with_columns(other)
            .filter(
                pl.col("created_at") - pl.col("other_created_at") <= _TOGETHER,
                pl.col("buyer_no") != pl.col("other_buyer_no"),
            )
            .select(
                *key,
                a=pl.min_horizontal("buyer_no", "other_buyer_no"),
                b=pl.max_horizontal("buyer_no", "other_buyer_no"),
                occasion=pl.struct("product_id", pl.col("created_at").dt.truncate("1h")),
            )
        )
    met = (
        pl.concat(meetings)
        .group_by("shop_id", "a", "b")
        .agg(times=pl.col("occasion").n_unique().cast(pl.Int64))
        .filter(pl.col("times") >= _TOGETHER_LEAST)
    )
    bought = sold.group_by(*SUBJECT, "product_id").agg(n=pl.len())
    chance = 2 * _TOGETHER / PURCHASES * _CROWDED
    expected = (
        met.join(bought, left_on=["shop_id", "a"], right_on=SUBJECT)
        .join(
            bought,
            left_on=["shop_id", "b", "product_id"],
            right_on=[*SUBJECT, "product_id"],
            suffix="_b",
        )
        .group_by("shop_id", "a", "b")
        .agg(times=pl.col("times").first(), expected=(pl.col("n") * pl.col("n_b")).sum() * chance)
    )
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.stats import poisson

    tail = poisson.logsf(expected["times"].to_numpy() - 1, expected["expected"].to_numpy())
    return expected.filter(pl.Series(-tail / np.log(10) >= _UNLIKELY))


def _linked(pairs: pl.DataFrame) -> pl.DataFrame:
    people = (
        pl.concat(
            pairs.select("shop_id", buyer_no=side, other=other)
            for side, other in (("a", "b"), ("b", "a"))
        )
        .group_by(SUBJECT)
        .agg(direct=pl.len())
        .sort(SUBJECT)
        .with_row_index("node")
    )
    node = people.select(*SUBJECT, "node")
    edges = pairs.join(node, left_on=["shop_id", "a"], right_on=SUBJECT).join(
        node, left_on=["shop_id", "b"], right_on=SUBJECT, suffix="_b"
    )
    places = (edges["node"].to_numpy(), edges["node_b"].to_numpy())
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.sparse import coo_matrix

    # pylint: disable-next=import-outside-toplevel
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(edges.height), places), shape=(people.height, people.height))
    _, component = connected_components(graph, directed=False)
    return people.with_columns(size=pl.len().over(pl.Series(component))).select(
        *SUBJECT,
        bought_together=0.5 * (pl.col("size").cast(pl.Float64) - 1 + pl.col("direct")),
    )
