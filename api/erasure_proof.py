"""What ClickHouse still has of a customer who was erased."""

from api.problems import STORE_ERRORS
from api.reader import Reader
from core import people_day
from core.people_in_events import FREE_TEXT, IN_BITMAPS, TABLES, THEIRS


async def rows_left(
    reader: Reader, shop_id: int, buyer_no: int, *, with_events: bool
) -> dict[str, int] | None:
    """Rows that must go, by table: those with free texts (`events.props`), and, if the events were
    to go, all that name the person. None while ClickHouse is away."""
    who = {"who": [(shop_id, buyer_no)]}
    try:
        counts = {"events.props": f"FROM events WHERE {FREE_TEXT}"}
        if with_events:
            named = [row["table"] for row in await reader.rows(TABLES, {})]
            counts |= {name: f"FROM {name} WHERE {THEIRS}" for name in named}
            counts[people_day.TABLE] = IN_BITMAPS
        found = {}
        for name, rows in counts.items():
            (row,) = await reader.rows(f"SELECT count() AS rows {rows}", who)
            found[name] = row["rows"]
        return found
    except STORE_ERRORS:
        return None
