"""The version that a change is based on: its ETag, sent back as If-Match."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel

from api.access import Owner
from core.errors import ChangedMeanwhile, VitrinaError


class VersionMissing(VitrinaError):
    """A change must say which version it was made from."""

    code = "version_missing"
    status = 428


async def _version(
    _visitor: Owner,  # first: whoever may not is not told what is missing
    if_match: Annotated[
        str | None, Header(description='The ETag of what was read, like "3".')
    ] = None,
) -> int:
    number = (if_match or "").strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise VersionMissing("send the ETag of what you have read as If-Match")
    return int(number)


SeenVersion = Annotated[int, Depends(_version)]

# Of what has no version of its own: its ETag is made from what it is, and need not be sent back.
SeenTag = Annotated[str | None, Header(alias="If-Match", description="The ETag of what was read.")]


def tag_of(state: BaseModel) -> str:
    """The ETag of a resource without versions, without its quotes."""
    return hashlib.sha256(state.model_dump_json().encode()).hexdigest()[:32]


def ensure_unchanged(state: BaseModel, seen: str | None) -> None:
    """Raises ChangedMeanwhile if the ETag that was sent is not that of the resource, which the
    caller has locked."""
    current = tag_of(state)
    tags = {each.strip().removeprefix("W/").strip('"') for each in (seen or "*").split(",")}
    if not tags & {current, "*"}:
        raise ChangedMeanwhile("somebody else has changed this meanwhile: read it again", current)
