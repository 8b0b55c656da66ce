"""A Start that a gate delayed, and its link's code: handled once the shopper has passed the
gate."""

from typing import TYPE_CHECKING, Any

from core.shop.customers import START_CODE

if TYPE_CHECKING:  # a context is what proceeds
    from bots.sdk.context import Context


async def keep(context: "Context[Any]", code: str) -> None:
    """Stores a code until `take`; a Start without one does not replace it."""
    if not START_CODE.fullmatch(code):
        return
    await context.connection.execute(
        "INSERT INTO kept_starts (bot_id, shop_id, buyer_no, code, kept_at) "
        "VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (bot_id, buyer_no) DO UPDATE SET code = $4, kept_at = $5",
        context.bot_id,
        context.shop.id,
        context.customer.buyer_no,
        code,
        context.now,
    )


async def take(context: "Context[Any]") -> str:
    """The stored code, once; empty if there is none."""
    code: str | None = await context.connection.fetchval(
        "DELETE FROM kept_starts WHERE bot_id = $1 AND buyer_no = $2 RETURNING code",
        context.bot_id,
        context.customer.buyer_no,
    )
    return code or ""
