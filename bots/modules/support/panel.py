"""Support in the panel: tickets, ready answers and the owner's questions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.support import canned, conversation, faq, overview, store
from bots.modules.support.canned import Answer, AnswerDraft
from bots.modules.support.conversation import Enclosure
from bots.modules.support.faq import Question, QuestionDraft
from bots.modules.support.overview import Summary, Wanted
from bots.modules.support.settings import SupportSettings
from bots.modules.support.store import Message, State, Ticket, TicketRow
from bots.sdk.panel import PanelScope, SeenTag, panel_scope
from core.shop import files

router = APIRouter()
Panel = Annotated[PanelScope[SupportSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
_MOST_PICTURES = 5


class TicketsPage(BaseModel):
    """`next_before`: give it as `before` for what follows; null on the last page."""

    tickets: list[TicketRow]
    next_before: int | None


class TicketView(BaseModel):
    """A ticket with what was written, oldest first; a file is the shop's, by `sha256`."""

    ticket: Ticket
    messages: list[Message]


class Reply(BaseModel):
    """An answer: words, pictures (SHA-256 of uploaded files), or the ready answer `ready_id` in
    place of words. `closes`: the ticket is closed after it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(default="", max_length=4000, pattern=r"^[^\x00]*$")
    pictures: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(
        default=[], max_length=_MOST_PICTURES
    )
    ready_id: int | None = Field(default=None, gt=0, lt=2**63)
    closes: bool = False


class Assignee(BaseModel):
    """Who of the shop answers; empty: anybody."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    assignee: str = Field(max_length=64, pattern=r"^[^\x00]*$")


@router.get("/summary")
async def get_summary(panel: Panel) -> Summary:
    """How many wait, the time to the first answer and the rating, of the last 30 days."""
    return await overview.summary(panel.connection, panel.bot_id)


@router.get("/tickets")
async def list_tickets(
    panel: Panel,
    *,
    state: Annotated[State | None, Query()] = None,
    is_open: Annotated[bool, Query(description="Not closed, whatever the state")] = False,
    assignee: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    buyer_no: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    order_id: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketsPage:
    """The newest first. Names and what was written are an owner's to see."""
    wanted = Wanted(state, is_open, assignee, buyer_no, order_id)
    found = await overview.listed(
        panel.connection, panel.bot_id, wanted, before=before, limit=limit + 1
    )
    page = found[:limit]
    if panel.visitor.role != "owner":
        page = [each.model_copy(update={"buyer_name": "", "last_words": ""}) for each in page]
    return TicketsPage(tickets=page, next_before=page[-1].id if len(found) > limit else None)


async def _view(panel: PanelScope[SupportSettings], ticket_id: int) -> TicketView:
    return TicketView(
        ticket=await store.get(panel.connection, panel.bot_id, ticket_id),
        messages=await store.messages_of(panel.connection, ticket_id),
    )


@router.get("/tickets/{ticket_id}")
async def get_ticket(ticket_id: Number, panel: Panel) -> TicketView:
    """One with what was written; owners only."""
    panel.require_owner()
    return await _view(panel, ticket_id)


@router.post("/tickets/{ticket_id}/answer")
async def answer_ticket(ticket_id: Number, reply: Reply, panel: Panel) -> TicketView:
    """Sends an answer to the shopper, in the bot's chat with them."""
    text = reply.text
    if reply.ready_id is not None:
        ticket = await store.get(panel.connection, panel.bot_id, ticket_id)
        text = await conversation.ready_text(panel, ticket, reply.ready_id)
    enclosures = []
    for sha256 in reply.pictures:
        file = await files.get(panel.connection, panel.shop.id, sha256)
        is_picture = file.media_type.startswith("image/")
        enclosures.append(
            Enclosure("photo" if is_picture else "document", sha256=sha256, name=file.file_name)
        )
    ticket = await conversation.answer(panel, ticket_id, panel.doer, text, enclosures)
    if reply.closes:
        await conversation.close(panel, ticket.id, "shop", panel.doer)
    return await _view(panel, ticket.id)


@router.post("/tickets/{ticket_id}/close")
async def close_ticket(ticket_id: Number, panel: Panel) -> TicketView:
    """Closes it; the shopper is told, and asked for a rating once. 409 if it is closed."""
    await conversation.close(panel, ticket_id, "shop", panel.doer)
    return await _view(panel, ticket_id)


@router.post("/tickets/{ticket_id}/reopen")
async def reopen_ticket(ticket_id: Number, panel: Panel) -> TicketView:
    """Opens it again. 409 if it is open, or another one about the same is."""
    await conversation.reopen(panel, ticket_id, panel.doer)
    return await _view(panel, ticket_id)


@router.put("/tickets/{ticket_id}/assignee")
async def assign_ticket(
    ticket_id: Number, assignee: Assignee, panel: Panel, seen: SeenTag
) -> TicketView:
    """Says who of the shop answers it. 412 `changed_meanwhile` if it is somebody else by now."""
    await conversation.assign(panel, ticket_id, panel.doer, assignee.assignee, seen=seen)
    return await _view(panel, ticket_id)


@router.get("/answers")
async def list_answers(panel: Panel) -> list[Answer]:
    """The ready answers, in their order."""
    return await canned.of_bot(panel.connection, panel.bot_id)


@router.post("/answers", status_code=201)
async def add_answer(draft: AnswerDraft, panel: Panel) -> Answer:
    """A ready answer; `{name}`, `{shop}`, `{order}` and `{ticket}` are filled in when it is
    sent."""
    return await canned.add(panel.connection, panel.bot_id, draft)


@router.put("/answers/{answer_id}")
async def change_answer(
    answer_id: Number, draft: AnswerDraft, panel: Panel, seen: SeenTag
) -> Answer:
    """Changes a ready answer; what was sent stays. 412 `changed_meanwhile` if it has another
    `version` by now."""
    return await canned.change(panel.connection, panel.bot_id, answer_id, draft, seen=seen)


@router.delete("/answers/{answer_id}", status_code=204)
async def remove_answer(answer_id: Number, panel: Panel) -> None:
    """Removes a ready answer."""
    await canned.remove(panel.connection, panel.bot_id, answer_id)


@router.get("/questions")
async def list_questions(panel: Panel) -> list[Question]:
    """The owner's questions with their answers, and how often each helped."""
    return await faq.of_bot(panel.connection, panel.bot_id)


@router.post("/questions", status_code=201)
async def add_question(draft: QuestionDraft, panel: Panel) -> Question:
    """A question with its answer: shown before a ticket is opened, if it is like what was asked."""
    return await faq.add(panel.connection, panel.bot_id, draft)


@router.put("/questions/{question_id}")
async def change_question(
    question_id: Number, draft: QuestionDraft, panel: Panel, seen: SeenTag
) -> Question:
    """Changes a question or its answer. 412 `changed_meanwhile` if it has another `version` by
    now."""
    return await faq.change(panel.connection, panel.bot_id, question_id, draft, seen=seen)


@router.delete("/questions/{question_id}", status_code=204)
async def remove_question(question_id: Number, panel: Panel) -> None:
    """Removes a question."""
    await faq.remove(panel.connection, panel.bot_id, question_id)


@router.get("/questions/alike")
async def find_alike(
    panel: Panel, text: Annotated[str, Query(min_length=1, max_length=1000)]
) -> list[Question]:
    """What a shopper who wrote this would be shown, the most alike first."""
    return await faq.alike(panel.connection, panel.bot_id, text)
