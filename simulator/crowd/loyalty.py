"""Points that people have, used before they pay."""

from simulator.crowd.phone import Button
from simulator.crowd.visit import Visit

POINTS, USE = "loyalty_pay", "use."


def wants(visit: Visit, screen: list[Button]) -> bool:
    """Whether the person uses their points for this order; they do so once a visit."""
    return (
        bool(_use(screen))
        and not visit.has_used_points
        and visit.random.random() < visit.options.points_share
    )


async def use(visit: Visit, screen: list[Button], action: str) -> list[Button]:
    """The same screen, which has this action, with the points taken off. Raises GaveUp."""
    visit.has_used_points = True
    buttons = _use(screen)
    phone = visit.phone

    def shown(since: int) -> list[Button] | None:
        found = phone.screen(since, action)
        return found if found is not None and not _use(found) else None

    again = await visit.press(buttons, "order with points", shown)
    visit.tell("points", buttons[0].argument)
    return again


def _use(screen: list[Button]) -> list[Button]:
    return [each for each in screen if each.action == POINTS and each.argument.startswith(USE)]
