"""The metric dictionary over HTTP, in both languages."""

import httpx

from core.taxonomy import TAXONOMY
from tests.api.conftest import Panel, assert_problem


async def test_every_visitor_reads_it_in_their_language(panel: Panel) -> None:
    async with panel.visitor("viewer") as viewer:
        english = (await viewer.get("/api/v1/dictionary?lang=en")).json()
        russian = (await viewer.get("/api/v1/dictionary", params={"lang": "ru"})).json()
    assert {metric["number"] for metric in english} == set(range(1, 51))
    assert [metric["number"] for metric in english] == sorted(m["number"] for m in english)
    gross = ("money_day", "gross_sales_minor")
    (here,) = [metric for metric in english if (metric["table"], metric["name"]) == gross]
    (there,) = [metric for metric in russian if (metric["table"], metric["name"]) == gross]
    assert (here["unit"], here["grain"]) == ("money", "shop · day · variant")
    assert there["grain"] == "магазин · день · вариант"
    assert here["title"] != there["title"] and here["formula"] != there["formula"]


async def test_what_the_panel_lets_download_is_explained(panel: Panel) -> None:
    async with panel.visitor("viewer") as viewer:
        told = (await viewer.get("/api/v1/dictionary?lang=ru")).json()
    for table, columns in (
        ("shop_kpi_day", {"new_users", "active_users", "net_sales_minor", "payment_success"}),
        ("shop_money_day", {"gross_sales_minor", "units", "arppu_minor"}),
    ):
        assert columns <= {metric["name"] for metric in told if metric["table"] == table}


async def test_it_is_in_two_languages_and_for_visitors(
    owner: httpx.AsyncClient, panel: Panel
) -> None:
    assert_problem(await owner.get("/api/v1/dictionary?lang=de"), 422, "request_invalid")
    assert (await panel.client.get("/api/v1/dictionary")).status_code == 401


async def test_modules_own_events_are_there_with_their_properties(toys: Panel) -> None:
    async with toys.visitor("viewer") as viewer:
        response = await viewer.get("/api/v1/dictionary/events?lang=ru")
    events = {event["name"]: event for event in response.json()}
    assert set(TAXONOMY) < set(events)
    gift = events["gift_given"]
    assert (gift["title"], gift["emitted_by"], gift["is_platform"]) == (
        "Подаренные подарки",
        ["gift"],
        False,
    )
    assert gift["props"]["properties"]["gift"]["description"] == "The gift's number"
    assert events["order_paid"]["is_platform"] and events["order_paid"]["props"] is None
