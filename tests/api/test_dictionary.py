"""The metric dictionary over HTTP, in both languages."""

import httpx

from tests.api.conftest import Panel, assert_problem


async def test_every_visitor_reads_it_in_their_language(panel: Panel) -> None:
    async with panel.visitor("viewer") as viewer:
        english = (await viewer.get("/api/dictionary?lang=en")).json()
        russian = (await viewer.get("/api/dictionary", params={"lang": "ru"})).json()
    assert {metric["number"] for metric in english} == set(range(1, 51))
    assert [metric["number"] for metric in english] == sorted(m["number"] for m in english)
    (here,) = [metric for metric in english if metric["name"] == "gross_sales_minor"]
    (there,) = [metric for metric in russian if metric["name"] == "gross_sales_minor"]
    assert (here["table"], here["unit"], here["grain"]) == (
        "money_day",
        "money",
        "shop · day · variant",
    )
    assert there["grain"] == "магазин · день · вариант"
    assert here["title"] != there["title"] and here["formula"] != there["formula"]


async def test_it_is_in_two_languages_and_for_visitors(
    owner: httpx.AsyncClient, panel: Panel
) -> None:
    assert_problem(await owner.get("/api/dictionary?lang=de"), 422, "request_invalid")
    assert (await panel.client.get("/api/dictionary")).status_code == 401
