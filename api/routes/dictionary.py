"""What every figure means."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import AnyVisitor
from api.problems import documented
from core import metric_dictionary

router = APIRouter(tags=["dictionary"])


class MetricView(BaseModel):
    """A metric in one language. `number` is the catalogue's; `table` and `name` are where analysts
    find it; `source` is what it is computed from."""

    number: int
    name: str
    table: str
    title: str
    formula: str
    unit: str
    unit_title: str
    grain: str
    source: str
    freshness: str


@router.get("/dictionary", responses=documented(401, 422))
async def dictionary(
    _visitor: AnyVisitor, lang: Annotated[Literal["ru", "en"], Query()] = "en"
) -> list[MetricView]:
    """Every metric, by its number."""
    return [
        MetricView.model_validate(
            {name: text[lang] if isinstance(text, dict) else text for name, text in entry.items()}
        )
        for entry in metric_dictionary.read()
    ]
