"""The texts of a bot's modules, and the owner's own texts instead."""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner, bot_transaction, hosted_bot_transaction, visible_bot
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import Resources, UsesResources
from api.routes.bot_modules import ModuleKey
from api.routes.bots import BotId
from api.versions import SeenTag
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, check_own, places, preview
from core.modules import ModuleNotFound
from core.shop import module_texts
from core.shop.module_texts import OwnText
from core.shop.shops import Language
from core.versions import ensure_unchanged, tag_of

router = APIRouter(prefix="/bots/{bot_id}/modules/{key}/texts", tags=["modules"])


class TextView(BaseModel):
    """A text in one language: the module's, the owner's if there is one, and the placeholders that
    it may contain as `{place}`. Whoever changes it sends `version` as If-Match, to undo nobody
    else's words."""

    text_key: str
    language: Language
    template: str
    own: str | None
    places: list[str]
    changed_by: str | None
    version: str


class _Own(BaseModel):
    """What the version of a text is made of."""

    template: str | None


class TextDraft(BaseModel):
    """Plain words with `{places}` and the tags <b>, <i>, <code>."""

    model_config = ConfigDict(extra="forbid")

    template: str = Field(max_length=5000)


def _texts(resources: Resources, key: str) -> Mapping[Language, Texts]:
    if key not in resources.loaded:
        raise ModuleNotFound(f"there is no module {key!r:.80}")
    return resources.loaded[key].texts


@router.get("", responses=documented(401, 403, 404, 422))
async def list_texts(
    bot_id: BotId, key: ModuleKey, visitor: Owner, resources: UsesResources
) -> list[TextView]:
    """All texts of the module, in both languages."""
    own: dict[tuple[Language, str], OwnText] = {}
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        for text in await module_texts.of_bot(connection, bot_id):
            if text.module == key:
                own[text.language, text.text_key] = text
    found = []
    for language, texts in _texts(resources, key).items():
        for text_key, template in texts.templates.items():
            written = own.get((language, text_key))
            found.append(
                TextView(
                    text_key=text_key,
                    language=language,
                    template=template,
                    own=written.template if written else None,
                    places=sorted(places(template)),
                    changed_by=written.changed_by if written else None,
                    version=tag_of(_Own(template=written.template if written else None)),
                )
            )
    return sorted(found, key=lambda text: (text.text_key, text.language))


@router.post("/{language}/{text_key}/preview", responses=documented(401, 403, 404, 422))
@works_archived
async def preview_text(
    bot_id: BotId,
    key: ModuleKey,
    language: Language,
    text_key: str,
    draft: TextDraft,
    visitor: Owner,
    resources: UsesResources,
) -> Text:
    """A preview, in which placeholders stand for themselves. 422 `bad_text` if the text is not
    valid."""
    async with resources.pool.acquire() as connection:
        await visible_bot(connection, visitor, bot_id)
    check_own(_texts(resources, key)[language], text_key, draft.template)
    return preview(draft.template)


@router.put(
    "/{language}/{text_key}",
    status_code=204,
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def write_text(
    bot_id: BotId,
    key: ModuleKey,
    language: Language,
    text_key: str,
    draft: TextDraft,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> None:
    """Sets the owner's text; running workers follow within seconds. 412 `changed_meanwhile` if it
    is not of the `version` in If-Match any more."""
    check_own(_texts(resources, key)[language], text_key, draft.template)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        own = await module_texts.locked(connection, bot_id, key, language, text_key)
        ensure_unchanged(_Own(template=own), seen)
        await module_texts.write(
            connection,
            bot_id,
            key,
            language,
            text_key,
            draft.template,
            changed_by=visitor.label,
        )


@router.delete(
    "/{language}/{text_key}",
    status_code=204,
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def reset_text(
    bot_id: BotId,
    key: ModuleKey,
    language: Language,
    text_key: str,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> None:
    """Restores the module's own text. 412 `changed_meanwhile` as above."""
    _texts(resources, key)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        own = await module_texts.locked(connection, bot_id, key, language, text_key)
        ensure_unchanged(_Own(template=own), seen)
        await module_texts.reset(connection, bot_id, key, language, text_key)
