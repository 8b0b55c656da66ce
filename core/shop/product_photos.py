"""A product's photos: files of the shop, in the owner's order."""

from collections.abc import Sequence

from core.errors import Refused
from core.postgres import Connection
from core.shop import files, owned_products
from core.shop.files import Use
from core.shop.owned_products import OwnedProduct

PHOTOS = 10  # of one product: what Telegram takes as an album
OWNER = "catalogue"


class NotAPicture(Refused):
    """The file is not one that Telegram shows as a picture."""

    code = "not_a_picture"


class TooManyPhotos(Refused):
    code = "too_many_photos"


async def put(
    connection: Connection, shop_id: int, product_id: int, digests: Sequence[str]
) -> OwnedProduct:
    """The product shows these files (SHA-256), and no others. What it shows no longer goes once
    nothing else uses it.

    Raises NotFound, FileNotFound, NotAPicture, TooManyPhotos.
    """
    wanted = list(dict.fromkeys(digests))
    if len(wanted) > PHOTOS:
        raise TooManyPhotos(f"a product has at most {PHOTOS} photos")
    product = await owned_products.get(connection, shop_id, product_id, lock=True)
    names = {}
    for digest in wanted:
        file = await files.get(connection, shop_id, digest)
        if file.width is None:
            raise NotAPicture(f"file {digest[:12]}… is not a picture")
        names[digest] = file.file_name
    key = f"product:{product_id}"
    await connection.execute("DELETE FROM product_photos WHERE product_id = $1", product_id)
    for digest in product.photos:
        if digest not in wanted:
            await files.let_go(connection, shop_id, OWNER, key, digest)
    for position, digest in enumerate(wanted):
        await files.add_use(connection, shop_id, digest, Use(OWNER, key, names[digest]))
        await connection.execute(
            "INSERT INTO product_photos (product_id, position, sha256) VALUES ($1, $2, $3)",
            product_id,
            position,
            bytes.fromhex(digest),
        )
    await connection.execute(
        "UPDATE products SET version = version + 1, updated_at = now() WHERE id = $1", product_id
    )
    return await owned_products.get(connection, shop_id, product_id)
