"""The demo's shops have everything that a real shop has."""

import io

from PIL import Image

from cli.demo import seed
from cli.demo_goods import drawn
from core import postgres
from core.settings import Settings


async def test_a_demo_shop_has_categories_variants_and_pictures_once(settings: Settings) -> None:
    await seed(settings, 2)
    assert all(line.endswith("already there") for line in await seed(settings, 2))
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        rows = await connection.fetch(
            "SELECT s.id, (SELECT count(*) FROM categories WHERE shop_id = s.id AND parent_id > 0) "
            "AS below, (SELECT count(*) FROM products AS p WHERE p.shop_id = s.id "
            "AND NOT EXISTS (SELECT FROM product_photos WHERE product_id = p.id)) AS bare, "
            "(SELECT count(*) FROM product_variants AS v JOIN products AS p ON p.id = v.product_id "
            "WHERE p.shop_id = s.id) AS variants FROM shops AS s ORDER BY s.id"
        )
    finally:
        await connection.close()
    assert [(row["below"], row["bare"]) for row in rows] == [(1, 0), (1, 0)]
    assert all(row["variants"] >= 4 for row in rows)


def test_a_drawing_is_the_same_each_time_and_another_for_another_product() -> None:
    assert drawn(1, 0) == drawn(1, 0) != drawn(2, 0)
    assert drawn(1, 0) != drawn(1, 1)
    assert Image.open(io.BytesIO(drawn(1, 0))).size == (480, 360)
