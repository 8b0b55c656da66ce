"""The version that a change is based on: its ETag, sent back as If-Match."""

from typing import Annotated

from fastapi import Depends, Header

from api.access import Owner
from core.errors import VitrinaError


class VersionMissing(VitrinaError):
    """A change must say which version it was made from."""

    code = "version_missing"
    status = 428


def _version(
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
