"""How far could anybody get on hard worlds? Told the truth about some, how well does gradient
boosting know who is who in others?

    nice -n 10 python -m bench.hard_worlds.oracle --learn 8200-8223 --test 8300-8307

It sees what a shop sees of each person and of the link that they came by, up to the end of the
world: more than the hourly job, which judges while it happens, and more kinds of numbers than the
rules have. What it does not reach, no weights of the same numbers will.
"""

import argparse
import statistics
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_curve

from bench.hard_worlds import files
from bench.hard_worlds.generate import DAYS, ENDS, generate
from bench.hard_worlds.records import ABUSERS
from bench.running import parser

_STAFF = "unmarked_staff"
_ASKED = (*ABUSERS, _STAFF)
_NEVER = -1.0
_HIDDEN = ("buyer_no", "kind", "source_id")


@dataclass(frozen=True, slots=True)
class Question:
    """Whether somebody is of a kind, among whom: who is `left_out` is not there."""

    kind: str
    left_out: frozenset[str]

    @property
    def words(self) -> str:
        return self.kind + (", without staff" if _STAFF in self.left_out else "")

    def among(self, people: pl.DataFrame) -> pl.DataFrame:
        return people.filter(~pl.col("kind").is_in(list(self.left_out)))


def _questions() -> list[Question]:
    """As `measure` asks: each kind of abuser among the innocent; besides, refunds without staff,
    and staff among everybody."""
    found = [Question(kind, frozenset(ABUSERS) - {kind}) for kind in ABUSERS]
    without_staff = Question("refunds", frozenset(ABUSERS) - {"refunds"} | {_STAFF})
    return [*found, without_staff, Question(_STAFF, frozenset())]


def people_of(seed: int, days: int = DAYS) -> pl.DataFrame:
    """Everybody of a world: `buyer_no`, `kind`, `source_id`, and numbers about them."""
    world = generate(seed, ends=ENDS, days=days)
    kinds = pl.DataFrame(
        [(each.buyer_no, each.kind) for each in world.people],
        schema={"buyer_no": pl.UInt64, "kind": pl.String},
        orient="row",
    )
    events = files.events(world).filter(pl.col("buyer_no") > 0)
    return described(events).join(kinds, on="buyer_no")


def described(events: pl.DataFrame) -> pl.DataFrame:
    """Numbers about each person, from the columns of ClickHouse's `events`."""
    begin = events["occurred_at"].min()
    timed = events.with_columns(
        at=(pl.col("occurred_at") - begin).dt.total_milliseconds() / 3_600_000,
    )
    own = timed.group_by("buyer_no").agg(*_of_deeds())
    counts = (
        timed.with_columns(what="n_" + pl.col("event").cast(pl.String))
        .pivot("what", index="buyer_no", values="at", aggregate_function="len")
        .fill_null(0)
    )
    rejected = (
        timed.filter(pl.col("event") == "promo_rejected")
        .group_by("buyer_no")
        .agg(code_hours=pl.col("at").floor().n_unique())
    )
    people = (
        own.join(counts, on="buyer_no")
        .join(rejected, on="buyer_no", how="left")
        .join(_of_gaps(timed), on="buyer_no", how="left")
        .join(_of_orders(timed), on="buyer_no", how="left")
        .join(_of_arrival(timed), on="buyer_no", how="left")
    )
    return people.join(_of_links(people), on="source_id", how="left").sort("buyer_no")


def _of_deeds() -> list[pl.Expr]:
    at, event = pl.col("at"), pl.col("event")
    viewed = pl.col("product_id").filter(event == "product_viewed")
    return [
        pl.len().alias("deeds"),
        at.min().alias("first_at"),
        at.max().alias("last_at"),
        (at.max() - at.min()).alias("span"),
        (at // 24).n_unique().alias("days"),
        at.floor().n_unique().alias("hours"),
        (at * 6).floor().n_unique().alias("bins"),
        (at.floor() % 24).n_unique().alias("hours_of_day"),
        pl.col("session_no").n_unique().alias("visits"),
        viewed.n_unique().alias("products"),
        pl.col("is_premium").max().cast(pl.Float64).alias("premium"),
    ]


def _of_gaps(timed: pl.DataFrame) -> pl.DataFrame:
    """Between one's deeds within a visit, in seconds; deeds in the fullest ten minutes and hour."""
    gap = (pl.col("at").diff() * 3600).over("buyer_no", "session_no")
    ordered = timed.sort("buyer_no", "at").with_columns(gap=gap)
    gaps = ordered.group_by("buyer_no").agg(
        gap_median=pl.col("gap").median(),
        gap_least=pl.col("gap").min(),
        gap_mean=pl.col("gap").mean(),
        gap_spread=pl.col("gap").std() / pl.col("gap").mean(),
    )
    for name, of_hour in (("bin", 6), ("hour", 1)):
        fullest = (
            ordered.group_by("buyer_no", (pl.col("at") * of_hour).floor().alias("part"))
            .len()
            .group_by("buyer_no")
            .agg(
                pl.col("len").max().alias(f"fullest_{name}"),
                pl.col("len").median().alias(f"usual_{name}"),
            )
        )
        gaps = gaps.join(fullest, on="buyer_no")
    of_day = (
        ordered.filter(pl.col("event") == "product_viewed")
        .group_by("buyer_no", (pl.col("at") // 24).alias("day"))
        .agg(
            hours=pl.col("at").floor().n_unique(),
            products=pl.col("product_id").n_unique(),
        )
        .group_by("buyer_no")
        .agg(
            viewing_hours=pl.col("hours").max(),
            reach_of_day=pl.col("products").max(),
        )
    )
    return gaps.join(of_day, on="buyer_no", how="left")


def _of_orders(timed: pl.DataFrame) -> pl.DataFrame:
    """Orders by what became of them, how long that took (in hours), and amounts."""
    at, event = pl.col("at"), pl.col("event")
    ends = {
        "paid": "order_paid",
        "cancelled": "order_cancelled",
        "expired": "order_expired",
        "failed": "payment_failed",
        "refunded": "refund_completed",
    }
    orders = (
        timed.filter(pl.col("order_id") > 0)
        .group_by("buyer_no", "order_id")
        .agg(
            made=at.min(),
            product=pl.col("product_id").max(),
            amount=pl.col("amount_minor").max(),
            **{name: at.filter(event == what).min() for name, what in ends.items()},
        )
    )
    share = orders.group_by("product").agg(
        product_unpaid=pl.col("paid").is_null().mean(), product_orders=pl.len()
    )
    orders = orders.join(share, on="product", how="left")
    is_back = pl.col("refunded").is_not_null()
    back_after = (pl.col("refunded") - pl.col("paid")).filter(is_back)
    paid = pl.col("paid").is_not_null()
    return orders.group_by("buyer_no").agg(
        orders=pl.len(),
        **{f"{name}_orders": pl.col(name).is_not_null().sum() for name in ends},
        refund_share=is_back.sum() / paid.sum(),
        unpaid_share=1 - paid.mean(),
        refund_soonest=back_after.min(),
        refund_median=back_after.median(),
        refund_latest=back_after.max(),
        refund_first=pl.col("refunded").min(),
        refund_last=pl.col("refunded").max(),
        refund_amount=pl.col("amount").filter(is_back).mean() / pl.col("amount").mean(),
        cancel_median=(pl.col("cancelled") - pl.col("made")).median(),
        pay_median=(pl.col("paid") - pl.col("made")).median(),
        amount_least=pl.col("amount").min(),
        amount_mean=pl.col("amount").mean(),
        amount_most=pl.col("amount").max(),
        failed_amount=pl.col("amount").filter(pl.col("failed").is_not_null()).mean(),
        goods=pl.col("product").n_unique(),
        order_days=(pl.col("made") // 24).n_unique(),
        order_gap=pl.col("made").sort().diff().median(),
        unpaid_goods=pl.col("product_unpaid").mean(),
        wanted_goods=pl.col("product_orders").mean(),
    )


def _of_arrival(timed: pl.DataFrame) -> pl.DataFrame:
    first = timed.filter(
        pl.col("event") == "bot_started",
        pl.col("props").str.json_path_match("$.is_first") == "true",
    ).sort("at")
    direct = pl.col("props").str.json_path_match("$.is_direct") == "true"
    came = first.group_by("buyer_no", maintain_order=True).agg(
        came_at=pl.col("at").first(),
        source_id=pl.when(direct.first().fill_null(False))
        .then(0)
        .otherwise(pl.col("last_source_id").first()),
    )
    after = timed.join(came.select("buyer_no", "came_at"), on="buyer_no").with_columns(
        since=pl.col("at") - pl.col("came_at")
    )
    since, event = pl.col("since"), pl.col("event")
    deeds = after.group_by("buyer_no").agg(
        first_views=((event == "product_viewed") & (since < 12)).sum(),
        first_deeds=(since < 12).sum(),
        first_lasts=since.filter(since < 12).max(),
        came_back=(since >= 12).any().cast(pl.Float64),
        bought=(event == "order_paid").any().cast(pl.Float64),
        back_after=since.filter(since >= 12).min(),
    )
    return came.join(deeds, on="buyer_no")


def _of_links(people: pl.DataFrame) -> pl.DataFrame:
    """What a link's newcomers were like, and how they came."""
    stays = pl.max_horizontal("came_back", "bought")
    # Who came in the last days has not had the time to come back.
    had_time = pl.col("came_at") < pl.col("ends_at") - 72
    of_link = (
        people.with_columns(ends_at=pl.col("last_at").max())
        .filter(pl.col("source_id") > 0)
        .sort("came_at")
    )
    return of_link.group_by("source_id").agg(
        link_people=pl.len(),
        link_judged=had_time.sum(),
        link_stayed=stays.sum(),
        link_share=stays.mean(),
        link_share_judged=stays.filter(had_time).mean(),
        link_bought=pl.col("bought").sum(),
        link_first=pl.col("came_at").min(),
        link_spread=pl.col("came_at").std(),
        link_lasts=pl.col("came_at").max() - pl.col("came_at").min(),
        link_gap=pl.col("came_at").diff().median(),
        link_gap_spread=pl.col("came_at").diff().std() / pl.col("came_at").diff().mean(),
        link_views=pl.col("first_views").mean(),
        link_deeds=pl.col("first_deeds").mean(),
        link_minutes=pl.col("first_lasts").mean(),
        link_gaps=pl.col("gap_median").mean(),
        link_views_spread=pl.col("first_views").std(),
    )


def _matrix(people: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    absent = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in people.columns]
    return people.with_columns(absent).select(pl.col(names).cast(pl.Float64)).to_numpy()


def asked(question: Question, learnt: pl.DataFrame, tested: Iterable[pl.DataFrame]) -> str:
    """A line: average precision, recall at one innocent in a hundred, and what it went by."""
    names = sorted(set(learnt.columns) - set(_HIDDEN))
    rows = question.among(learnt)
    is_kind = (rows["kind"] == question.kind).to_numpy()
    model = HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.05, min_samples_leaf=10, l2_regularization=1.0, random_state=1
    ).fit(_matrix(rows, names), is_kind)
    precisions, recalls = [], []
    for world in tested:
        others = question.among(world)
        truth = (others["kind"] == question.kind).to_numpy()
        score = model.predict_proba(_matrix(others, names))[:, 1]
        precisions.append(float(average_precision_score(truth, score)))
        recalls.append(_recall(truth, score))
    return (
        f"| {question.words} | {int(is_kind.sum())} | {_spread(precisions)} | {_spread(recalls)} |"
    )


def _recall(truth: np.ndarray, score: np.ndarray) -> float:
    """At a false positive rate of 1 %."""
    false, true, _ = roc_curve(truth, score, drop_intermediate=False)
    return float(true[false <= 0.01].max())


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _seeds(text: str) -> list[int]:
    first, last = text.split("-")
    return list(range(int(first), int(last) + 1))


def _arguments() -> argparse.Namespace:
    given = parser(__doc__)
    given.add_argument("--learn", type=_seeds, default="8200-8223", help="seeds with the truth")
    given.add_argument("--test", type=_seeds, default="8300-8307", help="other seeds")
    given.add_argument("--days", type=int, default=DAYS)
    given.add_argument("--at-once", type=int, default=1)
    return given.parse_args()


def main() -> None:
    """Prints a row for each question."""
    given = _arguments()
    began = datetime.now(UTC)
    with ProcessPoolExecutor(given.at_once, mp_context=get_context("spawn")) as pool:
        worlds = list(pool.map(partial(people_of, days=given.days), [*given.learn, *given.test]))
    learnt = pl.concat(worlds[: len(given.learn)], how="diagonal_relaxed")
    tested = worlds[len(given.learn) :]
    print("| kind | people it learnt from | average precision | recall at FPR 1 % |")
    print("|---|---|---|---|")
    for question in _questions():
        print(asked(question, learnt, tested), flush=True)
    print(f"{len(worlds)} worlds, {(datetime.now(UTC) - began).total_seconds():.0f} s")


if __name__ == "__main__":
    main()
