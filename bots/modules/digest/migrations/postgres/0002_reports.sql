-- What owners were sent, as the panel shows it. Its picture is a file of the shop, by the same key.
CREATE TABLE digest_reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    purpose text NOT NULL,
    natural_key text NOT NULL,
    text text NOT NULL,
    chats int NOT NULL CHECK (chats >= 0), -- 0: no owner had bound a chat
    told_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shop_id, purpose, natural_key)
);
CREATE INDEX digest_reports_newest ON digest_reports (shop_id, id);

-- Digests that an owner asked for, to see what they look like.
CREATE TABLE digest_tests (
    shop_id int PRIMARY KEY REFERENCES shops ON DELETE CASCADE,
    asked_at timestamptz NOT NULL DEFAULT now()
);
