"""Who is in an audience."""

from collections.abc import Sequence
from typing import Any

from bots.modules.broadcasts import clocks
from bots.modules.broadcasts.clocks import Clock
from bots.modules.broadcasts.drafts import Audience
from bots.sdk.context import Scope
from bots.sdk.points import Segment
from core.conditions import Conditions
from core.errors import Refused
from core.events import Bilingual

BATCH = 25_000
"""People that are entered in one transaction at most."""


class UnknownGroup(Refused):
    """The audience names a group that no module of the bot knows any more."""

    code = "unknown_group"
    explained = Bilingual(
        "Такой группы больше нет: её модуль выключен. Уберите её из условий.",
        "There is no such group any more: its module is off. Take it out of the audience.",
    )


async def groups(scope: Scope[Any]) -> dict[str, Segment]:
    """What the bot's modules know, by `<module>.<key>`."""
    return {f"{each.module}.{each.key}": each for each in await scope.offered(Segment)}


async def conditions(scope: Scope[Any], audience: Audience) -> Conditions:
    """Over `customers AS c`: who is meant, can be reached by this bot, and wants to be. Raises
    UnknownGroup."""
    where = Conditions()
    where.add("c.shop_id = {}", scope.shop.id)
    where.add("c.telegram_id > 0 AND c.blocked_at IS NULL AND NOT c.is_staff AND NOT c.is_test")
    where.add(
        "EXISTS (SELECT FROM bot_peers AS k WHERE k.bot_id = {} AND k.peer_id = c.telegram_id)",
        scope.bot_id,
    )
    where.add(
        "NOT EXISTS (SELECT FROM broadcast_refusals AS n "
        "WHERE (n.shop_id, n.buyer_no) = (c.shop_id, c.buyer_no))"
    )
    if audience.bought is not None:
        where.add(f"c.last_bought_at IS {'NOT ' if audience.bought else ''}NULL")
    if audience.products:
        where.add(
            "EXISTS (SELECT FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id "
            "WHERE (o.shop_id, o.buyer_no) = (c.shop_id, c.buyer_no) AND o.paid_at IS NOT NULL "
            "AND l.product_id = ANY({}::bigint[]))",
            list(audience.products),
        )
    if audience.segments:
        where.add(
            "EXISTS (SELECT FROM customer_segments AS s WHERE (s.shop_id, s.buyer_no) = "
            "(c.shop_id, c.buyer_no) AND s.segment = ANY({}::text[]))",
            list(audience.segments),
        )
    if audience.groups:
        where.add("c.buyer_no = ANY({}::bigint[])", await _members(scope, audience.groups))
    if audience.sources:
        where.add(
            "c.first_source_id IN (SELECT id FROM sources "
            "WHERE shop_id = c.shop_id AND code = ANY({}::text[]))",
            list(audience.sources),
        )
    if audience.languages:
        where.add(
            "split_part(lower(c.language), '-', 1) = ANY({}::text[])", list(audience.languages)
        )
    if audience.seen_days is not None:
        where.add("c.last_seen_at >= now() - make_interval(days => {})", audience.seen_days)
    if audience.unseen_days is not None:
        where.add("c.last_seen_at < now() - make_interval(days => {})", audience.unseen_days)
    return where


async def _members(scope: Scope[Any], keys: Sequence[str]) -> list[int]:
    known = await groups(scope)
    found: set[int] = set()
    for key in keys:
        if key not in known:
            raise UnknownGroup(f"no module of the bot knows the group {key}")
        found |= {*await known[key].members()}
    return sorted(found)


async def reach(scope: Scope[Any], audience: Audience) -> int:
    """How many it would go to now. Raises UnknownGroup."""
    where = await conditions(scope, audience)
    count: int = await scope.connection.fetchval(
        f"SELECT count(*) FROM customers AS c WHERE {where.sql}", *where.values
    )
    return count


async def own_clocks(scope: Scope[Any], audience: Audience) -> list[Clock]:
    """The clocks of their own that some of them have. Raises UnknownGroup."""
    where = await conditions(scope, audience)
    rows = await scope.connection.fetch(
        f"SELECT DISTINCT {clocks.STORED} AS clock FROM broadcast_clocks AS k JOIN customers AS c "
        f"ON (c.shop_id, c.buyer_no) = (k.shop_id, k.buyer_no) WHERE {where.sql}",
        *where.values,
    )
    return [clocks.read(row["clock"]) for row in rows]


async def enter(scope: Scope[Any], broadcast_id: int, audience: Audience, texts: int) -> bool:
    """Notes the next people whom it is to go to, and which text; whether that was the last of them.
    Raises UnknownGroup."""
    where = await conditions(scope, audience)
    broadcast, several = where.value(broadcast_id), where.value(texts)
    most = where.value(BATCH)
    where.add(
        "c.buyer_no > (SELECT coalesce(max(r.buyer_no), 0) FROM broadcast_recipients AS r "
        "WHERE r.broadcast_id = {})",
        broadcast_id,
    )
    status: str = await scope.connection.execute(
        "INSERT INTO broadcast_recipients (broadcast_id, shop_id, buyer_no, text_no) "
        f"SELECT ${broadcast}::bigint, c.shop_id, c.buyer_no, "
        # By chance, and the same whenever it is asked: halves of equal size but for luck.
        f"(hashint8extended(c.buyer_no, ${broadcast}::bigint) & 1023) % ${several}::int "
        f"FROM customers AS c WHERE {where.sql} ORDER BY c.buyer_no LIMIT ${most}::int",
        *where.values,
    )
    return int(status.rpartition(" ")[2]) < BATCH
