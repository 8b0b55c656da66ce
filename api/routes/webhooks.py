"""Web hooks to a shop's own systems: where they go, their log, and sending again."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access import Owner, shop_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import Resources, UsesResources
from api.routes.modules import Translated
from api.routes.shops import ShopId
from api.versions import SeenVersion
from core.outgoing import URL_CHARACTERS
from core.shop import webhook_deliveries, webhooks
from core.shop.webhook_deliveries import Delivery, DeliveryDetails, DeliveryState
from core.shop.webhooks import Endpoint, EndpointDraft

router = APIRouter(prefix="/shops/{shop_id}/webhooks", tags=["webhooks"])

EndpointId = Annotated[int, Path(gt=0, lt=2**31)]
DeliveryId = Annotated[int, Path(gt=0, lt=2**63)]
Step = Literal[
    "order.created",
    "order.paid",
    "order.cancelled",
    "order.expired",
    "order.processing",
    "order.shipped",
    "order.delivered",
    "order.goods_sent",
    "order.goods_failed",
    "order.refund_requested",
    "order.refunded",
]


class WebhookDraft(BaseModel):
    """What an owner sets; `url` is https. `with_personal`: messages also have the shopper's name,
    Telegram id and what he entered (docs/webhooks.md). `is_on` false: nothing is queued for it."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [
                {
                    "label": "1C",
                    "url": "https://shop.example/hooks/vitrina",
                    "events": ["order.paid", "order.refunded"],
                }
            ]
        },
    )

    label: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    url: str = Field(min_length=1, max_length=URL_CHARACTERS)
    events: list[Step] = Field(min_length=1, max_length=50)
    with_personal: bool = False
    is_on: bool = True


class NewWebhook(Endpoint):
    """With its secret, `whsec_…`, which is shown only once."""

    secret: str


class WebhookEvent(BaseModel):
    """A step of an order that may be chosen."""

    name: str
    title: Translated


class Webhooks(BaseModel):
    """`events` are those that may be chosen, `most` is how many endpoints a shop may have."""

    webhooks: list[Endpoint]
    events: list[WebhookEvent]
    most: int


class DeliveriesPage(BaseModel):
    """`next` is the `before` of the following page; none on the last."""

    deliveries: list[Delivery]
    next: int | None


class Rotation(BaseModel):
    """For how long the former secret signs beside the new one; 0 ends it at once."""

    model_config = ConfigDict(extra="forbid")

    overlap_minutes: int = Field(default=24 * 60, ge=0, le=7 * 24 * 60)


class ReplayRange(BaseModel):
    """What happened from `start` until before `end`: what was given up, or with `with_delivered`
    everything."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime
    end: AwareDatetime
    with_delivered: bool = False


class Count(BaseModel):
    count: int


def _tagged(response: Response, endpoint: Endpoint) -> Endpoint:
    response.headers["ETag"] = f'"{endpoint.version}"'
    return endpoint


async def _checked(resources: Resources, draft: WebhookDraft) -> EndpointDraft:
    """The address is resolved before anything is locked; raises AddressRefused."""
    url = await resources.outgoing.check(draft.url)
    return EndpointDraft(**draft.model_dump(exclude={"url"}), url=str(url))


@router.get("", responses=documented(401, 403, 404, 422))
async def list_webhooks(shop_id: ShopId, visitor: Owner, resources: UsesResources) -> Webhooks:
    """Oldest first, without their secrets."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await webhooks.of_shop(connection, shop_id)
    return Webhooks(
        webhooks=found,
        events=[
            WebhookEvent(name=name, title=Translated.of(title))
            for name, title in webhooks.TITLES.items()
        ],
        most=webhooks.ENDPOINTS_A_SHOP,
    )


@router.post("", status_code=201, responses=documented(401, 403, 404, 422))
async def create_webhook(
    shop_id: ShopId,
    draft: WebhookDraft,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> NewWebhook:
    """Makes one. 422 `address_refused` if its address is not of the public internet,
    `too_many_webhooks` at ten."""
    async with shop_transaction(resources, visitor, shop_id):
        pass  # whoever may not see the shop has no name resolved
    checked = await _checked(resources, draft)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        made, secret = await webhooks.create(connection, resources.keys, shop_id, checked)
    return NewWebhook(**_tagged(response, made).model_dump(), secret=secret)


@router.get("/{endpoint_id}", responses=documented(401, 403, 404, 422))
async def read_webhook(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> Endpoint:
    """One; the ETag is its version."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return _tagged(response, await webhooks.get(connection, shop_id, endpoint_id))


@router.put("/{endpoint_id}", responses=documented(401, 403, 404, 412, 422, 428))
async def change_webhook(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    draft: WebhookDraft,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> Endpoint:
    """Replaces what the draft states; one that was switched off for its failures begins afresh.
    412 `changed_meanwhile`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await webhooks.get(connection, shop_id, endpoint_id)
    checked = await _checked(resources, draft)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        changed = await webhooks.change(connection, shop_id, endpoint_id, checked, seen)
    return _tagged(response, changed)


@router.delete("/{endpoint_id}", status_code=204, responses=documented(401, 403, 404, 422))
@works_archived
async def delete_webhook(
    shop_id: ShopId, endpoint_id: EndpointId, visitor: Owner, resources: UsesResources
) -> None:
    """With its messages and their log."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await webhooks.delete(connection, shop_id, endpoint_id)


@router.post("/{endpoint_id}/secret", responses=documented(401, 403, 404, 422))
async def rotate_webhook_secret(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    rotation: Rotation,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> NewWebhook:
    """A new secret; until the overlap ends messages have two signatures."""
    overlap = timedelta(minutes=rotation.overlap_minutes)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        changed, secret = await webhooks.rotate(
            connection, resources.keys, shop_id, endpoint_id, overlap=overlap
        )
    return NewWebhook(**_tagged(response, changed).model_dump(), secret=secret)


@router.post("/{endpoint_id}/test", status_code=202, responses=documented(401, 403, 404, 422))
async def test_webhook(
    shop_id: ShopId, endpoint_id: EndpointId, visitor: Owner, resources: UsesResources
) -> Delivery:
    """Queues a message of the type `test`, which is sent once, also to one that is off; its log
    tells within seconds what came of it."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await webhook_deliveries.queue_test(connection, shop_id, endpoint_id)


@router.get("/{endpoint_id}/deliveries", responses=documented(401, 403, 404, 422))
async def list_deliveries(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    visitor: Owner,
    resources: UsesResources,
    state: Annotated[DeliveryState | None, Query()] = None,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
) -> DeliveriesPage:
    """The messages of the last 30 days, the newest first, a hundred a page."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await webhook_deliveries.page(
            connection, shop_id, endpoint_id, state=state, before_id=before
        )
    is_last = len(found) < webhook_deliveries.PAGE
    return DeliveriesPage(deliveries=found, next=None if is_last else found[-1].id)


@router.get("/{endpoint_id}/deliveries/{delivery_id}", responses=documented(401, 403, 404, 422))
async def read_delivery(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    delivery_id: DeliveryId,
    visitor: Owner,
    resources: UsesResources,
) -> DeliveryDetails:
    """With what is sent, and every attempt with the beginning of its answer."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await webhook_deliveries.get(connection, shop_id, endpoint_id, delivery_id)


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/replay",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
async def replay_delivery(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    delivery_id: DeliveryId,
    visitor: Owner,
    resources: UsesResources,
) -> None:
    """Sends it again, with the same `webhook-id` and body. 404 also while it is waiting anyway."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await webhook_deliveries.replay(connection, shop_id, endpoint_id, delivery_id)


@router.post("/{endpoint_id}/replay", responses=documented(401, 403, 404, 422))
async def replay_range(
    shop_id: ShopId,
    endpoint_id: EndpointId,
    chosen: ReplayRange,
    visitor: Owner,
    resources: UsesResources,
) -> Count:
    """Sends what happened in a range again, at most ten thousand messages at once."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        count = await webhook_deliveries.replay_range(
            connection,
            shop_id,
            endpoint_id,
            start=chosen.start,
            end=chosen.end,
            with_delivered=chosen.with_delivered,
        )
    return Count(count=count)


@router.delete("/{endpoint_id}/parked", responses=documented(401, 403, 404, 422))
@works_archived
async def drop_parked(
    shop_id: ShopId, endpoint_id: EndpointId, visitor: Owner, resources: UsesResources
) -> Count:
    """Gives up for good what was parked, which ends its "needs you"."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return Count(count=await webhook_deliveries.drop_parked(connection, shop_id, endpoint_id))
