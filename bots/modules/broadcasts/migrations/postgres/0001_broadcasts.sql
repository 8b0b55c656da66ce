-- A message to many of a shop's customers, by one bot: whose it is, what it says, when it goes.
CREATE TABLE broadcasts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    draft jsonb NOT NULL, -- title, texts, what its button leads to, the audience
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'scheduled', 'sending', 'done', 'cancelled')),
    version int NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    starts_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    result jsonb, -- once its recipients are no longer kept
    CHECK ((state = 'scheduled') <= (starts_at IS NOT NULL))
);
CREATE INDEX broadcasts_bot ON broadcasts (bot_id, id);
CREATE INDEX broadcasts_due ON broadcasts (bot_id) WHERE state IN ('scheduled', 'sending');
CREATE INDEX broadcasts_kept ON broadcasts (bot_id, ended_at)
    WHERE ended_at IS NOT NULL AND result IS NULL;

-- To whom it goes, as of when it began; kept for a month after its end.
CREATE TABLE broadcast_recipients (
    broadcast_id bigint NOT NULL REFERENCES broadcasts,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    text_no smallint NOT NULL, -- which of the texts
    -- waiting, queued (it goes out), and what became of it: delivered, blocked, failed; or why it
    -- was not sent: capped (had enough lately), gone (blocked the bot meanwhile, or was erased),
    -- left (wants none), cancelled
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'queued', 'delivered',
        'blocked', 'failed', 'capped', 'gone', 'left', 'cancelled')),
    queued_at timestamptz,
    delivered_at timestamptz,
    clicked_at timestamptz,
    PRIMARY KEY (broadcast_id, buyer_no)
);
CREATE INDEX broadcast_recipients_open ON broadcast_recipients (broadcast_id, buyer_no)
    WHERE state IN ('waiting', 'queued');
CREATE INDEX broadcast_recipients_buyer ON broadcast_recipients (shop_id, buyer_no, queued_at);

-- Who wants none from the shop.
CREATE TABLE broadcast_refusals (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
