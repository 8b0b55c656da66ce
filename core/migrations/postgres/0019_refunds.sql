-- How a refund went back, what of it was tip, and whether its goods may be sold again.
ALTER TABLE order_refunds
    ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0 CHECK (tip_minor >= 0),
    ADD COLUMN way text NOT NULL DEFAULT '', -- stars, transfer, provider, cash, ...
    ADD COLUMN puts_back boolean NOT NULL DEFAULT false;
CREATE INDEX order_refunds_asked ON order_refunds (payment_id) WHERE state = 'asked';
