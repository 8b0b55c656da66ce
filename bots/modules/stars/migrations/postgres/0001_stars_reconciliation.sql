-- Our payments in Stars beside Telegram's own list of them.
CREATE TABLE stars_reconciliations (
    bot_id bigint PRIMARY KEY REFERENCES bots ON DELETE CASCADE,
    done_at timestamptz NOT NULL,
    moves int NOT NULL -- of Telegram's list, that were looked at
);
CREATE TABLE stars_differences (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    kind text NOT NULL,
    charge_id text NOT NULL,
    ours_minor bigint, -- in Stars; null: we have no such payment
    theirs_minor bigint, -- null: Telegram has none
    happened_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, kind, charge_id)
);
