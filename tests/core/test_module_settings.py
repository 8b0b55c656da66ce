"""Stored settings: sealed secrets, shown by their last characters, invalid values refused."""

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigurationError
from core.module_settings import BilingualText, Secret, TextLimit, Vault, changed, read, shown
from core.secrets import KeyRing

VAULT = Vault(1, "pay", KeyRing({1: b"k" * 32}))
TOKEN = "12345:AAabcdefghij-wxyz"


class Provider(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Secret | None = None


class PaySettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(default=3, ge=1, le=9)
    rate: float = 1.0
    token: Secret | None = None
    provider: Provider = Provider()
    thanks: Annotated[BilingualText, TextLimit(10)] = BilingualText()


def stored(draft: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    return changed(PaySettings, before or {}, draft, VAULT)


def opened(kept: dict[str, Any], vault: Vault = VAULT) -> PaySettings:
    settings = read(PaySettings, kept, vault)
    assert isinstance(settings, PaySettings)
    return settings


def test_a_secret_is_sealed_shown_by_its_end_and_opened_where_the_keys_are() -> None:
    kept = stored({"token": f" {TOKEN} ", "provider": {"key": "short"}})
    assert TOKEN not in json.dumps(kept) and "short" not in json.dumps(kept)
    settings = opened(kept)
    assert settings.token and settings.token.reveal() == TOKEN
    assert settings.provider.key and settings.provider.key.reveal() == "short"
    assert TOKEN not in f"{settings!r} {settings}"
    page = shown(settings)
    assert page["token"] == {"set": True, "tail": "wxyz"}
    assert page["provider"] == {"key": {"set": True, "tail": ""}}
    assert shown(opened({})) == shown(PaySettings())


def test_a_secret_stays_when_it_comes_back_as_shown_and_goes_with_null() -> None:
    kept = stored({"token": TOKEN, "provider": {"key": "short"}})
    page = shown(opened(kept))
    again = stored(page, kept)
    assert opened(again).token == opened(kept).token
    assert opened(stored(page | {"token": None}, kept)).token is None
    other = stored(page | {"token": "another-secret-text"}, kept)
    assert shown(opened(other))["token"]["tail"] == "text"
    assert shown(opened(other))["provider"] == page["provider"]


@pytest.mark.parametrize(
    "token",
    [
        {"set": True},
        {"sealed": "AAAA", "tail": "wxyz"},
        "",
        "  ",
        7,
        "x" * 5000,
        ["a"],
    ],
)
def test_what_is_no_secret_is_refused(token: object) -> None:
    with pytest.raises(ValidationError):
        stored({"token": token})


def test_a_sealed_value_opens_in_its_own_place_alone() -> None:
    kept = stored({"token": TOKEN})
    for vault in (Vault(2, "pay", VAULT.keys), Vault(1, "menu", VAULT.keys), Vault(1, "pay")):
        token = opened(kept, vault).token
        assert token is not None and token.tail == "wxyz"
        with pytest.raises(ConfigurationError):
            token.reveal()


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        ({"limit": 10}, ("limit",)),
        ({"thanks": {"ru": "a" * 11}}, ("thanks",)),
        ({"thanks": {"ru": "a\0"}}, ("thanks", "ru")),
        ({"thanks": {"en": "\ud83d"}}, ("thanks", "en")),
        ({"rate": float("inf")}, ("rate",)),
        ({"wrong\0": 1}, ("?",)),
        ({"unknown": 1}, ("unknown",)),
    ],
)
def test_a_wrong_value_is_named(draft: dict[str, Any], place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        stored(draft)
    assert [item["loc"] for item in caught.value.errors()] == [place]


def test_only_what_was_written_is_stored() -> None:
    assert stored({"limit": 3}) == {"limit": 3}
    assert stored({"thanks": {"ru": " да "}}) == {"thanks": {"ru": "да"}}


def test_a_text_falls_back_to_the_other_language() -> None:
    text = BilingualText(ru="да")
    assert (text.get("ru"), text.get("en"), bool(text)) == ("да", "да", True)
    assert not BilingualText()


def test_the_form_knows_each_kind() -> None:
    schema = PaySettings.model_json_schema()
    token = schema["properties"]["token"]["anyOf"][0]
    assert token["x-kind"] == "secret" and token["writeOnly"] is True
    assert schema["$defs"]["BilingualText"]["x-kind"] == "bilingual"
    assert schema["properties"]["thanks"]["x-max-length"] == 10
