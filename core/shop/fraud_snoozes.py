"""Rules that do not count for a shopper for a time; setting one is `core.shop.risk.snooze`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop import risk


class Snooze(BaseModel):
    """Until then the rule does not count for the shopper."""

    model_config = ConfigDict(frozen=True)

    rule: str
    until: datetime


async def of_shopper(connection: Connection, shop_id: int, buyer_no: int) -> list[Snooze]:
    """Those that have not ended, by rule."""
    rows = await connection.fetch(
        "SELECT rule, until FROM fraud_snoozes WHERE shop_id = $1 AND buyer_no = $2 "
        "AND until > now() ORDER BY rule",
        shop_id,
        buyer_no,
    )
    return [Snooze(**row) for row in rows]


async def end(connection: Connection, shop_id: int, buyer_no: int, rule: str) -> None:
    """The rule counts again from the next publication on. Raises NotFound."""
    status = await connection.execute(
        "DELETE FROM fraud_snoozes WHERE (shop_id, buyer_no, rule) = ($1, $2, $3) "
        "AND until > now()",
        shop_id,
        buyer_no,
        rule,
    )
    if status == "DELETE 0":
        raise NotFound(f"the rule {rule} is not snoozed for shopper {buyer_no}")
    await risk.announce(connection, [shop_id])
