-- What Telegram says of a bot before it is connected, until the panel has read it, or for some ten
-- minutes (`ingestion.retention`). The token is in no table: it travels sealed in the notification.
-- Unlogged: what a crash loses is asked again.
CREATE UNLOGGED TABLE bot_lookups (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    bot_id bigint NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    is_taken boolean NOT NULL DEFAULT false, -- a worker asks Telegram
    found jsonb
);
CREATE INDEX bot_lookups_asked ON bot_lookups (asked_at);
