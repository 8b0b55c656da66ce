-- What shoppers sent to show that they have paid. The file itself is the shop's (`files`), as long as
-- the shopper is known; its fingerprints stay, so that it is known again.
CREATE TABLE transfer_proofs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    order_id bigint NOT NULL REFERENCES orders,
    buyer_no bigint NOT NULL, -- 0: erased
    file_id text NOT NULL, -- at Telegram
    unique_id text NOT NULL,
    file_name text NOT NULL DEFAULT '',
    sha256 bytea, -- null: not fetched yet
    likeness bigint, -- perceptual hash of a picture
    duplicate_of bigint REFERENCES transfer_proofs,
    is_exact boolean NOT NULL DEFAULT false, -- the very same file, not one that looks alike
    trouble text, -- why its content cannot be shown
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'confirmed', 'declined', 'superseded')),
    reason text NOT NULL DEFAULT '',
    reviewed_by text NOT NULL DEFAULT '',
    sent_at timestamptz NOT NULL DEFAULT now(),
    reviewed_at timestamptz,
    UNIQUE (order_id, unique_id)
);
CREATE INDEX transfer_proofs_waiting ON transfer_proofs (bot_id, id) WHERE state = 'waiting';
CREATE INDEX transfer_proofs_sha256 ON transfer_proofs (shop_id, sha256);
