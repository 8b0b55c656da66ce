"""Where a secret is found at rest: searched for by the stores themselves, in every row."""

from collections.abc import Mapping

from core.clickhouse import open_client
from core.postgres import Connection


async def in_postgres(connection: Connection, secrets: Mapping[str, str]) -> list[str]:
    """Tables with the secrets that are in them, as they are or in hexadecimal."""
    tables = await connection.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n "
        "ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'"
    )
    assert len(tables) > 50
    spelt = {
        spelling: what
        for what, secret in secrets.items()
        for spelling in (secret, secret.encode().hex())
    }
    found = []
    for table in tables:
        rows = await connection.fetch(
            "SELECT s FROM unnest($1::text[]) AS s WHERE EXISTS (SELECT FROM "
            f"{table['name']} AS t WHERE position(s IN t::text) > 0)",
            list(spelt),
        )
        found += [f"{table['name']}: {spelt[row['s']]}" for row in rows]
    return found


def in_clickhouse(url: str, secrets: Mapping[str, str]) -> list[str]:
    """As `in_postgres`, in whatever holds texts."""
    with open_client(url) as client:
        columns = client.query(
            "SELECT c.table, groupArray(c.name) FROM system.columns AS c "
            "JOIN system.tables AS t ON (t.database, t.name) = (c.database, c.table) "
            "WHERE c.database = currentDatabase() AND t.engine LIKE '%MergeTree' "
            "AND c.type LIKE '%String%' AND c.type NOT LIKE '%AggregateFunction%' GROUP BY 1"
        ).result_rows
        assert len(columns) > 10
        found = []
        for table, names in columns:
            text = ", ".join(f"toString(`{name}`)" for name in names)
            for what, secret in secrets.items():
                (row,) = client.query(
                    f"SELECT count() FROM {table} WHERE "
                    f"position(concatWithSeparator(' ', {text}), {{secret:String}}) > 0",
                    parameters={"secret": secret},
                ).result_rows
                found += [f"{table}: {what}"] * bool(row[0])
    return found
