"""What is suspected of somebody's other accounts, and of those who order and pay with them. Pure.

Suspicion spreads along what shoppers have in common and fades: a tie of n people passes on
1/(n − 1) of it, so that of two accounts with one telephone each is as suspicious as the other, and
of four of a family hardly; each further step passes on half. It starts from what was measured of
each shopper themselves, so that it never comes back to where it began.
"""

from typing import Any

import numpy as np
import polars as pl

from core.fraud_link_rules import LINK_RULE_OF
from pipelines.fraud.score import HOURLY, SUBJECT, scores
from pipelines.fraud.trailing import Numbers

STEPS = 2  # from one shopper to another
_FADES = 0.5
# An address may be a house's, an office's or a parcel locker's.
_WEIGHTS = {"phone": 1.0, "email": 1.0, "payer": 1.0, "address": 0.5}
_AT_ONCE = 1e-9  # the length of an edge that costs nothing; 0 would be no edge
TIES = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "tie": pl.UInt32, "kind": pl.String}
SUSPECTED = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "abuse": pl.String,
    "suspicion": pl.Float64,
}
DECIDED = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "abuse": pl.String,
    "is_confirmed": pl.Boolean,
}


def suspected(found: pl.DataFrame) -> pl.DataFrame:
    """`SUSPECTED`: by shopper and abuse the highest score of an hour, from 0 to 1, without what has
    spread to them. `found` has the columns of `score.reasons`, without models."""
    own = found.filter(pl.col("abuse").is_in(list(LINK_RULE_OF)), ~pl.col("is_shadow")).filter(
        ~pl.col("rule").is_in(list(LINK_RULE_OF.values()))
    )
    return (
        scores(own.select(*HOURLY, "abuse", "rule", "contribution", "is_shadow"))
        .group_by(*SUBJECT, "abuse")
        .agg(suspicion=pl.col("score").max() / 100)
        .select(pl.col(name).cast(kind) for name, kind in SUSPECTED.items())
        .sort(*SUBJECT, "abuse")
    )


def as_decided(
    suspicions: pl.DataFrame, labels: pl.DataFrame, allowed: pl.DataFrame
) -> pl.DataFrame:
    """`suspicions` (`SUSPECTED`), where a person has decided (`DECIDED`) by that; of who is allowed
    nothing is suspected."""
    certain = labels.select(*SUBJECT, "abuse", suspicion=pl.col("is_confirmed").cast(pl.Float64))
    case = [*SUBJECT, "abuse"]
    return (
        pl.concat([suspicions.join(certain, on=case, how="anti"), certain])
        .join(allowed, on=list(SUBJECT), how="anti")
        .sort(case)
    )


def link_signals(
    ties: pl.DataFrame, suspicions: pl.DataFrame, active: pl.DataFrame
) -> pl.DataFrame:
    """A column for each rule of `LINK_RULES`: what is suspected of those whom each of the `active`
    is tied to, from 0 to 1.

    `ties` (`TIES`) has a row for each shopper of each tie, of whom every one has two or more;
    `suspicions` is of `SUSPECTED`.
    """
    rules = list(LINK_RULE_OF.values())
    people = ties.select(SUBJECT).unique().sort(SUBJECT).with_row_index("node")
    known = suspicions.join(people, on=list(SUBJECT)).pivot(
        "abuse", index="node", values="suspicion"
    )
    if known.is_empty():
        return pl.DataFrame(
            schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64} | dict.fromkeys(rules, pl.Float64)
        )
    of_abuse = [
        pl.col(abuse).fill_null(0.0) if abuse in known.columns else pl.lit(0.0).alias(abuse)
        for abuse in LINK_RULE_OF
    ]
    spread = _spread(ties.join(people, on=list(SUBJECT)), known.select("node", *of_abuse))
    found = pl.DataFrame(spread, schema=dict.fromkeys(rules, pl.Float64), orient="row")
    return (
        people.select(SUBJECT)
        .hstack(found)
        .join(active.select(SUBJECT).unique(), on=list(SUBJECT), how="semi")
    )


def _spread(ties: pl.DataFrame, known: pl.DataFrame) -> Numbers:
    """For each shopper (`node`, from 0) a row, and for each kind of abuse a column. `known` has
    `node` and the suspicion of each abuse."""
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.sparse.csgraph import connected_components, dijkstra

    people = ties["node"].n_unique()
    graph = _graph(ties, people)
    component = connected_components(graph, directed=False)[1]
    sources = known["node"].to_numpy().astype(np.int64)
    suspicion = known.drop("node").to_numpy()
    spread = np.zeros((graph.shape[0], suspicion.shape[1]))
    for each in np.unique(component[sources]):
        inside = np.flatnonzero(component == each)
        here = component[sources] == each
        places = np.searchsorted(inside, sources[here])
        reach = np.exp(-dijkstra(graph[inside][:, inside], indices=places)) / _FADES
        reach[np.arange(len(places)), places] = 0.0  # nobody is suspected for themselves
        spread[inside] = reach.T @ suspicion[here]
    return np.clip(spread[:people], 0.0, 1.0)


def _graph(ties: pl.DataFrame, people: int) -> Any:
    """A sparse matrix (CSR): the cost of each way, −ln of what it passes on. Nodes are the shoppers
    and, from `people` on, the ties: to a tie it costs, from there to the others nothing more."""
    # pylint: disable-next=import-outside-toplevel  # half a second, for those hours alone
    from scipy.sparse import coo_matrix

    edges = ties.with_columns(
        passes=pl.col("kind").replace_strict(_WEIGHTS)
        * _FADES
        / (pl.len().over("shop_id", "tie") - 1),
        place=pl.struct("shop_id", "tie").rank("dense") - 1,
    )
    node = edges["node"].to_numpy().astype(np.int64)
    place = edges["place"].to_numpy().astype(np.int64) + people
    costs = np.concatenate([-np.log(edges["passes"].to_numpy()), np.full(len(node), _AT_ONCE)])
    ways = (np.concatenate([node, place]), np.concatenate([place, node]))
    count = people + edges["place"].n_unique()
    return coo_matrix((costs, ways), shape=(count, count)).tocsr()
