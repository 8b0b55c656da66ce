"""The base of a module's settings: a frozen model whose JSON Schema draws the panel's form."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from core.events import Bilingual
from core.module_settings import BilingualText, Picture, Secret, TextLimit

__all__ = ["BilingualText", "ModuleSettings", "Picture", "Secret", "TextLimit", "labelled"]


class ModuleSettings(BaseModel):
    """Every field has a default, so that a module works as soon as it is switched on."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def labelled(title: Bilingual, description: Bilingual) -> dict[str, Any]:
    """A field's texts for the panel, as `json_schema_extra`: `x-title` and `x-description`."""
    return {
        "x-title": {"ru": title.ru, "en": title.en},
        "x-description": {"ru": description.ru, "en": description.en},
    }
