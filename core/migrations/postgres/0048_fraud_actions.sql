-- What the fraud filter did about shoppers while they were there: one row a shopper, abuse, action
-- and day (UTC), with the reasons of the last time.
CREATE TABLE fraud_actions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    bot_id bigint NOT NULL,
    buyer_no bigint NOT NULL,
    abuse text NOT NULL,
    action text NOT NULL CHECK (
        action IN ('drop', 'mute', 'slow', 'lock', 'prepay', 'hold', 'by_hand', 'stop')),
    is_shadow boolean NOT NULL DEFAULT false, -- it was only noted: a shadow rule changes nothing
    day date NOT NULL,
    score double precision NOT NULL,
    reasons jsonb NOT NULL DEFAULT '[]',
    order_id bigint, -- what was held, if it was an order
    times int NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (shop_id, bot_id, buyer_no, abuse, action, is_shadow, day, order_id)
);
CREATE INDEX fraud_actions_shop ON fraud_actions (shop_id, last_at DESC, id DESC);
