-- The message of the bot's that somebody in a staff's group replies to is found by its number.
CREATE INDEX outgoing_in_groups ON outgoing (bot_id, chat_id, message_id) WHERE chat_id < 0;
