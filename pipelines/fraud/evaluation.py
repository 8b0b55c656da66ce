"""The quality of scores, compared with people about whom the truth is known. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from core.fraud_rules import BLOCK, REVIEW, RULES
from pipelines.fraud.score import SUBJECT

# The simulator's names of abusers, as the rules' abuse types.
ABUSES: Mapping[str, str] = {
    "traffic": "traffic",
    "flood": "flood",
    "spam": "flood",
    "scrape": "scrape",
    "hoard": "stock",
    "forgery": "payment",
    "refund": "refund",
}
ANY = "any"
LEAKAGE = 0.99

PEOPLE = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "abuse": pl.String}


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality for one abuse type.

    Null where there is nothing to divide by, or only abusers or only honest people. `precision` and
    `recall` are at the review limit, `..._at_block` at the block limit; `precision_at_k` among the
    k highest scores, k being the number of abusers.
    """

    abuse: str
    people: int
    abusers: int
    flagged: int
    precision: float | None
    recall: float | None
    precision_at_block: float | None
    recall_at_block: float | None
    average_precision: float | None
    auroc: float | None
    precision_at_k: float | None


def scored_people(people: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Each person with their highest score for each abuse type, and for any; 0 without a score.

    `people` has `shop_id`, `buyer_no` and `abuse` ("" for the honest), `scores` is of
    `fraud_score`. The result has `type`, `score`, `is_abuser` and whether the person is honest
    (`is_honest`).
    """
    types = pl.DataFrame({"type": sorted({rule.abuse for rule in RULES})})
    highest = scores.group_by(*SUBJECT, type="abuse").agg(pl.col("score").max())
    each = (
        people.join(types, how="cross")
        .join(highest, on=[*SUBJECT, "type"], how="left")
        .with_columns(
            pl.col("score").fill_null(0.0),
            is_abuser=pl.col("abuse").replace(dict(ABUSES)) == pl.col("type"),
            is_honest=pl.col("abuse") == "",
        )
    )
    overall = each.group_by(*SUBJECT, "abuse", "is_honest").agg(
        pl.col("score").max(), type=pl.lit(ANY), is_abuser=~pl.col("is_honest").first()
    )
    return pl.concat([each, overall.select(each.columns)]).sort("type", *SUBJECT)


def qualities(scored: pl.DataFrame) -> list[Quality]:
    """The quality for each abuse type that occurs, and for `any`; from rows of `scored_people`."""
    found = []
    for (kind,), rows in scored.group_by("type", maintain_order=True):
        if rows["is_abuser"].any() or kind == ANY:
            found.append(quality(str(kind), rows["is_abuser"], rows["score"]))
    return found


def quality(abuse: str, is_abuser: pl.Series, score: pl.Series) -> Quality:
    """The quality of scores for these people."""
    abusers, people = int(is_abuser.sum()), len(is_abuser)
    is_measurable = 0 < abusers < people
    precision, recall = _at(REVIEW, is_abuser, score)
    at_block = _at(BLOCK, is_abuser, score)
    return Quality(
        abuse=abuse,
        people=people,
        abusers=abusers,
        flagged=int((score >= REVIEW).sum()),
        precision=precision,
        recall=recall,
        precision_at_block=at_block[0],
        recall_at_block=at_block[1],
        average_precision=float(average_precision_score(is_abuser, score)) if abusers else None,
        auroc=float(roc_auc_score(is_abuser, score)) if is_measurable else None,
        precision_at_k=precision_at(abusers, is_abuser, score) if abusers else None,
    )


def _at(limit: float, is_abuser: pl.Series, score: pl.Series) -> tuple[float | None, float | None]:
    is_flagged = score >= limit
    hits, flagged = int((is_abuser & is_flagged).sum()), int(is_flagged.sum())
    abusers = int(is_abuser.sum())
    return (hits / flagged if flagged else None), (hits / abusers if abusers else None)


def precision_at(k: int, is_abuser: pl.Series, score: pl.Series) -> float:
    """The share of abusers among the k highest scores; equal scores at the edge count in part."""
    rows = pl.DataFrame({"is_abuser": is_abuser, "score": score}).sort("score", descending=True)
    edge = rows["score"][k - 1]
    above, at_edge = rows.filter(pl.col("score") > edge), rows.filter(pl.col("score") == edge)
    share = int(at_edge["is_abuser"].sum()) / at_edge.height
    return (int(above["is_abuser"].sum()) + share * (k - above.height)) / k


def lines(found: list[Quality]) -> list[str]:
    """The table as text."""
    heads = ["abuse", "people", "abusers", "flagged", "precision", "recall", "P@block", "R@block"]
    heads += ["AP", "AUROC", "P@k"]
    rows = [f"{heads[0]:10}" + "".join(f"{head:>10}" for head in heads[1:])]
    for each in found:
        counts = (each.people, each.abusers, each.flagged)
        shares = (
            each.precision,
            each.recall,
            each.precision_at_block,
            each.recall_at_block,
            each.average_precision,
            each.auroc,
            each.precision_at_k,
        )
        figures = "".join(
            f"{'–' if share is None else format(share, '.3f'):>10}" for share in shares
        )
        rows.append(f"{each.abuse:10}" + "".join(f"{count:>10}" for count in counts) + figures)
    return rows
