"""The version that a change is based on: its ETag, sent back as If-Match."""

from typing import Annotated

from fastapi import Depends, Header

from api.access import Owner
from core.versions import VersionMissing, seen_in

_IfMatch = Annotated[str | None, Header(description='The version of what was read, like "3".')]


async def _version(
    _visitor: Owner,  # first: whoever may not is not told what is missing
    if_match: _IfMatch = None,
) -> int:
    number = (if_match or "").strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise VersionMissing("send the ETag of what you have read as If-Match")
    return int(number)


SeenVersion = Annotated[int, Depends(_version)]


async def _tag(_visitor: Owner, if_match: _IfMatch = None) -> str:
    return seen_in(if_match)


# Of what has no counted version: its version is made of what it is.
SeenTag = Annotated[str, Depends(_tag)]


async def _tag_or_none(
    _visitor: Owner,
    if_match: _IfMatch = None,
    if_none_match: Annotated[
        str | None, Header(description="`*` in place of If-Match: nothing is to be there yet.")
    ] = None,
) -> str | None:
    return None if (if_none_match or "").strip() == "*" else seen_in(if_match)


# The same of what the change may make: None if nothing was there.
SeenTagOrNone = Annotated[str | None, Depends(_tag_or_none)]
