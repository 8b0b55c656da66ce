-- Owners' own chats with their bots: with the rights of the link that bound them.
CREATE TABLE owner_codes ( -- bind a chat once; only digests are stored
    digest bytea PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    panel_url text NOT NULL, -- where the owner opens the panel
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE owner_chats (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    telegram_id bigint NOT NULL,
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    name text NOT NULL,
    panel_url text NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, telegram_id)
);
CREATE INDEX owner_chats_by_link ON owner_chats (link_id);
-- The chat that a link was handed out in: unbinding it ends the link.
ALTER TABLE access_links ADD COLUMN chat_bot_id bigint, ADD COLUMN chat_telegram_id bigint;
CREATE INDEX access_links_by_chat ON access_links (chat_bot_id, chat_telegram_id)
    WHERE chat_bot_id IS NOT NULL;

-- A dangerous request of the panel that waits for its owner's button.
CREATE TABLE confirmations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    deed text NOT NULL,
    request_digest bytea NOT NULL, -- SHA-256 of method, path, query and body
    shop_ids int[], -- what the deed concerns; null: every shop
    awaits int[] NOT NULL DEFAULT '{}', -- shops whose owners must agree yet, where none decides alone
    asked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    answer text CHECK (answer IN ('confirmed', 'declined')),
    answered_at timestamptz,
    used_at timestamptz
);
CREATE INDEX confirmations_by_link ON confirmations (link_id, asked_at);
