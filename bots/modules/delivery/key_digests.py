"""By which an uploaded key is known again, though stored ones are sealed."""

from collections.abc import Sequence

from core.postgres import Connection
from core.secrets import KeyRing


async def unknown(
    connection: Connection, secrets: KeyRing, product_id: int, row: str, keys: Sequence[str]
) -> dict[bytes, str]:
    """The keys that the product does not have, each by the digest to store.

    While secrets are sealed again, stored digests are of the former key or of the new one.
    """
    secrets.refresh()
    digests = {key: secrets.digests(key.encode(), row) for key in keys}
    rows = await connection.fetch(
        "SELECT digest FROM delivery_keys WHERE product_id = $1 AND digest = ANY ($2::bytea[])",
        product_id,
        [digest for each in digests.values() for digest in each],
    )
    known = {each["digest"] for each in rows}
    return {each[0]: key for key, each in digests.items() if known.isdisjoint(each)}
