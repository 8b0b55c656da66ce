"""Exports that were started, to notice many at once, and one much larger than usual."""

from core.postgres import Connection
from core.shop.access import Visitor
from core.shop.access_alerts import Alert, raise_alert

USUAL = 5  # finished exports of a data set, before one of them can be unusual


async def begin(connection: Connection, visitor: Visitor, dataset: str, file_format: str) -> int:
    """Notes an export and returns its id."""
    run: int = await connection.fetchval(
        "INSERT INTO export_runs (link_id, dataset, format, key_id) VALUES ($1, $2, $3, $4) "
        "RETURNING id",
        visitor.link_id,
        dataset,
        file_format,
        visitor.key_id,
    )
    return run


async def is_unusual(connection: Connection, visitor: Visitor, dataset: str, limit: int) -> bool:
    """Whether an export that is about to begin needs a second look: the `limit`th of a link, or of
    a key, within an hour, which is an alert; or any while the alert about a large one of the same
    is open."""
    count: int = await connection.fetchval(
        "SELECT 1 + count(*) FROM export_runs WHERE link_id = $1 AND "
        "key_id IS NOT DISTINCT FROM $2 AND started_at > now() - interval '1 hour'",
        visitor.link_id,
        visitor.key_id,
    )
    if count >= limit:
        alert = Alert("exports", count, limit, visitor.link_id, details={"dataset": dataset})
        await raise_alert(connection, alert)
        return True
    is_open: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM access_alerts WHERE kind = 'export_size' AND link_id = $1 "
        "AND answered_at IS NULL AND (details ->> 'key_id')::int IS NOT DISTINCT FROM $2)",
        visitor.link_id,
        visitor.key_id,
    )
    return is_open


async def finish(connection: Connection, run: int, size_bytes: int, ratio: float) -> None:
    """Notes how large it was; one `ratio` times the median of the last hundred of its data set and
    format, by links to the same shops, is an alert; people's are compared with people's, and keys'
    with keys'. Rows are not counted on their way: bytes of one
    format stand for them."""
    row = await connection.fetchrow(
        "UPDATE export_runs SET size_bytes = $2 WHERE id = $1 RETURNING link_id, dataset, format, "
        "key_id",
        run,
        size_bytes,
    )
    if row is None:
        return
    usual = await connection.fetchrow(
        "SELECT count(*) AS count, "
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY size_bytes) AS median FROM ("
        "SELECT r.size_bytes FROM export_runs AS r JOIN access_links AS l ON l.id = r.link_id "
        "WHERE r.size_bytes IS NOT NULL AND r.dataset = $1 AND r.format = $2 AND r.id < $3 "
        "AND l.shop_ids IS NOT DISTINCT FROM (SELECT shop_ids FROM access_links WHERE id = $4) "
        "AND (r.key_id IS NULL) = ($5::int IS NULL) "
        "ORDER BY r.id DESC LIMIT 100) AS earlier",
        row["dataset"],
        row["format"],
        run,
        row["link_id"],
        row["key_id"],
    )
    if usual is None or usual["count"] < USUAL or size_bytes < ratio * max(1.0, usual["median"]):
        return
    key: int | None = row["key_id"]
    details = {"bytes": size_bytes, "median_bytes": round(usual["median"])}
    await raise_alert(
        connection,
        Alert(
            "export_size",
            round(size_bytes / max(1.0, usual["median"]), 1),
            ratio,
            row["link_id"],
            # One row for each: what a key did must not stand in the place of what a person did.
            subject=row["dataset"] if key is None else f"{row['dataset']} (key {key})",
            details=details if key is None else details | {"key_id": key},
        ),
    )
