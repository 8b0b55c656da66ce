-- What owners of a shop were told, so that they are not told it again and again.
CREATE TABLE digest_told (
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    kind text NOT NULL,
    subject text NOT NULL, -- the day, the product, the bot
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, kind, subject)
);
