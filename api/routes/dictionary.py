"""The meaning of every figure and every event."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import AnyVisitor
from api.problems import documented
from api.resources import UsesResources
from core import metric_dictionary
from core.events import CORE_EVENTS, EventType
from core.modules import Modules
from core.taxonomy import TAXONOMY

router = APIRouter(tags=["dictionary"])


class MetricView(BaseModel):
    """A metric in one language. `number` is the catalogue's; `table` and `name` say where analysts
    find it; `source` what it is computed from."""

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
            {
                name: value[lang] if isinstance(value, dict) and lang in value else value
                for name, value in entry.items()
            }
        )
        for entry in metric_dictionary.read()
    ]


class EventView(BaseModel):
    """A type of event in one language. `emitted_by`: the modules that emit it; `is_platform`: the
    platform emits it as well. `props`: the JSON Schema of its properties, if its module declares
    them."""

    name: str
    group: str
    title: str
    version: int
    is_platform: bool
    emitted_by: list[str]
    props: dict[str, Any] | None


@router.get("/dictionary/events", responses=documented(401, 422))
async def event_dictionary(
    _visitor: AnyVisitor,
    resources: UsesResources,
    lang: Annotated[Literal["ru", "en"], Query()] = "en",
) -> list[EventView]:
    """Every event that the stores may hold: the platform's, the standard ones, the modules' own."""
    return [
        EventView(
            name=name,
            group=event.group,
            title=event.title.ru if lang == "ru" else event.title.en,
            version=event.version,
            is_platform=event in CORE_EVENTS,
            emitted_by=sorted(
                key
                for key, manifest in resources.modules.manifests.items()
                if name in {each.name for each in manifest.events}
            ),
            props=event.props.model_json_schema() if event.props is not None else None,
        )
        for name, event in sorted(_events(resources.modules).items())
    ]


def _events(modules: Modules) -> dict[str, EventType]:
    own = {event.name: event for each in modules.manifests.values() for event in each.events}
    return own | TAXONOMY
