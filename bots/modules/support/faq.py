"""The owner's questions and answers, and which of them a shopper may have meant."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, model_validator

from bots.modules.support import likeness
from bots.modules.support.likeness import Stems
from bots.sdk.settings import BilingualText, TextLimit
from core.errors import NotFound, Refused
from core.events import Bilingual
from core.postgres import Connection
from core.versions import Versioned, ensure_unchanged

SHOWN = 6  # on the first screen
SUGGESTED = 3
MOST = 200
_ASKED_CHARACTERS = 1000


class QuestionDraft(BaseModel):
    """A question with its answer, each in one language at least; those with a lower `position` are
    shown first."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[BilingualText, TextLimit(200)]
    answer: Annotated[BilingualText, TextLimit(3000)]
    position: int = 0

    @model_validator(mode="after")
    def _is_whole(self) -> "QuestionDraft":
        if not self.question or not self.answer:
            raise ValueError("a question and its answer are needed, in one language at least")
        if "\0" in f"{self.question.ru}{self.question.en}{self.answer.ru}{self.answer.en}":
            raise ValueError("holds a NUL, which cannot be stored")
        return self


class Question(QuestionDraft, Versioned):
    """`shown`: how often it was shown; `helped`: how often a shopper said that it helped."""

    EDITED = frozenset(QuestionDraft.model_fields)
    model_config = ConfigDict(frozen=True)

    id: int
    shown: int
    helped: int


class TooManyQuestions(Refused):
    code = "too_many_questions"
    explained = Bilingual(
        "Вопросов уже столько, сколько можно. Удалите лишние.",
        "There are as many questions as there may be. Remove some.",
    )


_COLUMNS = "id, position, question_ru, question_en, answer_ru, answer_en, shown, helped"


def _question(row: "dict[str, object]") -> Question:
    values = dict(row)
    return Question.model_validate(
        {key: values[key] for key in ("id", "position", "shown", "helped")}
        | {
            "question": {"ru": values["question_ru"], "en": values["question_en"]},
            "answer": {"ru": values["answer_ru"], "en": values["answer_en"]},
        }
    )


async def of_bot(connection: Connection, bot_id: int, *, limit: int = MOST) -> list[Question]:
    """In the owner's order."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM support_questions WHERE bot_id = $1 "
        "ORDER BY position, id LIMIT $2",
        bot_id,
        limit,
    )
    return [_question(dict(row)) for row in rows]


async def get(
    connection: Connection, bot_id: int, question_id: int, *, lock: bool = False
) -> Question:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM support_questions WHERE bot_id = $1 AND id = $2"
        + (" FOR UPDATE" if lock else ""),
        bot_id,
        question_id,
    )
    if row is None:
        raise NotFound(f"there is no question {question_id}")
    return _question(dict(row))


async def add(connection: Connection, bot_id: int, draft: QuestionDraft) -> Question:
    """Raises TooManyQuestions."""
    count = await connection.fetchval(
        "SELECT count(*) FROM support_questions WHERE bot_id = $1", bot_id
    )
    if count >= MOST:
        raise TooManyQuestions(f"there are {MOST} questions: remove one first")
    question_id = await connection.fetchval(
        "INSERT INTO support_questions (bot_id, position, question_ru, question_en, answer_ru, "
        "answer_en) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        bot_id,
        *_values(draft),
    )
    return await get(connection, bot_id, question_id)


def _values(draft: QuestionDraft) -> tuple[int, str, str, str, str]:
    asked, answered = draft.question, draft.answer
    return draft.position, asked.ru, asked.en, answered.ru, answered.en


async def change(
    connection: Connection, bot_id: int, question_id: int, draft: QuestionDraft, *, seen: str
) -> Question:
    """Raises NotFound, ChangedMeanwhile."""
    ensure_unchanged(await get(connection, bot_id, question_id, lock=True), seen)
    await connection.execute(
        "UPDATE support_questions SET position = $3, question_ru = $4, question_en = $5, "
        "answer_ru = $6, answer_en = $7 WHERE bot_id = $1 AND id = $2",
        bot_id,
        question_id,
        *_values(draft),
    )
    return await get(connection, bot_id, question_id)


async def remove(connection: Connection, bot_id: int, question_id: int) -> None:
    """Raises NotFound."""
    await get(connection, bot_id, question_id)
    await connection.execute(
        "DELETE FROM support_questions WHERE bot_id = $1 AND id = $2", bot_id, question_id
    )


async def note_shown(connection: Connection, question_ids: Sequence[int]) -> None:
    await connection.execute(
        "UPDATE support_questions SET shown = shown + 1 WHERE id = ANY($1::bigint[])",
        list(question_ids),
    )


async def note_helped(connection: Connection, question_id: int) -> None:
    await connection.execute(
        "UPDATE support_questions SET helped = helped + 1 WHERE id = $1", question_id
    )


async def alike(connection: Connection, bot_id: int, asked: str) -> list[Question]:
    """Those that may have been meant, the most alike first; word forms and typos are found, in
    Russian and English."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, stems_ru, stems_en, answer_stems, ARRAY("
        "  SELECT lexeme FROM unnest(to_tsvector('russian', plain_words($2))) "
        "  ORDER BY positions[1] LIMIT $3) AS asked "
        "FROM support_questions WHERE bot_id = $1",
        bot_id,
        asked.replace("\0", " ")[:_ASKED_CHARACTERS],
        likeness.ASKED,
    )
    if not rows:
        return []
    known = {
        row["id"]: Stems(
            tuple(set(each) for each in (row["stems_ru"], row["stems_en"]) if each),
            set(row["answer_stems"]),
        )
        for row in rows
    }
    questions = {row["id"]: row for row in rows}
    found = likeness.ranked(rows[0]["asked"], known, limit=SUGGESTED)
    return [_question(dict(questions[each])) for each in found]
