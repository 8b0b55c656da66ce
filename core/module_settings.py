"""The field types of modules' settings, besides numbers and choices, and how they are stored.

A model's JSON Schema draws the panel's form: `x-kind` says how a field is shown. A secret is
write-only: sealed before it is stored, shown only by its last characters, opened where the module
runs.
"""

import base64
import binascii
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializationInfo,
    ValidationError,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.errors import ConfigurationError
from core.secrets import KeyRing

SECRET_CHARACTERS = 4096
_TAIL, _TAIL_FROM = 4, 12  # the end of a shorter secret would reveal too much of it


class BilingualText(BaseModel):
    """A text that the owner writes in both languages; either may be empty."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"x-kind": "bilingual"},
    )

    ru: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.ru or self.en)

    def get(self, language: str) -> str:
        """The text in this language, `ru` or `en`, or in the other one if this is empty."""
        own, other = (self.ru, self.en) if language == "ru" else (self.en, self.ru)
        return own or other


@dataclass(frozen=True, slots=True)
class TextLimit:
    """At most so many characters in each language: `Annotated[BilingualText, TextLimit(500)]`."""

    characters: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._fits, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "x-max-length": self.characters}

    def _fits(self, text: BilingualText) -> BilingualText:
        for language, written in (("ru", text.ru), ("en", text.en)):
            if len(written) > self.characters:
                raise PydanticCustomError(
                    "string_too_long",
                    "{language}: at most {max_length} characters",
                    {"language": language, "max_length": self.characters},
                )
        return text


@dataclass(frozen=True, slots=True)
class _PictureKind:
    """Marks a field that names a file, so that the form shows it and the file is kept."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "x-kind": "picture"}


# A picture of `core.shop.files`: its SHA-256 in hexadecimal, or empty.
Picture = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$"), _PictureKind()]


@dataclass(frozen=True, slots=True)
class Vault:
    """Where a bot's module keeps its secrets. Without keys they can be shown, but not opened."""

    bot_id: int
    module: str
    keys: KeyRing | None = None

    @property
    def row(self) -> str:
        """The name that a sealed value is bound to."""
        return f"bot_modules|{self.bot_id}|{self.module}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """The context of a validation of stored values, as opposed to a person's input."""

    vault: Vault


@dataclass(frozen=True, slots=True)
class _Storing:
    """The context of a serialization for the store."""

    vault: Vault


class Secret:
    """The value of a field that nobody can read again: `token: Secret | None = None`.

    `reveal` returns it where the module runs; everywhere else only its last characters are shown.
    """

    __slots__ = ("_plain", "_sealed", "_vault", "tail")

    def __init__(
        self,
        *,
        plain: str | None = None,
        sealed: bytes = b"",
        tail: str = "",
        vault: Vault | None = None,
    ) -> None:
        self._plain, self._sealed, self._vault = plain, sealed, vault
        self.tail = tail if plain is None or len(plain) < _TAIL_FROM else plain[-_TAIL:]

    def reveal(self) -> str:
        """The secret in the clear, never to be logged or shown. Raises ConfigurationError if the
        keys are missing or wrong."""
        if self._plain is not None:
            return self._plain
        if self._vault is None or self._vault.keys is None:
            raise ConfigurationError("a module's secret is opened only where the module runs")
        return self._vault.keys.open(self._sealed, self._vault.row).decode()

    def stored(self, vault: Vault) -> dict[str, str]:
        """The sealed form, for the store."""
        sealed = self._sealed
        if self._plain is not None:
            if vault.keys is None:
                raise ConfigurationError("a secret cannot be sealed without keys")
            sealed = vault.keys.seal(self._plain.encode(), vault.row)
        return {"sealed": base64.b64encode(sealed).decode(), "tail": self.tail}

    def shown(self) -> dict[str, Any]:
        """What a person sees of it."""
        return {"set": True, "tail": self.tail}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self._plain, self._sealed) == (other._plain, other._sealed)

    def __hash__(self) -> int:
        return hash((self._plain, self._sealed))

    def __repr__(self) -> str:
        return "Secret(***)"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls._serialized, info_arg=True, when_used="always"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": SECRET_CHARACTERS,
            "writeOnly": True,
            "x-kind": "secret",
        }

    @classmethod
    def _validated(cls, value: Any, info: ValidationInfo) -> "Secret":
        if isinstance(value, Secret):
            return value
        stored = info.context
        if isinstance(stored, _Stored) and isinstance(value, dict):
            try:
                sealed = base64.b64decode(value["sealed"], validate=True)
            except (KeyError, TypeError, binascii.Error) as error:
                raise PydanticCustomError("secret", "the stored secret is damaged") from error
            return cls(sealed=sealed, tail=str(value.get("tail", "")), vault=stored.vault)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= SECRET_CHARACTERS:
            raise PydanticCustomError(
                "secret",
                "write the secret itself, at most {max_length} characters",
                {"max_length": SECRET_CHARACTERS},
            )
        return cls(plain=value.strip())

    @staticmethod
    def _serialized(secret: "Secret", info: SerializationInfo) -> dict[str, Any]:
        storing = info.context
        return secret.stored(storing.vault) if isinstance(storing, _Storing) else secret.shown()


def read(model: type[BaseModel], stored: Mapping[str, Any], vault: Vault) -> BaseModel:
    """Validates stored settings; raises pydantic's ValidationError if they no longer fit the
    model."""
    return model.model_validate(stored, context=_Stored(vault))


def shown(settings: BaseModel) -> dict[str, Any]:
    """Settings for a person: for a secret, whether it is set and its last characters."""
    return settings.model_dump(mode="json")


def changed(
    model: type[BaseModel], stored: Mapping[str, Any], draft: Mapping[str, Any], vault: Vault
) -> dict[str, Any]:
    """The settings to store instead of `stored` when a person has written `draft`.

    A secret that comes back as it was shown (`{"set": true}`) is kept; a text replaces it, null
    removes it. Raises pydantic's ValidationError.
    """
    if unfit := list(_unstorable(draft, ())):
        error = PydanticCustomError("text", "holds what cannot be stored: a NUL, half a character")
        raise ValidationError.from_exception_data(
            model.__name__, [{"type": error, "loc": place, "input": None} for place in unfit]
        )
    written = model.model_validate(_with_kept(draft, stored, vault))
    return written.model_dump(mode="json", exclude_unset=True, context=_Storing(vault))


def _with_kept(draft: Any, stored: Any, vault: Vault) -> Any:
    """The draft, with the stored secret wherever the draft says that it is kept."""
    if not isinstance(draft, Mapping):
        return draft
    if draft.get("set") is True and set(draft) <= {"set", "tail"} and _is_sealed(stored):
        sealed = base64.b64decode(stored["sealed"])
        return Secret(sealed=sealed, tail=stored["tail"], vault=vault)
    before = stored if isinstance(stored, Mapping) else {}
    return {name: _with_kept(value, before.get(name), vault) for name, value in draft.items()}


def _is_sealed(stored: Any) -> bool:
    return isinstance(stored, Mapping) and set(stored) == {"sealed", "tail"}


def _unstorable(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The fields whose value is valid JSON but cannot be stored in PostgreSQL."""
    match value:
        case str():
            if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
                yield place
        case float():
            if not math.isfinite(value):
                yield place
        case Mapping():
            for name, each in value.items():
                yield from _unstorable(name, (*place, "?"))
                yield from _unstorable(each, (*place, name))
        case list():
            for number, each in enumerate(value):
                yield from _unstorable(each, (*place, number))
        case _:
            pass
