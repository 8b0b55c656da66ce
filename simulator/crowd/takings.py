"""A first day's payments and wallets; see `simulator.crowd.metrics`."""

from collections import Counter

from simulator.crowd.known import Known, Rows, ratio

STARS, BY_STARS, BY_CARD, WALLET = "XTR", "stars", "telegram", "wallet"


def success(known: Known) -> float | None:
    """Of all payments, whoever took them."""
    came, failed = _came(known).total(), _failed(known).total()
    return ratio(came, came + failed)


def payments(known: Known) -> Rows:
    """By who took them, if anybody tried."""
    came, failed = _came(known), _failed(known)
    for way in came | failed:
        yield "payment_day", way, {"payment_success": came[way] / (came[way] + failed[way])}


def _way(currency: str) -> str:
    return BY_STARS if currency == STARS else BY_CARD


def _came(known: Known) -> Counter[str]:
    """An order that a wallet pays in part has two payments."""
    came = Counter(_way(each.currency) for each in known.top_ups)
    for each in known.sales:
        came[WALLET] += each.from_wallet > 0
        came[_way(each.charge.currency)] += each.charge.amount > each.from_wallet
    return +came


def _failed(known: Known) -> Counter[str]:
    """Payments that the shop approved and that never came, and those of what was paid already."""
    failed = Counter[str]()
    for each in known.people.values():
        never = each.declined.keys() - each.charges.keys() - each.cancelled.keys()
        failed.update(_way(each.currencies[order]) for order in never)
        for charges in each.extra.values():
            failed.update(_way(charge.currency) for charge in charges)
    return failed


def cash(known: Known) -> int:
    """What came from outside, less what went back there: a wallet is none."""
    sold = sum(
        each.charge.amount - each.from_wallet - (each.refunded - each.to_wallet)
        for each in known.sales
    )
    return sold + sum(each.amount for each in known.top_ups)


def wallets(known: Known) -> Rows:
    """By currency: what came into people's wallets and left them; what is left is owed to them."""
    top_ups, purchases, refunds = Counter[str](), Counter[str](), Counter[str]()
    for charge in known.top_ups:
        top_ups[charge.currency] += charge.amount
    for sale in known.sales:
        purchases[sale.charge.currency] -= sale.from_wallet
        refunds[sale.charge.currency] += sale.to_wallet
    for currency in sorted({*top_ups, *filter(purchases.get, purchases)}):
        moved = (top_ups[currency], purchases[currency], refunds[currency])
        yield (
            "wallet_day",
            currency,
            {
                "top_ups_minor": moved[0],
                "purchases_minor": moved[1],
                "refunds_minor": moved[2],
                "liability_minor": sum(moved),
            },
        )
