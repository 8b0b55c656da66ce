"""What a route that answers with a file, or takes one, says of it in the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from api.problems import documented


def content_of(media_types: Iterable[str]) -> dict[str, Any]:
    """The `content` of a file of one of these types."""
    schema = {"type": "string", "format": "binary"}
    return {media_type: {"schema": schema} for media_type in media_types}


def documented_file(media_types: Iterable[str], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with the file, or with one of these errors."""
    return documented(*statuses) | {
        200: {"description": "The file", "content": content_of(media_types)}
    }
