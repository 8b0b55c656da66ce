from pydantic import BaseModel

from bots.sdk.outside import Http


class Said(BaseModel):
    """What the service says of a gift."""

    paid: bool


async def is_paid(http: Http, url: str, gift: int) -> bool:
    answer = await http.call("GET", f"{url}/gifts/{gift}")
    return answer.is_ok and answer.read(Said).paid
