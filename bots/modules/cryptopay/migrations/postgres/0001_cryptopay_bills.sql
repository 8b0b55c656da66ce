-- Bills that a shopper pays in Crypto Bot; of an order, one at a time.
CREATE TABLE cryptopay_bills (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    order_id bigint NOT NULL REFERENCES orders,
    buyer_no bigint NOT NULL, -- 0: erased
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    invoice_id bigint, -- Crypto Pay's; null: not made yet
    url text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'asked'
        CHECK (state IN ('asked', 'open', 'paid', 'expired', 'withdrawn', 'failed')),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    closed_at timestamptz
);
CREATE UNIQUE INDEX cryptopay_bills_current ON cryptopay_bills (order_id)
    WHERE state IN ('asked', 'open');
CREATE UNIQUE INDEX cryptopay_bills_invoice ON cryptopay_bills (bot_id, invoice_id);
CREATE INDEX cryptopay_bills_open ON cryptopay_bills (bot_id, id) WHERE state = 'open';
