"""The API's description, from which the dashboard's types are generated: `python -m
api.openapi`."""

import json
import sys
from typing import Any

from api.app import create_app
from core.settings import Settings


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document; needs no store and no settings."""
    document: dict[str, Any] = create_app(Settings.model_construct()).openapi()
    return document


if __name__ == "__main__":
    json.dump(openapi_document(), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
