"""Reviews in the panel: looked through, shown, hidden, answered."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.reviews import reviewing, store
from bots.modules.reviews.settings import ReviewsSettings
from bots.modules.reviews.store import Review, State, Summary
from bots.sdk.panel import PanelScope, SeenTag, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[ReviewsSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]


class ReviewsPage(BaseModel):
    """The newest first; `next_before`: give it as `before` for what follows."""

    reviews: list[Review]
    next_before: int | None


class Answer(BaseModel):
    """The shop's answer, which everybody reads; empty takes it away."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(max_length=1000, pattern=r"^[^\x00]*$")


@router.get("/reviews")
async def list_reviews(
    panel: Panel,
    state: Annotated[State | None, Query()] = None,
    product_id: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewsPage:
    """The bot's reviews. What was written and is not shown to everybody is an owner's to read."""
    found = await store.listed(
        panel.connection,
        panel.bot_id,
        state=state,
        product_id=product_id,
        before=before,
        limit=limit + 1,
    )
    page = found[:limit]
    if panel.visitor.role != "owner":
        page = [
            each if each.state == "shown" else each.model_copy(update={"body": "", "sha256": None})
            for each in page
        ]
    return ReviewsPage(reviews=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/ratings")
async def list_ratings(panel: Panel) -> list[Summary]:
    """The shop's products by how many shown reviews they have, at most 200."""
    return await store.summaries(panel.connection, panel.shop.id)


@router.post("/reviews/{review_id}/show")
async def show_review(review_id: Number, panel: Panel) -> Review:
    """Everybody sees it from now on."""
    return await reviewing.moderate(panel, panel.doer, review_id, "shown")


@router.post("/reviews/{review_id}/hide")
async def hide_review(review_id: Number, panel: Panel) -> Review:
    """Nobody sees it any more, and it does not count."""
    return await reviewing.moderate(panel, panel.doer, review_id, "hidden")


@router.put("/reviews/{review_id}/answer")
async def answer_review(review_id: Number, answer: Answer, panel: Panel, seen: SeenTag) -> Review:
    """The shop's answer, of which the shopper is told. 422 `nothing_to_answer` for an erased
    shopper's; 412 `changed_meanwhile` if the review or its answer has another `version` by now."""
    return await reviewing.answer(panel, panel.doer, review_id, answer.text, seen=seen)
