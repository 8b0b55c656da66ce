"""Codes as a CSV: what each row states, what is wrong with it, out and in again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bots.modules.promo import codes_file, importing
from bots.modules.promo.codes import NOBODY, Code, PromoDraft, key_of
from bots.modules.promo.codes_file import Names, read
from bots.modules.promo.importing import Known, Plan
from core.csv_text import FileUnreadable

SHOP = Known(
    codes={},
    names=Names({"MUG-1": 9}, "RUB", "Europe/Moscow"),
    products=frozenset({1, 2, 9}),
    variants={2: frozenset({21, 22})},
    categories=frozenset({5}),
    buyers=frozenset({7}),
)


def planned(text: str, shop: Known = SHOP) -> Plan:
    return importing.plan(read(text.encode()), shop)


def only(plan: Plan) -> PromoDraft:
    ((draft, _),) = plan.added
    return draft


def test_a_row_states_a_code() -> None:
    plan = planned(
        "Code;Kind;Value;Most uses;Per buyer;Starts;Ends;Least;Products;Categories;Together\n"
        "чай10;percent;12,5 %;1 000;unlimited;01.12.2026;31.12.2026;1 500,50;MUG-1|1;5;да\n"
    )
    draft = only(plan)
    assert (draft.code, draft.share_bp, draft.most_uses) == ("чай10", 1250, 1000)
    assert (draft.most_per_buyer, draft.is_together) == (None, True)
    assert draft.starts_at == datetime(2026, 11, 30, 21, tzinfo=UTC)  # midnight in Moscow
    assert draft.ends_at == datetime(2026, 12, 31, 21, tzinfo=UTC)  # the 31st is included
    assert (draft.least_minor, draft.currency) == (150_050, "RUB")
    assert (draft.product_ids, draft.category_ids) == ((1, 9), (5,))


def test_what_is_not_stated_is_the_default() -> None:
    assert only(planned("code,value\nTEA,10\n")) == PromoDraft(
        code="TEA", kind="percent", share_bp=1000
    )
    gift = only(planned("code,gift\nTEA,2/22\n"))
    assert (gift.kind, gift.gift_product_id, gift.gift_variant_id) == ("goods", 2, 22)
    amount = only(planned("code,kind,value,currency\nTEA,Сумма,300,XTR\n"))
    assert (amount.amount_minor, amount.currency) == (300, "XTR")


@pytest.mark.parametrize(
    ("header", "row", "column", "problem"),
    [
        ("code,value", "TEA,ten", "value", "share_unreadable"),
        ("code,value", "TEA,101", "value", "share_unreadable"),
        ("code,value", "TEA,NaN", "value", "share_unreadable"),
        ("code,value", "TEA,", "", "cell_invalid"),
        ("code,value", ",10", "code", "cell_invalid"),
        ("code,value", "T!A,10", "code", "cell_invalid"),
        ("code,kind,value", "TEA,amount,1.234", "value", "amount_unreadable"),
        ("code,kind,value", "TEA,casino,1", "kind", "cell_invalid"),
        ("code,kind,value,currency", "TEA,amount,1,DOGE", "currency", "currency_unknown"),
        ("code,gift", "TEA,77", "gift", "product_unknown"),
        ("code,gift", "TEA,MUG-2", "gift", "product_unknown"),
        ("code,gift", "TEA,2", "gift", "variant_missing"),
        ("code,gift", "TEA,2/23", "gift", "variant_unknown"),
        ("code,value,products", "TEA,10,1|88", "products", "number_unknown"),
        ("code,value,categories", "TEA,10,6", "categories", "number_unknown"),
        ("code,value,customer", "TEA,10,8", "customer", "number_unknown"),
        ("code,value,most_uses", "TEA,10,-1", "most_uses", "number_unreadable"),
        ("code,value,most_uses", "TEA,10,0", "most_uses", "cell_invalid"),
        ("code,value,ends", "TEA,10,tomorrow", "ends", "moment_unreadable"),
        ("code,value,starts,ends", "TEA,10,2026-12-02,2026-12-01", "", "cell_invalid"),
        ("code,value,ends", "TEA,10,9999-12-31", "ends", "cell_invalid"),
        ("code,value,starts", "TEA,10,0001-01-01", "starts", "moment_unreadable"),
        ("code,value,together", "TEA,10,maybe", "together", "flag_unreadable"),
        ("code,value", "TEA,10,more", "", "cells_uneven"),
    ],
    ids=range(24),
)
def test_a_bad_row_says_where_and_the_others_are_taken(
    header: str, row: str, column: str, problem: str
) -> None:
    plan = planned(f"{header}\n{row}\nGOOD{',5' if 'value' in header.split(',')[1] else ',1'}\n")
    bad = plan.rows[0]
    assert (bad.line, bad.outcome, bad.column, bad.problem) == (2, "refused", column, problem)
    assert bad.detail
    if header == "code,value":
        assert [row.outcome for row in plan.rows] == ["refused", "added"]


def test_a_code_stands_once_whatever_its_letters() -> None:
    plan = planned("code,value\nTEA,10\nтеа,20\nTЕA,30\n")  # with Cyrillic letters
    assert [row.problem for row in plan.rows] == ["", "code_twice", "code_twice"]


@pytest.mark.parametrize(
    "data", [b"", b"name,value\nTEA,1\n", b"code,code\nA,B\n", b"\xff\xfe\xfd"]
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read(data)


def test_what_goes_out_comes_back_unchanged() -> None:
    made = planned(
        "code,kind,value,currency,gift,most_uses,per_buyer,first_order,customer,starts,ends,least,"
        "products,categories,together,active,note\n"
        "A1,percent,12.5,,,10,,yes,7,2026-12-01,2026-12-31,,1|9,5,yes,no,=note\n"
        "A2,amount,99.90,RUB,,,unlimited,,,,,500,,,,,\n"
        "A3,goods,,,2/21,,2,,,,,,,,,,\n"
        "A4,shipping,,,,,,,,,2026-12-31T10:00,,,,,,\n"
    )
    assert [row.detail for row in made.rows] == [""] * 4
    now = datetime(2026, 11, 29, tzinfo=UTC)
    codes = [
        Code(**draft.model_dump(), id=number, is_active=is_on, version=1, created_at=now)
        for number, (draft, is_on) in enumerate(made.added, 1)
    ]
    assert [code.is_active for code in codes] == [False, True, True, True]
    text = codes_file.text_of(codes, "Europe/Moscow")
    there = Known(
        {key_of(code.code): code for code in codes},
        SHOP.names,
        SHOP.products,
        SHOP.variants,
        SHOP.categories,
        SHOP.buyers,
    )
    assert [row.outcome for row in planned(text, there).rows] == ["left"] * 4
    changed = planned("code,value\nA2,100\n", there)
    ((number, draft, is_on),) = changed.changed
    assert (number, draft.amount_minor, draft.least_minor, is_on) == (2, 10_000, 50_000, True)


NOW = datetime(2026, 11, 29, tzinfo=UTC)


def with_codes(*drafts: PromoDraft) -> Known:
    codes = {
        key_of(draft.code): Code(
            **draft.model_dump(), id=number, is_active=True, version=1, created_at=NOW
        )
        for number, draft in enumerate(drafts, 1)
    }
    return replace(SHOP, codes=codes)


HALF = PromoDraft(code="HALF", kind="percent", share_bp=5000)
FIFTY = PromoDraft(code="FIFTY", kind="amount", amount_minor=5000, currency="RUB")
CUP = PromoDraft(code="CUP", kind="goods", gift_product_id=1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("FIFTY,percent,", "value"),
        ("FIFTY,,", "value"),  # an empty cell is the default, which is per cent
        ("HALF,amount,", "value"),
        ("HALF,goods,", "gift"),
        ("CUP,percent,", "value"),
        ("CUP,сумма,", "value"),
    ],
    ids=range(6),
)
def test_a_code_of_another_kind_needs_its_value_anew(row: str, column: str) -> None:
    (refused,) = planned(f"code,kind,note\n{row}\n", with_codes(HALF, FIFTY, CUP)).rows
    assert (refused.outcome, refused.column, refused.problem) == (
        "refused",
        column,
        f"{column}_missing",
    )
    assert f"write the {column}" in refused.detail


def test_a_code_becomes_one_of_another_kind() -> None:
    shop = with_codes(HALF, FIFTY, CUP)
    plan = planned("code,kind,value\nFIFTY,percent,10\nCUP,shipping,\nHALF,amount,7\n", shop)
    assert [draft.model_dump(exclude_defaults=True) for _, draft, _ in plan.changed] == [
        {"code": "FIFTY", "kind": "percent", "share_bp": 1000, "currency": "RUB"},
        {"code": "CUP", "kind": "shipping"},
        {"code": "HALF", "kind": "amount", "amount_minor": 700, "currency": "RUB"},
    ]
    same = planned("code,kind\nFIFTY,amount\nCUP,подарок\nHALF,скидка\n", shop)
    assert [row.outcome for row in same.rows] == ["left"] * 3


def test_nobodys_code_stays_nobodys() -> None:
    gone = HALF.model_copy(update={"buyer_no": NOBODY})
    shop = with_codes(gone)
    text = codes_file.text_of(shop.codes.values(), "Europe/Moscow")
    assert [row.outcome for row in planned(text, shop).rows] == ["left"]
    ((_, draft, _),) = planned("code,note\nHALF,old\n", shop).changed
    assert draft.buyer_no == NOBODY
    for known in (SHOP, with_codes(HALF)):  # and no other code becomes so
        (row,) = planned("code,value,customer\nHALF,10,0\n", known).rows
        assert (row.column, row.problem) == ("customer", "number_unknown")
