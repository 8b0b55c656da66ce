"""The table of currencies over HTTP."""

from core.money import EXPONENTS
from tests.api.conftest import Panel, assert_problem


async def test_the_panel_takes_decimals_from_the_one_table(panel: Panel) -> None:
    response = await panel.client.get("/api/v1/currencies")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.json() == EXPONENTS


async def test_a_shop_in_no_currency_is_refused_with_advice(panel: Panel) -> None:
    async with panel.visitor() as owner:
        draft = {"name": "Tea", "currency": "ABC", "timezone": "UTC", "language": "en"}
        refused = await owner.post("/api/v1/shops", json=draft)
        assert_problem(refused, 422, "request_invalid")
        assert "ISO 4217" in refused.json()["detail"]
        opened = await owner.post("/api/v1/shops", json=draft | {"currency": "XOF"})
        assert opened.status_code == 201 and opened.json()["currency"] == "XOF"
