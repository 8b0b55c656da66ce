"""What is said of an order, and of a wallet's top-up, which is none to a shopper."""

from core.shop.orders import Purpose

_TOP_UP = {
    "making": "making_top_up",
    "bill": "bill_top_up",
    "described": "described_top_up",
    "refused": "refused_top_up",
    "takes_long": "takes_long_top_up",
    "no_longer_open": "no_longer_open_top_up",
}


def worded(key: str, purpose: Purpose) -> str:
    """The text with this key, or its like for top-ups."""
    return _TOP_UP.get(key, key) if purpose == "top_up" else key
