-- What the bots' half of a module's contract keeps: questions, jobs, own words, calls outside.

-- The one question that a shopper is being asked by a bot; its answer comes in a later update.
CREATE TABLE dialogs (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    token bigint GENERATED ALWAYS AS IDENTITY, -- buttons of an older question no longer answer
    module text NOT NULL,
    question text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    choices jsonb NOT NULL DEFAULT '[]',
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- A start link's code that came before a gate was passed: it is acted on afterwards.
CREATE TABLE kept_starts (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    code text NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- What modules have to do later, or again and again. A job that is done once goes with its row.
CREATE TABLE module_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    task text NOT NULL,
    natural_key text NOT NULL DEFAULT '' CHECK (length(natural_key) <= 200),
    every_seconds int CHECK (every_seconds > 0), -- null: once
    due_at timestamptz NOT NULL, -- when it should have run, whatever delayed it
    not_before timestamptz NOT NULL, -- when it is tried next
    buyer_no bigint, -- whose matter it is
    data jsonb NOT NULL DEFAULT '{}',
    attempts int NOT NULL DEFAULT 0, -- that have failed since it last went well
    error text,
    failed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (bot_id, module, task, natural_key)
);
CREATE INDEX module_jobs_next ON module_jobs (bot_id, not_before);
CREATE INDEX module_jobs_failed ON module_jobs (bot_id) WHERE error IS NOT NULL;

-- An owner's words instead of a module's.
CREATE TABLE module_texts (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    language text NOT NULL CHECK (language IN ('ru', 'en')),
    text_key text NOT NULL,
    template text NOT NULL CHECK (length(template) BETWEEN 1 AND 4096),
    changed_by text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, module, language, text_key)
);

-- Each try of a call to somebody else's server; never what was said, nor with which key.
CREATE TABLE outside_calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    method text NOT NULL,
    host text NOT NULL,
    path text NOT NULL,
    attempt int NOT NULL,
    status int, -- null: no answer
    error text,
    took_ms int NOT NULL,
    called_at timestamptz NOT NULL
);
CREATE INDEX outside_calls_bot ON outside_calls (bot_id, module, called_at);
CREATE INDEX outside_calls_called ON outside_calls USING brin (called_at);

-- The commands that Telegram shows for a bot, as they were set last.
ALTER TABLE bots ADD COLUMN commands_digest text;
