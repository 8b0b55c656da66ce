"""A module's table in a file has the asked shop's rows and nobody else's: of each table that
modules export, with rows of two shops."""

import csv
import io
from collections.abc import Mapping

import httpx

from api.exporting import module_tables
from core.postgres import Connection
from tests.api.conftest import Panel, assert_problem
from tests.api.one_of_each import Furnished, furnish
from tests.factories import create_shop

# What a furnished shop has not, by its own numbers.
_MORE = """
INSERT INTO booking_days_off (shop_id, day) VALUES ({shop}, '2026-05-01');
INSERT INTO carts (shop_id, buyer_no, bot_id) VALUES ({shop}, {buyer}, {bot});
INSERT INTO cart_lines (shop_id, buyer_no, product_id, title, quantity)
VALUES ({shop}, {buyer}, {product}, 'x', 1);
INSERT INTO cryptopay_bills (shop_id, bot_id, order_id, buyer_no, amount_minor, currency)
VALUES ({shop}, {bot}, {order}, {buyer}, 1, 'RUB');
INSERT INTO deliveries (order_id, line, bot_id, product_id, quantity, state)
VALUES ({order}, 1, {bot}, {product}, 1, 'failed');
INSERT INTO delivery_keys (shop_id, product_id, sealed, digest) VALUES ({shop}, {product}, '', '');
INSERT INTO loyalty_lots (shop_id, buyer_no, natural_key, points, usable_at, created_at)
VALUES ({shop}, {buyer}, 'x', 1, now(), now());
INSERT INTO promo_uses (promo_id, order_id, discount_minor) VALUES ({promo}, {order}, 1);
INSERT INTO referrals (shop_id, buyer_no, inviter_buyer_no, bot_id, registered_at)
VALUES ({shop}, {buyer}, 0, {bot}, now());
INSERT INTO support_messages (ticket_id, shop_id, buyer_no, author)
VALUES ({ticket}, {shop}, {buyer}, 'shopper');
WITH entry AS (
    INSERT INTO wallet_entries (shop_id, currency, kind, natural_key, created_at)
    VALUES ({shop}, 'RUB', 'adjustment', 'x', now()) RETURNING id
)
INSERT INTO wallet_postings (entry_id, shop_id, currency, account, wallet_id, amount_minor,
    balance_minor)
SELECT id, {shop}, 'RUB', account, wallet_id, amount, balance
FROM entry, (VALUES ('wallet', {wallet}, 1, 1), ('corrections', NULL, -1, NULL))
    AS p (account, wallet_id, amount, balance);
"""


async def _full(connection: Connection, earlier_buyers: int) -> Furnished:
    """A shop with a row of each table that a module exports."""
    shop = await create_shop(connection, currency="RUB")
    found = await furnish(connection, shop, earlier_buyers=earlier_buyers)
    named = found.numbers | {"shop": found.shop_id, "bot": found.bot_id}
    await connection.execute(_MORE.format_map(named))
    return found


def _shops(answer: httpx.Response) -> Mapping[str, int]:
    """How many rows are of which shop."""
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(answer.text)):
        found[row["shop_id"]] = found.get(row["shop_id"], 0) + 1
    return found


async def test_a_modules_file_has_the_rows_of_the_asked_shop_alone(
    counting_panel: Panel, connection: Connection
) -> None:
    mine, other = [await _full(connection, number) for number in range(2)]
    tables = [table.key for of_one in module_tables.declared().values() for table in of_one]
    async with (
        counting_panel.visitor("owner", [mine.shop_id]) as owner,
        counting_panel.visitor("owner") as owner_of_both,
    ):
        for key in tables:
            path = f"/api/v1/exports/{key}.csv"
            got = await owner.get(path)
            assert _shops(got).keys() == {str(mine.shop_id)}, key
            both = _shops(await owner_of_both.get(path))
            assert both.keys() == {str(mine.shop_id), str(other.shop_id)}, key
            one = await owner_of_both.get(path, params={"shops": str(other.shop_id)})
            assert _shops(one).keys() == {str(other.shop_id)}, key
            foreign = await owner.get(path, params={"shops": str(other.shop_id)})
            assert_problem(foreign, 404, "shop_not_found")
            head = await owner.head(path)
            assert (head.status_code, head.content) == (200, b""), key
            for name in ("content-type", "content-disposition"):
                assert head.headers[name] == got.headers[name], key
