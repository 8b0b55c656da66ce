"""How amounts are written: the currencies and their decimals, from the one table of core."""

from fastapi import APIRouter, Response

from core.money import EXPONENTS

router = APIRouter(tags=["currencies"])


@router.get("/currencies")
async def currencies(response: Response) -> dict[str, int]:
    """Every currency code that is known, with the digits of its minor unit: RUB 2, XOF 0, JOD 3."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return EXPONENTS
