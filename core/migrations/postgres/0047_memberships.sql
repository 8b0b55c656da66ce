-- Whether people are in channels and groups outside the shop, as Telegram has said last: whoever is
-- let in by that is not asked about at each step.
CREATE TABLE memberships (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    telegram_id bigint NOT NULL,
    chat text NOT NULL, -- as the owner names it: @name, or its number
    channel_id bigint, -- Telegram's, once it is known
    is_member boolean, -- null: Telegram would not say, and why is in `error`
    error text NOT NULL DEFAULT '',
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, telegram_id, chat)
);
CREATE INDEX memberships_changed ON memberships (bot_id, channel_id, telegram_id);
CREATE INDEX memberships_failing ON memberships (bot_id, checked_at) WHERE is_member IS NULL;
