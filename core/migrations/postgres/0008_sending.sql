-- What waits is found chat by chat and by urgency: goods and receipts before notices, broadcasts
-- last. The purpose says which it is, so whoever writes a message need not.
ALTER TABLE outgoing ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN purpose LIKE 'broadcast%' THEN 2 WHEN purpose LIKE 'notice%' THEN 1 ELSE 0 END
) STORED;
DROP INDEX outgoing_pending;
CREATE INDEX outgoing_pending ON outgoing (bot_id, urgency, id) WHERE state = 'pending';
CREATE INDEX outgoing_chat ON outgoing (bot_id, chat_id, id) WHERE state = 'pending';

-- Money that Telegram has taken and no module has booked: kept whole until one does.
CREATE TABLE unbooked_payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots,
    shop_id int NOT NULL REFERENCES shops,
    payer_telegram_id bigint NOT NULL,
    provider text NOT NULL,
    charge_id text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    payload text NOT NULL,
    message_id bigint NOT NULL, -- of the message by which Telegram told of it
    occurred_at timestamptz NOT NULL,
    reason text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    booked_at timestamptz,
    UNIQUE (provider, charge_id)
);
CREATE INDEX unbooked_payments_waiting ON unbooked_payments (bot_id) WHERE booked_at IS NULL;

-- A bot that was taken out keeps its row: orders and figures go on to name it.
ALTER TABLE bots ADD COLUMN removed_at timestamptz;

-- As Telegram shows the bot; small (about 160 × 160).
CREATE TABLE bot_photos (
    bot_id bigint PRIMARY KEY REFERENCES bots ON DELETE CASCADE,
    photo_id bigint NOT NULL,
    jpeg bytea NOT NULL CHECK (octet_length(jpeg) <= 65536)
);

-- Somebody tried to connect a shop's bot elsewhere: its owner reads of it. One row however often.
CREATE TABLE bot_claims (
    bot_id bigint PRIMARY KEY REFERENCES bots ON DELETE CASCADE,
    knows_token boolean NOT NULL, -- with the token that the bot runs on
    attempts int NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL DEFAULT now()
);
