"""What shoppers have passed, and the captchas they were shown."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop.customers import Customer

GateName = Literal["captcha", "age", "rules", "subscription"]


class Captcha(BaseModel):
    """The pictures on the buttons, and which of them is right."""

    model_config = ConfigDict(frozen=True)

    nonce: str
    choices: tuple[str, ...]
    answer: int
    tries: int
    locked_until: datetime | None


async def passed(connection: Connection, customer: Customer) -> dict[str, str]:
    """The gates that a shopper has passed, each with its detail."""
    rows = await connection.fetch(
        "SELECT gate, detail FROM gate_passes WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    return {row["gate"]: row["detail"] for row in rows}


async def note_passed(
    connection: Connection, customer: Customer, gate: GateName, at: datetime, detail: str = ""
) -> None:
    await connection.execute(
        "INSERT INTO gate_passes (shop_id, buyer_no, gate, detail, passed_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (shop_id, buyer_no, gate) DO UPDATE "
        "SET detail = $4, passed_at = $5",
        customer.shop_id,
        customer.buyer_no,
        gate,
        detail,
        at,
    )


async def forget_pass(connection: Connection, customer: Customer, gate: GateName) -> None:
    """They have to pass it again."""
    await connection.execute(
        "DELETE FROM gate_passes WHERE shop_id = $1 AND buyer_no = $2 AND gate = $3",
        customer.shop_id,
        customer.buyer_no,
        gate,
    )


async def captcha_of(connection: Connection, customer: Customer) -> Captcha | None:
    """What they were shown last."""
    row = await connection.fetchrow(
        "SELECT nonce, choices, answer, tries, locked_until FROM gate_captchas "
        "WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE",
        customer.shop_id,
        customer.buyer_no,
    )
    return Captcha(**row) if row is not None else None


async def keep_captcha(connection: Connection, customer: Customer, captcha: Captcha) -> None:
    await connection.execute(
        "INSERT INTO gate_captchas (shop_id, buyer_no, nonce, choices, answer, tries, "
        "locked_until) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET nonce = $3, choices = $4, answer = $5, "
        "tries = $6, locked_until = $7",
        customer.shop_id,
        customer.buyer_no,
        captcha.nonce,
        list(captcha.choices),
        captcha.answer,
        captcha.tries,
        captcha.locked_until,
    )


async def forget_captcha(connection: Connection, customer: Customer) -> None:
    await connection.execute(
        "DELETE FROM gate_captchas WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )


async def has_bought(connection: Connection, customer: Customer) -> bool:
    found: bool = await connection.fetchval(
        "SELECT last_bought_at IS NOT NULL FROM customers WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


class Tally(BaseModel):
    """How many shoppers have passed a gate, and when the last one did."""

    model_config = ConfigDict(frozen=True)

    gate: GateName
    passed: int
    last_at: datetime


async def tallies(connection: Connection, shop_id: int) -> list[Tally]:
    rows = await connection.fetch(
        "SELECT gate, count(*) AS passed, max(passed_at) AS last_at FROM gate_passes "
        "WHERE shop_id = $1 GROUP BY gate ORDER BY gate",
        shop_id,
    )
    return [Tally(**row) for row in rows]
