-- The fleet: what workers and bots weigh, and how a bot goes from one worker to another.

ALTER TABLE workers
    ADD COLUMN started_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN is_leaving boolean NOT NULL DEFAULT false, -- it takes no more bots
    ADD COLUMN updates_rate real NOT NULL DEFAULT 0, -- handled updates a second
    ADD COLUMN cpu real NOT NULL DEFAULT 0, -- cores
    ADD COLUMN rss_bytes bigint NOT NULL DEFAULT 0;

ALTER TABLE bot_leases
    ADD COLUMN load real NOT NULL DEFAULT 0.002, -- measured work in cores; at least an idle bot's
    ADD COLUMN updates_rate real NOT NULL DEFAULT 0,
    ADD COLUMN is_open boolean NOT NULL DEFAULT false, -- its holder is connected and handles updates
    ADD COLUMN heir text, -- who is to take the bot that was let go
    ADD COLUMN moved_at timestamptz, -- when it was last given away for balance
    ADD COLUMN beaten_at timestamptz, -- the minute of its last `worker_heartbeat`
    -- The last logins from the token that ends in `logins_tail`: Telegram punishes many of them.
    ADD COLUMN logins timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN logins_tail text;
