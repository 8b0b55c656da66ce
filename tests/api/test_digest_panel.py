"""The digest over HTTP: what owners were sent, with its picture, and one to try."""

import io
from datetime import UTC, datetime

from PIL import Image

from bots.modules.digest import told
from bots.sdk.replies import Text
from bots.sdk.reports import Told
from core.postgres import Connection
from core.shop import files
from core.shop.files import Use
from tests.api.conftest import Panel
from tests.factories import create_bot, create_shop


async def test_what_was_sent_is_listed_with_its_picture_and_one_is_asked_for(
    panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection, currency="RUB")
    bot = await create_bot(connection, shop, modules=["digest", "menu"])
    base = f"/api/v1/bots/{bot.id}/modules/digest"
    png = io.BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    use = Use("digest:notice_digest_day", "2026-05-31")
    file = await files.keep(connection, shop.id, "picture", png.getvalue(), use)
    for purpose in ("notice_digest_day", "notice_alert_sales"):
        report = Told(purpose, "2026-05-31", Text(plain=purpose), "Open", "/")
        await told.keep(connection, shop.id, report, 1)
    async with panel.visitor() as owner:
        state = (await owner.get(f"{base}/reports")).json()
        assert [(each["kind"], each["picture"]) for each in state["reports"]] == [
            ("alert_sales", None),
            ("digest_day", file.sha256),
        ]
        assert (state["daily"], state["hour"], state["chats"]) == (True, 9, 0)
        assert state["asked_at"] is None
        first, second = [(await owner.post(f"{base}/test")).json() for _ in range(2)]
    assert first["asked_at"] == second["asked_at"]
    assert datetime.fromisoformat(first["asked_at"]) <= datetime.now(UTC)
    async with panel.visitor(role="viewer") as viewer:
        assert (await viewer.post(f"{base}/test")).status_code == 403
