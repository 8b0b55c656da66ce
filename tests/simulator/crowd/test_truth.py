from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from simulator.crowd import truth
from simulator.crowd.options import Abuse, Role
from simulator.crowd.totals import totals_of
from simulator.crowd.truth import Truth

NOON = 1_700_000_000.0
DAY = 86_400.0
IDS = {"telegram_id": 5, "bot": 7}
RECORDS: list[truth.AnyRecord] = [
    truth.Run(at=NOON, run=1, seed=1, bots=[7]),
    truth.Person(
        at=NOON,
        role=Role.ABUSER,
        abuse=Abuse.FLOOD,
        source="ig",
        first_name="Анна",
        language="ru",
        premium=False,
        username=None,
        slot=None,
        **IDS,
    ),
    truth.Start(at=NOON, code="ig", **IDS),
    truth.Deed(at=NOON, what="search", about="улун", **IDS),
    truth.Bill(at=NOON, payload="order:7", amount=25, currency="XTR", **IDS),
    truth.Charge(at=NOON + 1, charge_id="c", payload="order:7", amount=25, currency="XTR", **IDS),
    truth.Receipt(
        at=NOON + 2,
        message_id=4,
        order_no=1,
        goods=[truth.Row(label="Tea", quantity=2)],
        added=[truth.Row(label="Tax", amount=Decimal("0.50"))],
        total=Decimal(25),
        **IDS,
    ),
    truth.Delivery(at=NOON + 2, message_id=5, order_no=1, **IDS),
    truth.OrderNotice(at=NOON + 2, message_id=6, order_no=1, leads_to_order=True, **IDS),
    truth.Refund(at=NOON + 3, charge_id="c", amount=25, currency="XTR", **IDS),
    truth.RefundNotice(at=NOON + 3, message_id=7, order_no=1, amount=Decimal("0.50"), **IDS),
    truth.Block(at=NOON + 3, stopped=True, **IDS),
    truth.Block(at=NOON + 3, stopped=False, **IDS),
    truth.Visit(
        at=NOON + 4,
        began_at=NOON,
        code="ig",
        started=True,
        pressed=3,
        repeated=0,
        unanswered=0,
        written=0,
        products=1,
        bills=1,
        charges=["c"],
        paid=25,
        outcome="done",
        **IDS,
    ),
]


@pytest.fixture(name="folder")
def written(tmp_path: Path) -> Path:
    writer = Truth(tmp_path)
    for record in RECORDS:
        writer.write(record)
    writer.close()
    return tmp_path


def test_what_is_written_is_read_and_adds_up(folder: Path) -> None:
    assert list(truth.read(folder)) == RECORDS
    assert totals_of(truth.read(folder)).model_dump() == {
        "people": {"flood": 1},
        "starts": 1,
        "visits": 1,
        "presses": 3,
        "blocks": 1,
        "deeds": {"search": 1},
        "bills": 1,
        "charges": 1,
        "paid": 25,
        "refunds": 1,
        "refunded": 25,
        "wallet_payments": 0,
        "receipts": 1,
        "deliveries": 1,
    }


def test_a_line_that_is_not_whole_is_left_out_and_cut_off_at_the_next_start(folder: Path) -> None:
    (file,) = truth.files(folder)
    with file.open("ab") as lines:
        lines.write(b'{"kind":"start","at":17000')
    assert list(truth.read(folder)) == RECORDS
    writer = Truth(folder)
    writer.write(RECORDS[2])
    writer.close()
    assert list(truth.read(folder)) == [*RECORDS, RECORDS[2]]


def test_a_broken_line_elsewhere_is_an_error(folder: Path) -> None:
    (file,) = truth.files(folder)
    file.write_bytes(b'{"kind":"nonsense"}\n' + file.read_bytes())
    with pytest.raises(ValidationError):
        list(truth.read(folder))


def test_days_have_files_and_old_ones_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth, "KEPT_DAYS", 3)
    writer = Truth(folder)
    for day in range(1, 5):
        writer.write(truth.Start(at=NOON + day * DAY, code=str(day), **IDS))
    # What happened before midnight and is told after it does not open the old file again.
    writer.write(truth.Start(at=NOON, code="late", **IDS))
    writer.close()
    assert [file.stem for file in truth.files(folder)] == ["2023-11-16", "2023-11-17", "2023-11-18"]
    kept = [each.code for each in truth.read(folder) if isinstance(each, truth.Start)]
    assert kept == ["2", "3", "4", "late"]
    last = [each.code for each in truth.read(folder, days=1) if isinstance(each, truth.Start)]
    assert last == ["4", "late"]
