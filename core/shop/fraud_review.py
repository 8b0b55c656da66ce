"""The review queue: shoppers whom the fraud filter flagged, what people decided about them, and
what was taken back. The verdicts themselves: `core.shop.risk`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.conditions import Conditions
from core.errors import ChangedMeanwhile, Conflict, NotFound, Refused
from core.fraud_rules import BLOCK, HELD, REVIEW
from core.fraud_words import ABUSES
from core.postgres import Connection
from core.shop import risk
from core.shop.access import Visitor
from core.shop.risk import Label, Outcome

Decision = Literal["confirmed", "false_positive", "ignored", "allowed", "disallowed"]
List = Literal["allowed", "denied"]
# Of the shopper as a whole, by the allow-list; the others are of one kind of abuse.
ABOUT_THE_WHOLE = frozenset({"allowed", "disallowed"})
HISTORY = 200


class DecidedLater(Conflict):
    """A later decision about the same stands: that one is to be taken back first."""

    code = "decided_later"


class AbuseUnknown(Refused):
    """The decision needs the kind of abuse that it is about."""

    code = "abuse_unknown"


class QueueFilter(BaseModel):
    """`decided` False: those that nobody has decided about. None: no matter."""

    model_config = ConfigDict(frozen=True)

    abuse: str | None = None
    outcome: Outcome | None = None
    decided: bool | None = False


class QueuedCase(BaseModel):
    """A shopper and a kind of abuse. `label`: what a person decided last; names are empty for who
    may not see them."""

    model_config = ConfigDict(frozen=True)

    buyer_no: int
    first_name: str
    username: str | None
    telegram_id: int | None
    abuse: str
    score: float
    outcome: Outcome
    seen_at: datetime
    label: Label | None
    is_allowed: bool

    def without_names(self) -> "QueuedCase":
        """The same for who may not know who it is."""
        return self.model_copy(update={"first_name": "", "username": None, "telegram_id": None})


class QueuePlace(BaseModel):
    """The last case of a page: the next one is below its score, or of a later number or abuse."""

    model_config = ConfigDict(frozen=True)

    score: float
    buyer_no: int
    abuse: str


class StoredDecision(BaseModel):
    """What somebody decided. `decided_by` is the label of their link, empty where it was taken from
    a file; `score` is what they saw."""

    model_config = ConfigDict(frozen=True)

    id: int
    buyer_no: int
    abuse: str
    decision: Decision
    score: float | None
    note: str
    decided_by: str
    is_from_file: bool
    decided_at: datetime
    undone_at: datetime | None
    undone_by: str


class ListedShopper(BaseModel):
    """A shopper on the allow-list, or with a confirmed abuse (`abuse`, else empty)."""

    model_config = ConfigDict(frozen=True)

    buyer_no: int
    abuse: str
    note: str
    since: datetime


_NEWEST_LABEL = """
LEFT JOIN LATERAL (
    SELECT label FROM fraud_labels AS l
    WHERE (l.shop_id, l.buyer_no, l.abuse) = (v.shop_id, v.buyer_no, v.abuse)
    ORDER BY l.labelled_at DESC, l.id DESC LIMIT 1
) AS l ON true
"""
_CASES = f"""
SELECT v.buyer_no, coalesce(c.first_name, '') AS first_name, c.username, c.telegram_id, v.abuse,
    v.score, v.outcome, v.seen_at, l.label, a.buyer_no IS NOT NULL AS is_allowed
FROM fraud_verdicts AS v
LEFT JOIN customers AS c USING (shop_id, buyer_no)
LEFT JOIN fraud_allow AS a USING (shop_id, buyer_no)
{_NEWEST_LABEL}
"""


async def queue(
    connection: Connection,
    shop_id: int,
    chosen: QueueFilter,
    *,
    size: int,
    after: QueuePlace | None = None,
) -> list[QueuedCase]:
    """The cases, the highest score first."""
    conditions = Conditions()
    conditions.add("v.shop_id = {}", shop_id)
    if chosen.outcome is not None:
        conditions.add("v.outcome = {}", chosen.outcome)
    elif chosen.decided is False:
        conditions.add("v.outcome <> 'allow'")
    if chosen.abuse is not None:
        conditions.add("v.abuse = {}", chosen.abuse)
    if chosen.decided is not None:
        conditions.add("(l.label IS NOT NULL) = {}", chosen.decided)
    if after is not None:
        score = f"${conditions.value(after.score)}::float8"
        conditions.add(
            f"(v.score < {score} OR v.score = {score} "
            "AND (v.buyer_no, v.abuse) > ({}::bigint, {}::text))",
            after.buyer_no,
            after.abuse,
        )
    rows = await connection.fetch(
        f"{_CASES} WHERE {conditions.sql} ORDER BY v.score DESC, v.buyer_no, v.abuse "
        f"LIMIT {int(size)}",
        *conditions.values,
    )
    return [QueuedCase(**row) for row in rows]


async def cases_of(connection: Connection, shop_id: int, buyer_no: int) -> list[QueuedCase]:
    """Everything that was published about one shopper, the highest score first."""
    rows = await connection.fetch(
        f"{_CASES} WHERE v.shop_id = $1 AND v.buyer_no = $2 ORDER BY v.score DESC, v.abuse",
        shop_id,
        buyer_no,
    )
    return [QueuedCase(**row) for row in rows]


async def decisions_of(connection: Connection, shop_id: int, buyer_no: int) -> list[StoredDecision]:
    """What was decided about a shopper, the newest first, two hundred at most."""
    rows = await connection.fetch(
        "SELECT id, buyer_no, abuse, decision, score, note, decided_by, is_from_file, decided_at, "
        "undone_at, undone_by FROM fraud_decisions WHERE shop_id = $1 AND buyer_no = $2 "
        f"ORDER BY decided_at DESC, id DESC LIMIT {HISTORY}",
        shop_id,
        buyer_no,
    )
    return [StoredDecision(**row) for row in rows]


async def version_of(connection: Connection, shop_id: int, buyer_no: int) -> int:
    """How often anything was decided or taken back about the shopper, and one more."""
    found: int = await connection.fetchval(
        "SELECT 1 + count(*) + count(undone_at) FROM fraud_decisions "
        "WHERE shop_id = $1 AND buyer_no = $2",
        shop_id,
        buyer_no,
    )
    return found


async def _begin(connection: Connection, shop_id: int, buyer_no: int, seen_version: int) -> None:
    """Locks the shopper; raises NotFound, ChangedMeanwhile."""
    if not await connection.fetchval(
        "SELECT true FROM customers WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE",
        shop_id,
        buyer_no,
    ):
        raise NotFound(f"there is no customer {buyer_no}")
    version = await version_of(connection, shop_id, buyer_no)
    if version != seen_version:
        raise ChangedMeanwhile(
            "somebody else has decided about this shopper: read it again", f'"{version}"'
        )


async def decide(  # pylint: disable=too-many-arguments  # a row's columns
    connection: Connection,
    visitor: Visitor,
    *,
    shop_id: int,
    buyer_no: int,
    decision: Decision,
    abuse: str = "",
    note: str = "",
    seen_version: int,
) -> None:
    """Decides about a shopper, at once for bots; the clean figures follow with the next run.

    `confirmed` needs no verdict: whoever is confirmed is held or blocked. Raises NotFound,
    AbuseUnknown, ChangedMeanwhile.
    """
    if decision not in ABOUT_THE_WHOLE and abuse not in ABUSES:
        raise AbuseUnknown(f"name the abuse that this is about: {', '.join(ABUSES)}")
    await _begin(connection, shop_id, buyer_no, seen_version)
    label_id = None
    former_note = None
    if decision in ABOUT_THE_WHOLE:
        former_note = await risk.allow_note(connection, shop_id, buyer_no)
    if decision == "allowed":
        await risk.allow(connection, shop_id, buyer_no, note)
    elif decision == "disallowed":
        await risk.disallow(connection, shop_id, buyer_no)
    else:
        label_id = await risk.label(
            connection,
            shop_id=shop_id,
            buyer_no=buyer_no,
            abuse=abuse,
            decided=decision,
            note=note,
        )
    about = "" if decision in ABOUT_THE_WHOLE else abuse
    await connection.execute(
        "INSERT INTO fraud_decisions (shop_id, buyer_no, abuse, decision, label_id, score, note, "
        "link_id, decided_by, former_note) VALUES ($1, $2, $3, $4, $5, (SELECT max(score) "
        "FROM fraud_verdicts WHERE shop_id = $1 AND buyer_no = $2 AND $3 IN ('', abuse)), $6, $7, "
        "$8, $9)",
        shop_id,
        buyer_no,
        about,
        decision,
        label_id,
        note,
        visitor.link_id or None,
        visitor.label,
        former_note,
    )
    await settle(connection, shop_id, buyer_no, confirmed=abuse if decision == "confirmed" else "")


async def undo(
    connection: Connection,
    visitor: Visitor,
    *,
    shop_id: int,
    buyer_no: int,
    decision_id: int,
    seen_version: int,
) -> None:
    """Takes a decision back: what was decided before it counts again.

    Raises NotFound for one that does not exist or was undone, DecidedLater, ChangedMeanwhile.
    """
    await _begin(connection, shop_id, buyer_no, seen_version)
    standing = await connection.fetch(
        "SELECT id, decision, label_id, former_note FROM fraud_decisions "
        "WHERE shop_id = $1 AND buyer_no = $2 AND undone_at IS NULL AND abuse = ("
        "SELECT abuse FROM fraud_decisions WHERE id = $3 AND shop_id = $1 AND buyer_no = $2) "
        "ORDER BY decided_at DESC, id DESC",
        shop_id,
        buyer_no,
        decision_id,
    )
    if decision_id not in [row["id"] for row in standing]:
        raise NotFound(f"there is no decision {decision_id} about this shopper that stands")
    newest = standing[0]
    if newest["id"] != decision_id:
        raise DecidedLater(f"decision {newest['id']} about the same is newer: undo that one first")
    if newest["decision"] in ABOUT_THE_WHOLE:
        if newest["former_note"] is not None:
            await risk.allow(connection, shop_id, buyer_no, newest["former_note"])
        elif await risk.allow_note(connection, shop_id, buyer_no) is not None:
            await risk.disallow(connection, shop_id, buyer_no)
    await connection.execute("DELETE FROM fraud_labels WHERE id = $1", newest["label_id"])
    await connection.execute(
        "UPDATE fraud_decisions SET undone_at = now(), undone_by = $2 WHERE id = $1",
        decision_id,
        visitor.label,
    )
    await settle(connection, shop_id, buyer_no)


# As `pipelines.fraud.judgement.judged` has it, from the scores published last.
_SETTLE = f"""
UPDATE fraud_verdicts AS v SET outcome = s.outcome, published_at = now()
FROM (
    SELECT v.abuse, CASE
        WHEN a.buyer_no IS NOT NULL OR l.label = 'false_positive' THEN 'allow'
        WHEN l.label = 'confirmed' OR v.score >= coalesce(f.block, $4)
            THEN CASE WHEN v.abuse = ANY($3) THEN 'hold' ELSE 'block' END
        WHEN v.score >= coalesce(f.review, $5) THEN 'review'
        ELSE 'allow' END AS outcome
    FROM fraud_verdicts AS v
    LEFT JOIN fraud_allow AS a USING (shop_id, buyer_no)
    LEFT JOIN fraud_limits AS f USING (shop_id)
    {_NEWEST_LABEL}
    WHERE v.shop_id = $1 AND v.buyer_no = $2
) AS s
WHERE v.shop_id = $1 AND v.buyer_no = $2 AND v.abuse = s.abuse AND v.outcome <> s.outcome
"""


async def settle(
    connection: Connection, shop_id: int, buyer_no: int, *, confirmed: str = ""
) -> None:
    """Brings the published outcomes of a shopper in line with the decisions, and tells the bots.
    Who is `confirmed` for an abuse without a verdict gets one."""
    if confirmed:
        await connection.execute(
            "INSERT INTO fraud_verdicts (shop_id, buyer_no, abuse, score, outcome, seen_at) "
            "VALUES ($1, $2, $3, 0, 'allow', now()) ON CONFLICT DO NOTHING",
            shop_id,
            buyer_no,
            confirmed,
        )
    await connection.execute(_SETTLE, shop_id, buyer_no, sorted(HELD), BLOCK, REVIEW)
    await risk.announce(connection, [shop_id])


_LISTS = {
    "allowed": "SELECT buyer_no, '' AS abuse, note, created_at AS since FROM fraud_allow "
    "WHERE shop_id = $1",
    "denied": "SELECT buyer_no, abuse, note, labelled_at AS since FROM (SELECT DISTINCT ON "
    "(buyer_no, abuse) buyer_no, abuse, label, note, labelled_at FROM fraud_labels "
    "WHERE shop_id = $1 ORDER BY buyer_no, abuse, labelled_at DESC, id DESC) AS newest "
    "WHERE label = 'confirmed'",
}


async def listed(
    connection: Connection,
    shop_id: int,
    which: List,
    *,
    size: int,
    after: tuple[int, str] = (0, ""),
) -> Sequence[ListedShopper]:
    """Who is on the allow-list, or confirmed and so denied, by number and abuse."""
    rows = await connection.fetch(
        f"SELECT * FROM ({_LISTS[which]}) AS found WHERE (buyer_no, abuse) > ($2, $3) "
        f"ORDER BY buyer_no, abuse LIMIT {int(size)}",
        shop_id,
        *after,
    )
    return [ListedShopper(**row) for row in rows]
