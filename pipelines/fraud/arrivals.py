"""What the people of a link did in the days after they came: whether it brings anybody who stays.

Links are told apart as a mixture of two kinds: those of people, of whom some come back or buy, and
those of bought accounts, of whom hardly one in a hundred does. Many small links of the second kind
show each other up, while one link of a post that few stayed for does not look like them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from pipelines.fraud.score import SUBJECT
from pipelines.fraud.trailing import Numbers

ARRIVED_WITHIN = timedelta(days=14)
# Who comes back half a day after they came, or pays, stays.
AWAY = timedelta(hours=12)
# A newcomer is judged a day after they came, and again as more is known of their link.
JUDGED_AFTER = tuple(timedelta(days=days) for days in (1, 2, 3, 5, 7, 13))
_TELLING = timedelta(days=3)  # who came later than this ago says nothing of a link yet
_TIME_TO_RETURN = timedelta(days=7)  # so long after somebody came most of those who return have
_RETURNS_KNOWN = 30  # so many returns the even spread over that time weighs
_SOONER = 1.5
_HOUR = timedelta(hours=1)
_LEAST = 5  # newcomers of a link
_OF_BOUGHT = 0.01  # of them come back after all
_ALIKE = 10.0  # how much alike links of people are: the strength of their beta distribution
_LARGE = 50  # newcomers: a larger link says no more about the others
_MOST_BOUGHT = 0.5
_ROUNDS = 25
_FIRST_GUESS = 0.1
_LOOKED_AROUND = 4  # products of a first visit
# Of bought accounts as many look around as of people: that part of them.
_LOOK_OF_BOUGHT = 0.2
_MOST_FOR_LOOKS = 3.0  # log-odds


def arrival_signals(arrivals: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    """How probable it is that a newcomer's link brings bought accounts, for those who did not stay.

    `arrivals` has of everybody who came in two weeks `source_id`, `started_at`, `stayed_after` (the
    hours until they came back or paid; null: never), and of their first half day the number of
    products that they `viewed`, and what they `took` into a cart. Those are judged who came in the
    same hour, as many days ago as `JUDGED_AFTER` says. Who did not stay counts in their link as far
    as they have had the time to, by how soon those of the shop do: a post of yesterday, whose
    people have not come back yet, looks like nothing.
    """
    end = begin + _HOUR
    stayed = pl.col("stayed_after").is_not_null()
    telling = arrivals.filter(pl.col("source_id") > 0, pl.col("started_at") < end - _TELLING)
    had_time = _had_time(arrivals, end)
    links = (
        telling.with_columns(waited=pl.lit(end) - pl.col("started_at"))
        .with_columns(had_time(pl.col("waited")).alias("had_time"))
        .group_by("shop_id", "source_id")
        .agg(
            came=pl.len(),
            people_with_time=pl.when(stayed).then(1.0).otherwise("had_time").sum().round(),
            stayed=stayed.sum(),
            looked=(stayed | (pl.col("viewed") >= _LOOKED_AROUND) | (pl.col("took") > 0)).sum(),
        )
    )
    judged = [
        rows.with_columns(
            source_unreturned=pl.Series(
                bought(
                    rows["people_with_time"], rows["stayed"], looks(rows["came"], rows["looked"])
                )
            )
        )
        for _, rows in links.filter(pl.col("came") >= _LEAST).group_by("shop_id")
    ]
    if not judged:
        return pl.DataFrame(
            schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "source_unreturned": pl.Float64}
        )
    came = [
        pl.col("started_at").is_between(begin - ago, end - ago, closed="left")
        for ago in JUDGED_AFTER
    ]
    return (
        arrivals.filter(~stayed, pl.any_horizontal(*came))
        .join(pl.concat(judged), on=["shop_id", "source_id"])
        .select(*SUBJECT, "source_unreturned")
    )


def _had_time(arrivals: pl.DataFrame, end: datetime) -> Callable[[pl.Expr], pl.Expr]:
    """Which part of those who return have returned so long after they came: as it was with those
    who came `_TIME_TO_RETURN` ago or more, and while these are few, evenly over that time. Those of
    another link may take longer, so it is never much more than that."""
    after = (
        arrivals.filter(pl.col("started_at") < end - _TIME_TO_RETURN)["stayed_after"]
        .drop_nulls()
        .sort()
        .to_numpy()
    )
    longest = _TIME_TO_RETURN / _HOUR
    after = after[after <= longest]

    def part(waited: pl.Expr) -> pl.Expr:
        def of(hours: pl.Series) -> pl.Series:
            evenly = np.clip(hours.to_numpy() / longest, 0, 1)
            by_then = np.searchsorted(after, hours.to_numpy(), side="right")
            seen = (by_then + _RETURNS_KNOWN * evenly) / (len(after) + _RETURNS_KNOWN)
            return pl.Series(np.minimum(seen, _SOONER * evenly))

        hours = waited.dt.total_seconds() / _HOUR.total_seconds()
        return hours.map_batches(of, return_dtype=pl.Float64)

    return part


def looks(came: pl.Series, looked: pl.Series) -> Numbers:
    """For each link of a shop the log-odds that its people look around as little as bought accounts
    do. What anybody may pretend says nothing for a link, and not much against it."""
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.stats import betabinom, binom

    n, k = came.to_numpy().astype(float), looked.to_numpy().astype(float)
    weight = np.minimum(1, _LARGE / n)
    usual = float((weight @ k + 1) / (weight @ n + 2))
    of_people = betabinom.logpmf(k, n, _ALIKE * usual, _ALIKE * (1 - usual))
    of_bought = binom.logpmf(k, n, _LOOK_OF_BOUGHT * usual)
    found: Numbers = np.clip(of_bought - of_people, 0, _MOST_FOR_LOOKS)
    return found


def bought(people_with_time: pl.Series, stayed: pl.Series, other: Numbers | float = 0.0) -> Numbers:
    """For each link of a shop the probability that it is one of the second kind (expectation and
    maximisation over the shares of both), with the log-odds that something `other` gives."""
    n, k = people_with_time.to_numpy().astype(float), stayed.to_numpy().astype(float)
    share, usual = _FIRST_GUESS, max((k.sum() + 1) / (n.sum() + 2), 2 * _OF_BOUGHT)
    found = np.zeros(len(n))
    for _ in range(_ROUNDS):
        # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
        from scipy.stats import betabinom, binom

        of_people = betabinom.logpmf(k, n, _ALIKE * usual, _ALIKE * (1 - usual))
        of_bought = binom.logpmf(k, n, _OF_BOUGHT)
        odds = np.log(share / (1 - share)) + of_bought - of_people + other
        found = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
        # Where both kinds look alike, the links alone do not say that most are bought.
        share = float(np.clip(found.mean(), 0.01, _MOST_BOUGHT))
        honest = (1 - found) * np.minimum(1, _LARGE / n)
        usual = float(np.clip((honest @ k + 1) / (honest @ n + 4), 2 * _OF_BOUGHT, 0.95))
    return found
