"""The events of broadcasts: `props` of each are the broadcast's id and, of a message, its text."""

from core.taxonomy import TAXONOMY

BROADCAST_CREATED = TAXONOMY["broadcast_created"]
BROADCAST_MESSAGE_ATTEMPTED = TAXONOMY["broadcast_message_attempted"]
BROADCAST_MESSAGE_DELIVERED = TAXONOMY["broadcast_message_delivered"]
BROADCAST_MESSAGE_FAILED = TAXONOMY["broadcast_message_failed"]
BROADCAST_CLICKED = TAXONOMY["broadcast_clicked"]
