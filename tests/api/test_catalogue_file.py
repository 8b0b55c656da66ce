"""The catalogue's file over HTTP: access, a dry run first, done as planned or not at all."""

from typing import Any

import httpx

from tests.api.conftest import ANY, Panel, assert_problem
from tests.api.test_catalogue import address_of, made

CSV = "sku,title,price,stock\nA,Чай,300,5\nB,Кофе,400,\n"


async def sent(
    owner: httpx.AsyncClient, address: str, text: str | bytes, **query: Any
) -> httpx.Response:
    data = text.encode() if isinstance(text, str) else text
    return await owner.post(f"{address}/catalogue.csv", params=query, content=data)


async def test_a_dry_run_and_then_just_that(panel: Panel, owner: httpx.AsyncClient) -> None:
    address = await address_of(panel)
    assert_problem(await sent(owner, address, CSV), 428, "plan_missing")
    dry = (await sent(owner, address, CSV, dry_run=True)).json()
    assert (dry["added"], dry["refused"], dry["is_applied"]) == (2, 0, False)
    assert [row["outcome"] for row in dry["rows"]] == ["added", "added"]
    assert not (await owner.get(f"{address}/products")).json()["products"]
    done = await sent(owner, address, CSV, plan=dry["plan"])
    assert done.status_code == 200 and done.json()["is_applied"]
    assert done.json()["rows"] == dry["rows"]
    # Once more it would change nothing, which is another plan.
    assert_problem(await sent(owner, address, CSV, plan=dry["plan"]), 409, "catalogue_changed")
    again = (await sent(owner, address, CSV, dry_run=True)).json()
    assert (again["left"], again["added"], again["changed"]) == (2, 0, 0)
    other = CSV.replace("300", "301")
    assert_problem(await sent(owner, address, other, plan=again["plan"]), 409, "catalogue_changed")


async def test_a_change_meanwhile_makes_another_plan(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    product = await made(owner, address, sku="A", stock=9)
    dry = (await sent(owner, address, CSV, dry_run=True)).json()
    changed = {each["column"]: each["after"] for each in dry["rows"][0]["changes"]}
    assert changed == {"stock": "5"}
    await owner.put(f"{address}/products/{product['id']}/stock", json={"by": -1}, headers=ANY)
    assert_problem(await sent(owner, address, CSV, plan=dry["plan"]), 409, "catalogue_changed")
    found = (await owner.get(f"{address}/products/{product['id']}")).json()
    assert found["stock"] == 8


async def test_bad_rows_are_told_and_the_others_kept_when_asked(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    text = CSV + "C,Мате,free,\n"
    dry = (await sent(owner, address, text, dry_run=True)).json()
    assert dry["refused"] == 1 and dry["rows"][2]["troubles"][0]["column"] == "price"
    assert_problem(await sent(owner, address, text, plan=dry["plan"]), 422, "rows_refused")
    done = (await sent(owner, address, text, plan=dry["plan"], keep_good=True)).json()
    assert (done["added"], done["refused"]) == (2, 1)


async def test_what_goes_out_comes_back(panel: Panel, owner: httpx.AsyncClient) -> None:
    address = await address_of(panel)
    await made(owner, address, title="=SUM(A1)", description="a;b\n'c", sku="@1")
    answer = await owner.get(f"{address}/catalogue.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert b"'=SUM(A1)" in answer.content and b"\n=SUM" not in answer.content
    dry = (await sent(owner, address, answer.content, dry_run=True)).json()
    assert (dry["left"], dry["added"], dry["changed"], dry["refused"]) == (1, 0, 0, 0)


async def test_what_cannot_be_read_is_refused(panel: Panel, owner: httpx.AsyncClient) -> None:
    address = await address_of(panel)
    for body in ("", "a,b\n1,2\n", CSV.encode("windows-1251"), b"\x00\x01\x02" * 50):
        assert_problem(await sent(owner, address, body, dry_run=True), 422, "csv_unreadable")
    read = await sent(
        owner, address, CSV.encode("windows-1251"), dry_run=True, encoding="windows-1251"
    )
    assert read.json()["rows"][0]["title"] == "Чай"
    wrong = await sent(owner, address, CSV, dry_run=True, encoding="koi8")
    assert_problem(wrong, 422, "request_invalid")
    assert_problem(await sent(owner, address, CSV, plan="x"), 422, "request_invalid")
    too_large = await owner.post(
        f"{address}/catalogue.csv?dry_run=true", content=b"sku\n" + b"x" * (33 * 1024 * 1024)
    )
    assert_problem(too_large, 413, "body_too_large")


async def test_only_owners_import(panel: Panel, owner: httpx.AsyncClient) -> None:
    address = await address_of(panel)
    async with panel.visitor("viewer") as viewer:
        assert_problem(await sent(viewer, address, CSV, dry_run=True), 403, "forbidden")
        assert (await viewer.get(f"{address}/catalogue.csv")).status_code == 200
    assert_problem(await owner.get("/api/v1/shops/99999/catalogue.csv"), 404, "shop_not_found")
    for method in ("GET", "POST"):
        answer = await panel.client.request(method, f"{address}/catalogue.csv")
        assert answer.status_code in (401, 403)
