-- The review queue: who decided what about a shopper, and what was taken back.
CREATE TABLE fraud_decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    buyer_no bigint NOT NULL,
    abuse text NOT NULL DEFAULT '', -- empty: of the shopper as a whole, the allow-list
    decision text NOT NULL CHECK (
        decision IN ('confirmed', 'false_positive', 'ignored', 'allowed', 'disallowed')),
    label_id bigint REFERENCES fraud_labels ON DELETE SET NULL, -- what it left, if it is a label
    score double precision, -- as it was shown to that person
    note text NOT NULL DEFAULT '',
    link_id bigint REFERENCES access_links ON DELETE SET NULL,
    decided_by text NOT NULL DEFAULT '', -- the label of the link
    decided_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz,
    undone_by text NOT NULL DEFAULT ''
);
CREATE INDEX fraud_decisions_shopper ON fraud_decisions (shop_id, buyer_no, id DESC);

-- Counts the changes to a shop's rules and limits: what an owner has seen of them.
ALTER TABLE fraud_limits ADD COLUMN version int NOT NULL DEFAULT 1;
