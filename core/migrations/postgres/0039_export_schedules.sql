-- Exports that are made every day or week, and brought to an owner's chat or to an address of S3.
CREATE TABLE export_schedules (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    table_key text NOT NULL,
    layout jsonb NOT NULL,
    with_people boolean NOT NULL,
    shop_ids int[] NOT NULL,
    every text NOT NULL CHECK (every IN ('day', 'week')),
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- of a week: 1 is Monday
    hour smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    timezone text NOT NULL,
    chat_bot_id bigint,
    chat_telegram_id bigint,
    target jsonb, -- of S3: what may be shown
    keys_sealed bytea, -- of S3; bound to export_schedules|<id>|keys
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz, -- the last time
    error text, -- of the last time, null if it arrived
    FOREIGN KEY (chat_bot_id, chat_telegram_id) REFERENCES owner_chats ON DELETE CASCADE,
    CHECK ((chat_bot_id IS NULL) = (chat_telegram_id IS NULL)),
    CHECK ((chat_bot_id IS NULL) != (target IS NULL))
);
CREATE INDEX export_schedules_by_link ON export_schedules (link_id);
CREATE INDEX export_schedules_due ON export_schedules (due_at);

ALTER TABLE export_jobs
    ADD COLUMN schedule_id bigint REFERENCES export_schedules ON DELETE CASCADE,
    ADD COLUMN deliver_at timestamptz, -- when to try it, until it has arrived or was given up
    ADD COLUMN delivery_attempts int NOT NULL DEFAULT 0;
CREATE INDEX export_jobs_to_deliver ON export_jobs (deliver_at) WHERE deliver_at IS NOT NULL;
