"""Answers that an owner has written once, for staff to send with a press."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bots.sdk.settings import BilingualText, TextLimit
from core.errors import NotFound, Refused
from core.events import Bilingual
from core.postgres import Connection
from core.versions import Versioned, ensure_unchanged

MOST = 50
PLACES = ("name", "shop", "order", "ticket")
_PLACE = re.compile(r"\{([^{}\s]*)\}")
_GAPS = re.compile(r"\s+([,.!?;:])")


class AnswerDraft(BaseModel):
    """What a shopper reads, in their language or else in the other one; `{name}`, `{shop}`,
    `{order}` and `{ticket}` stand for the shopper's name, the shop's, the order's number and the
    ticket's. `title` is what staff choose it by."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=40)
    text: Annotated[BilingualText, TextLimit(2000)]
    position: int = 0

    @model_validator(mode="after")
    def _is_whole(self) -> "AnswerDraft":
        both = f"{self.text.ru}\n{self.text.en}"
        if not self.text:
            raise ValueError("an answer needs its text, in one language at least")
        if "\0" in self.title + both:
            raise ValueError("holds a NUL, which cannot be stored")
        unknown = sorted({each for each in _PLACE.findall(both) if each not in PLACES})
        if unknown:
            known = ", ".join(f"{{{each}}}" for each in PLACES)
            raise ValueError(f"{{{unknown[0]}}} stands for nothing: there are {known}")
        return self


class Answer(AnswerDraft, Versioned):
    EDITED = frozenset(AnswerDraft.model_fields)
    model_config = ConfigDict(frozen=True)

    id: int

    def filled(self, language: str, **values: str) -> str:
        """The text, its placeholders replaced by values as they are; what has no value leaves no
        gap."""
        text = _PLACE.sub(lambda found: values.get(found[1], ""), self.text.get(language))
        return _GAPS.sub(r"\1", text).strip()


class TooManyAnswers(Refused):
    code = "too_many_answers"
    explained = Bilingual(
        "Готовых ответов уже столько, сколько можно. Удалите лишние.",
        "There are as many canned answers as there may be. Remove some.",
    )


_COLUMNS = "id, position, title, jsonb_build_object('ru', text_ru, 'en', text_en) AS text"


async def of_bot(connection: Connection, bot_id: int) -> list[Answer]:
    """In the owner's order."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM support_answers WHERE bot_id = $1 ORDER BY position, id", bot_id
    )
    return [Answer.model_validate(dict(row)) for row in rows]


async def get(connection: Connection, bot_id: int, answer_id: int, *, lock: bool = False) -> Answer:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM support_answers WHERE bot_id = $1 AND id = $2"
        + (" FOR UPDATE" if lock else ""),
        bot_id,
        answer_id,
    )
    if row is None:
        raise NotFound(f"there is no ready answer {answer_id}")
    return Answer.model_validate(dict(row))


async def add(connection: Connection, bot_id: int, draft: AnswerDraft) -> Answer:
    """Raises TooManyAnswers."""
    count = await connection.fetchval(
        "SELECT count(*) FROM support_answers WHERE bot_id = $1", bot_id
    )
    if count >= MOST:
        raise TooManyAnswers(f"there are {MOST} ready answers: remove one first")
    answer_id = await connection.fetchval(
        "INSERT INTO support_answers (bot_id, position, title, text_ru, text_en) "
        "VALUES ($1, $2, $3, $4, $5) RETURNING id",
        bot_id,
        draft.position,
        draft.title,
        draft.text.ru,
        draft.text.en,
    )
    return await get(connection, bot_id, answer_id)


async def change(
    connection: Connection, bot_id: int, answer_id: int, draft: AnswerDraft, *, seen: str
) -> Answer:
    """Raises NotFound, ChangedMeanwhile."""
    ensure_unchanged(await get(connection, bot_id, answer_id, lock=True), seen)
    await connection.execute(
        "UPDATE support_answers SET position = $3, title = $4, text_ru = $5, text_en = $6 "
        "WHERE bot_id = $1 AND id = $2",
        bot_id,
        answer_id,
        draft.position,
        draft.title,
        draft.text.ru,
        draft.text.en,
    )
    return await get(connection, bot_id, answer_id)


async def remove(connection: Connection, bot_id: int, answer_id: int) -> None:
    """Raises NotFound."""
    await get(connection, bot_id, answer_id)
    await connection.execute(
        "DELETE FROM support_answers WHERE bot_id = $1 AND id = $2", bot_id, answer_id
    )
