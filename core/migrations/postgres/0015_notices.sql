-- What a bot could not do, and its owner should know of: one row for each cause.
CREATE TABLE bot_notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    kind text NOT NULL,
    reason text NOT NULL, -- a code
    subject text NOT NULL DEFAULT '',
    amount_minor bigint,
    currency text,
    times int NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (bot_id, kind, reason, subject, amount_minor, currency)
);
