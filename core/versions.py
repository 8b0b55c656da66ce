"""Versions of what two people may edit at once, so that nobody's change is lost unseen."""

import hashlib
from collections.abc import Set
from typing import ClassVar

from pydantic import BaseModel, computed_field

from core.errors import ChangedMeanwhile, VitrinaError


class VersionMissing(VitrinaError):
    """A change must say which version it was made from."""

    code = "version_missing"
    status = 428


class Versioned(BaseModel):
    """What has no counted version: its own is made of the fields that a change replaces."""

    EDITED: ClassVar[Set[str]]

    @computed_field(  # type: ignore[prop-decorator]  # pydantic's own way
        description="Whoever changes it sends this as If-Match."
    )
    @property
    def version(self) -> str:
        return tag_of(self)


def tag_of(state: BaseModel) -> str:
    """The ETag of what has no counted version, without its quotes."""
    fields = set(state.EDITED) if isinstance(state, Versioned) else None
    return hashlib.sha256(state.model_dump_json(include=fields).encode()).hexdigest()[:32]


def seen_in(if_match: str | None) -> str:
    """The header as it is; raises VersionMissing if there is none."""
    if not (if_match or "").strip():
        raise VersionMissing("send the version of what you have read as If-Match")
    return str(if_match)


def ensure_unchanged(state: BaseModel | str, seen: str) -> None:
    """Raises ChangedMeanwhile if the header that was sent names another version than that of what
    the caller has locked: a state, or its version. `*` is any."""
    current = state if isinstance(state, str) else tag_of(state)
    tags = {each.strip().removeprefix("W/").strip('"') for each in seen.split(",")}
    if not tags & {current, "*"}:
        raise ChangedMeanwhile("somebody else has changed this meanwhile: read it again", current)
