"""What is said of an order, and of a wallet's top-up, which is none to a shopper."""

from core.shop.orders import Purpose

_TOP_UP = {
    "how_to_pay": "how_to_pay_top_up",
    "kept_until": "kept_until_top_up",
    "ask_proof": "ask_proof_top_up",
    "proof_taken": "proof_taken_top_up",
    "same_proof": "same_proof_top_up",
    "enough_proofs": "enough_proofs_top_up",
    "already_paid": "already_paid_top_up",
    "no_longer_open": "no_longer_open_top_up",
    "declined": "declined_top_up",
    "send_another": "send_another_top_up",
    "proof_card": "proof_card_top_up",
}


def worded(key: str, purpose: Purpose) -> str:
    """The text with this key, or its like for top-ups."""
    return _TOP_UP.get(key, key) if purpose == "top_up" else key
