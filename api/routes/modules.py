"""What an owner can switch on."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import AnyVisitor
from api.problems import documented
from api.resources import UsesResources
from core.events import Bilingual

router = APIRouter(tags=["modules"])


class Translated(BaseModel):
    """A text in both languages."""

    ru: str
    en: str

    @classmethod
    def of(cls, text: Bilingual) -> "Translated":
        return cls(ru=text.ru, en=text.en)


class ModuleView(BaseModel):
    """A module; `settings_schema` is the JSON Schema that its form is drawn from."""

    key: str
    title: Translated
    summary: Translated
    default_on: bool
    requires: list[str]
    settings_schema: dict[str, Any]


@router.get("/modules", responses=documented(401))
async def list_modules(_visitor: AnyVisitor, resources: UsesResources) -> list[ModuleView]:
    """Every module of this installation, by key."""
    return [
        ModuleView(
            key=key,
            title=Translated.of(manifest.title),
            summary=Translated.of(manifest.summary),
            default_on=manifest.default_on,
            requires=list(manifest.requires),
            settings_schema=manifest.settings.model_json_schema(),
        )
        for key, manifest in sorted(resources.modules.manifests.items())
    ]
