"""What an update is counted as."""

from datetime import UTC, datetime

import pytest

from bots.runtime.counting import event_of
from bots.sdk import updates as sdk
from core.postgres import Connection
from core.shop.customers import source_of
from tests import factories


@pytest.mark.parametrize(
    ("code", "is_link"),
    [
        ("", False),
        ("vk_ads-1", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("с кириллицей", False),
        ("two words", False),
        ("vk\n", False),
    ],
)
async def test_a_start_by_no_usable_link_is_direct(
    connection: Connection, code: str, is_link: bool
) -> None:
    """Usable is what the shop makes a source of: the envelope has the last one otherwise."""
    shop = await factories.create_shop(connection)
    start = sdk.Start(occurred_at=datetime.now(UTC), chat_id=1, code=code)
    event = event_of(start, is_first=True, is_observed=False)
    assert event is not None and event.props is not None
    assert event.props.get("is_direct", False) is not is_link
    assert (await source_of(connection, shop.id, code) is not None) is is_link
