"""Files in the panel: accepted by their content, and served so that nothing in them can run."""

import io

from PIL import Image

from core.shop import files, sent_files
from core.shop.files import Use
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_customer, create_shop

PDF = b"%PDF-1.7\n" + b"x" * 100_000


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    return file.getvalue()


async def made_shop(panel: Panel) -> int:
    async with panel.pool.acquire() as connection:
        return (await create_shop(connection)).id


async def test_a_picture_is_shown_and_a_document_is_saved(panel: Panel) -> None:
    shop = await made_shop(panel)
    address = f"/api/v1/shops/{shop}/files"
    async with panel.visitor() as owner:
        shown = await owner.post(f"{address}?name=Чай.png", content=picture())
        assert shown.status_code == 201, shown.text
        assert (shown.json()["width"], shown.json()["media_type"]) == (40, "image/png")
        saved = await owner.post(
            f"{address}?kind=document&name=..%2F..%2Fa%22b.html", content=b"<script>1</script>"
        )
        for made, content, how, media_type in (
            (shown, picture(), "inline; filename*=UTF-8''%D0%A7%D0%B0%D0%B9.png", "image/png"),
            (
                saved,
                b"<script>1</script>",
                "attachment; filename*=UTF-8''a%22b.html",
                "application/octet-stream",
            ),
        ):
            got = await owner.get(f"{address}/{made.json()['sha256']}")
            assert got.content == content
            assert got.headers["content-disposition"] == how
            assert got.headers["content-type"] == media_type
            assert got.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in got.headers["content-security-policy"]


async def test_what_is_not_wanted_is_refused(panel: Panel) -> None:
    shop = await made_shop(panel)
    address = f"/api/v1/shops/{shop}/files"
    async with panel.visitor() as owner:
        assert_problem(await owner.post(address, content=PDF), 422, "file_refused")
        assert_problem(await owner.post(address, content=b""), 422, "file_refused")
        large = b"x" * (10 * 1024 * 1024 + 1)
        assert_problem(await owner.post(address, content=large), 413, "body_too_large")
        assert_problem(
            await owner.post(f"{address}?kind=film", content=PDF), 422, "request_invalid"
        )
        assert_problem(await owner.get(f"{address}/{'a' * 64}"), 404, "file_not_found")
        assert_problem(await owner.get(f"{address}/..%2Fx"), 404, "unknown_address")
    async with panel.visitor("analyst") as analyst:
        assert_problem(await analyst.post(address, content=picture()), 403, "forbidden")
    async with panel.visitor(shop_ids=[shop + 1]) as stranger:
        assert_problem(await stranger.post(address, content=picture()), 404, "shop_not_found")
        assert_problem(await stranger.get(f"{address}/{'a' * 64}"), 404, "shop_not_found")


async def test_what_a_shopper_sent_is_fetched_when_an_owner_asks(panel: Panel) -> None:
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop)
        customer = await create_customer(connection, shop.id)
        use = Use("pay", "order:1", "check.pdf", customer.buyer_no)
        number = await sent_files.note(
            connection, bot.id, customer, "proof", use, file_id="BQ", unique_id="AQ", size=9
        )
    address = f"/api/v1/shops/{shop.id}/sent-files/{number}"
    async with panel.visitor("viewer") as viewer, panel.visitor() as owner:
        assert_problem(await viewer.post(address), 403, "forbidden")
        asked = await owner.post(address)
        assert asked.json()["state"] == "wanted" and "file_id" not in asked.json()
        async with panel.pool.acquire() as connection:
            taken = await sent_files.take_wanted(connection, [bot.id])
            assert taken is not None
            await sent_files.fetched(connection, taken, io.BytesIO(PDF))
        found = (await owner.post(address)).json()
        assert found["state"] == "fetched"
        file = f"/api/v1/shops/{shop.id}/files/{found['sha256']}"
        assert (await owner.get(file)).content == PDF
        assert_problem(await viewer.get(file), 403, "forbidden")
        async with panel.pool.acquire() as connection:
            await files.add_use(connection, shop.id, found["sha256"], Use("catalogue", "product:1"))
        assert (await viewer.get(file)).status_code == 200
