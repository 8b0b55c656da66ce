-- Refunds of payments that are not booked yet: each is taken off when its payment is booked.
CREATE TABLE unbooked_refunds (
    bot_id bigint NOT NULL REFERENCES bots,
    provider text NOT NULL,
    charge_id text NOT NULL,
    refunded_at timestamptz NOT NULL, -- as the provider told of it
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, provider, charge_id)
);
