"""Admitting an update: its bot's lease, the inbox, who has come and whether they are being asked
something, in one statement."""

from dataclasses import dataclass

from bots.runtime.leases import ADMIT, Lease, LeaseLost
from bots.runtime.translate import Translation
from core.postgres import Connection
from core.shop import customers
from core.shop.customers import COLUMNS, Customer


@dataclass(frozen=True, slots=True)
class Admission:
    """`is_new` is False for a replay; then nobody has come. `is_asked`: whether a question may be
    waiting for the customer's answer."""

    is_new: bool
    customer: Customer | None = None
    is_asked: bool = True


_ADMIT_VISITOR = f"""
{ADMIT}, visitor AS ({customers.touching(6, only_if="EXISTS (SELECT FROM entry)")})
SELECT EXISTS (SELECT FROM lease) AS held, EXISTS (SELECT FROM entry) AS is_new, visitor.*,
    EXISTS (SELECT FROM dialogs AS d WHERE d.bot_id = $1 AND d.buyer_no = visitor.buyer_no)
        AS is_asked
FROM (VALUES (1)) AS always (one) LEFT JOIN visitor ON true
"""
_CUSTOMER = COLUMNS.split(", ")


async def admit_visitor(
    connection: Connection, lease: Lease, translation: Translation, shop_id: int
) -> Admission:
    """`leases.admit`, and notes the visit of an update that is new. Raises LeaseLost."""
    profile = translation.profile
    row = await connection.fetchrow(
        _ADMIT_VISITOR,
        lease.bot_id,
        lease.worker,
        lease.epoch,
        translation.kind,
        translation.natural_key,
        *customers.visit_of(shop_id, profile),
    )
    assert row is not None  # a row that is always there, joined with what may not be
    if not row["held"]:
        raise LeaseLost(f"bot {lease.bot_id}, epoch {lease.epoch}")
    if not row["is_new"]:
        return Admission(is_new=False)
    if row["buyer_no"] is None:  # the first time
        return Admission(True, await customers.touch(connection, shop_id, profile))
    customer = Customer(**{name: row[name] for name in _CUSTOMER})
    return Admission(True, customer, row["is_asked"])
