"""Errors in the language that the request asks for; the code stays the same."""

import httpx

from tests.api.conftest import Panel, assert_problem

RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9,en;q=0.8"}


async def test_an_error_is_told_in_the_language_asked_for(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    english = await owner.get("/api/v1/shops/999/imprint")
    assert_problem(english, 404, "shop_not_found")
    assert "999" in english.json()["detail"]
    assert english.headers["content-language"] == "en"
    for asked in (
        await owner.get("/api/v1/shops/999/imprint", headers=RUSSIAN),
        await owner.get("/api/v1/shops/999/imprint?lang=ru"),
    ):
        assert_problem(asked, 404, "shop_not_found")
        assert asked.json()["detail"] == asked.json()["explained"]["ru"]
        assert asked.json()["explained"] == english.json()["explained"]
        assert asked.headers["content-language"] == "ru"
        assert "Accept-Language" in asked.headers["vary"]
    both = await owner.get("/api/v1/shops/999/imprint?lang=en", headers=RUSSIAN)
    assert both.json()["detail"] == english.json()["detail"]
    # Of the router, of a guard, without a session: the same way.
    for response, code in (
        (await panel.client.get("/api/v1/me", headers=RUSSIAN), "session_missing"),
        (await panel.client.get("/api/nothing", headers=RUSSIAN), "unknown_address"),
        (await panel.client.put("/api/v1/me", headers=RUSSIAN), "method_not_allowed"),
        (
            await panel.client.post(
                "/api/v1/leave", headers=RUSSIAN | {"sec-fetch-site": "cross-site"}
            ),
            "cross_site",
        ),
    ):
        assert response.json()["code"] == code
        assert response.json()["detail"] == response.json()["explained"]["ru"], code


async def test_a_field_is_told_in_the_language_asked_for(owner: httpx.AsyncClient) -> None:
    draft = {"name": "x" * 300, "currency": "RUB", "timezone": "UTC", "language": "en"}
    english = (await owner.post("/api/v1/shops", json=draft)).json()["errors"][0]
    russian = (await owner.post("/api/v1/shops", json=draft, headers=RUSSIAN)).json()["errors"][0]
    assert english["kind"] == russian["kind"] == "string_too_long"
    assert english["message"] != russian["message"]
    assert str(russian["values"]["max_length"]) in russian["message"]
    assert "300" not in str(english["values"]) and "xxx" not in str(english)


async def test_half_a_character_breaks_no_answer(owner: httpx.AsyncClient) -> None:
    body = b'{"name": "a", "\\ud800": 1, "currency": "RUB"}'
    response = await owner.post(
        "/api/v1/shops", content=body, headers={"content-type": "application/json"}
    )
    assert_problem(response, 422, "request_invalid")
