"""What the people of a link did in the days after they came: whether it brings anybody who stays.

Links are told apart as a mixture of two kinds: those of people, of whom some come back or put
something into a cart, and those of bought accounts, of whom hardly one in a hundred does. Many
small links of the second kind show each other up, while one link of a post that few stayed for does
not look like them.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from pipelines.fraud.score import SUBJECT
from pipelines.fraud.trailing import Numbers

ARRIVED_WITHIN = timedelta(days=14)
# A newcomer is judged a day after they came, and again as more is known of their link.
JUDGED_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=13))
_TELLING = timedelta(days=3)  # who came later than this ago says nothing of a link yet
_TIME_TO_RETURN = timedelta(days=7)  # so long after somebody came most of those who return have
_HOUR = timedelta(hours=1)
_LEAST = 5  # newcomers of a link
_OF_BOUGHT = 0.01  # of them stay after all
_ALIKE = 10.0  # how much alike links of people are: the strength of their beta distribution
_LARGE = 50  # newcomers: a larger link says no more about the others
_MOST_BOUGHT = 0.5
_ROUNDS = 25
_FIRST_GUESS = 0.1


def arrival_signals(arrivals: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    """How probable it is that a newcomer's link brings bought accounts, for those who did not stay.

    `arrivals` has `source_id`, `started_at` and `stayed` (came back half a day later, or put
    something into a cart) of everybody who came in two weeks. Those
    are judged who came in the same hour, as many days ago as `JUDGED_AFTER` says. Who did not stay
    counts in their link as far as they have had the time to: a post of yesterday, whose people have
    not come back yet, looks like nothing.
    """
    end = begin + _HOUR
    telling = arrivals.filter(pl.col("source_id") > 0, pl.col("started_at") < end - _TELLING)
    waited = ((pl.lit(end) - pl.col("started_at")) / _TIME_TO_RETURN).clip(0, 1)
    links = telling.group_by("shop_id", "source_id").agg(
        came=pl.len(),
        people_with_time=pl.when("stayed").then(1.0).otherwise(waited).sum().round(),
        stayed=pl.col("stayed").sum(),
    )
    judged = [
        rows.with_columns(
            source_unreturned=pl.Series(bought(rows["people_with_time"], rows["stayed"]))
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
        arrivals.filter(~pl.col("stayed"), pl.any_horizontal(*came))
        .join(pl.concat(judged), on=["shop_id", "source_id"])
        .select(*SUBJECT, "source_unreturned")
    )


def bought(people_with_time: pl.Series, stayed: pl.Series) -> Numbers:
    """For each link of a shop the probability that it is one of the second kind (expectation and
    maximisation over the shares of both)."""
    n, k = people_with_time.to_numpy().astype(float), stayed.to_numpy().astype(float)
    share, usual = _FIRST_GUESS, max((k.sum() + 1) / (n.sum() + 2), 2 * _OF_BOUGHT)
    found = np.zeros(len(n))
    for _ in range(_ROUNDS):
        # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
        from scipy.stats import betabinom, binom

        of_people = betabinom.logpmf(k, n, _ALIKE * usual, _ALIKE * (1 - usual))
        of_bought = binom.logpmf(k, n, _OF_BOUGHT)
        odds = np.log(share / (1 - share)) + of_bought - of_people
        found = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
        # Where both kinds look alike, the links alone do not say that most are bought.
        share = float(np.clip(found.mean(), 0.01, _MOST_BOUGHT))
        honest = (1 - found) * np.minimum(1, _LARGE / n)
        usual = float(np.clip((honest @ k + 1) / (honest @ n + 4), 2 * _OF_BOUGHT, 0.95))
    return found
