-- What every module is given: settings with their history, web hooks, files, a staff chat.

-- Each change of a bot's module raises its version: a page that was drawn from another is told so.
ALTER TABLE bot_modules ADD COLUMN version int NOT NULL DEFAULT 1;
CREATE TABLE bot_module_changes (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    version int NOT NULL,
    action text NOT NULL CHECK (
        action IN ('begun', 'switched_on', 'switched_off', 'settings', 'restored')
    ),
    settings jsonb NOT NULL, -- as they are since then; secrets sealed
    restored_version int,
    link_id bigint, -- of the panel's link; null: the platform itself
    changed_by text NOT NULL DEFAULT '', -- the link's label
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, module, version)
);

-- The last part of a web hook's address. The one before goes on to work until `ends_at`.
CREATE TABLE hook_secrets (
    digest bytea PRIMARY KEY, -- SHA-256
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    sealed bytea NOT NULL, -- bound to hook_secrets|<bot_id>|<module>
    created_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz
);
CREATE UNIQUE INDEX hook_secrets_current ON hook_secrets (bot_id, module) WHERE ends_at IS NULL;
CREATE TABLE hook_calls ( -- calls that were acted on, by their natural key: a replay stops here
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    natural_key text NOT NULL CHECK (length(natural_key) BETWEEN 1 AND 200),
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, module, natural_key)
);

-- Files by their content, in parts, so that none is ever whole in memory.
CREATE TABLE files (
    sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    size bigint NOT NULL CHECK (size > 0),
    media_type text NOT NULL, -- as its content says
    width int,
    height int,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE file_parts (
    sha256 bytea NOT NULL REFERENCES files ON DELETE CASCADE,
    part int NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (sha256, part)
);
ALTER TABLE file_parts ALTER COLUMN content SET STORAGE EXTERNAL; -- most are compressed already
-- What holds on to a file: it goes when nothing does. A shop sees the files that it uses alone.
CREATE TABLE file_uses (
    shop_id int NOT NULL REFERENCES shops,
    owner text NOT NULL, -- a module's key, or a noun of core
    natural_key text NOT NULL CHECK (length(natural_key) BETWEEN 1 AND 200),
    sha256 bytea NOT NULL REFERENCES files,
    file_name text NOT NULL DEFAULT '',
    buyer_no bigint, -- whose it is, if a shopper sent it
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, owner, natural_key, sha256)
);
CREATE INDEX file_uses_sha256 ON file_uses (sha256);
CREATE INDEX file_uses_buyer ON file_uses (shop_id, buyer_no) WHERE buyer_no IS NOT NULL;
CREATE TABLE telegram_files ( -- a file is uploaded once for a bot
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    sha256 bytea NOT NULL REFERENCES files ON DELETE CASCADE,
    sent_as text NOT NULL CHECK (sent_as IN ('photo', 'document')),
    file_id text NOT NULL,
    PRIMARY KEY (bot_id, sha256, sent_as)
);
-- What shoppers sent: where it lies at Telegram. It is fetched when somebody needs it.
CREATE TABLE sent_files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL,
    owner text NOT NULL,
    natural_key text NOT NULL CHECK (length(natural_key) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind IN ('picture', 'document', 'proof')),
    file_id text NOT NULL,
    unique_id text NOT NULL,
    file_name text NOT NULL DEFAULT '',
    size bigint NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    wanted_at timestamptz,
    fetched_at timestamptz,
    sha256 bytea REFERENCES files,
    attempts int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    error text, -- why it cannot be had: a code
    UNIQUE (bot_id, owner, natural_key, unique_id)
);
CREATE INDEX sent_files_wanted ON sent_files (bot_id, not_before)
    WHERE wanted_at IS NOT NULL AND fetched_at IS NULL AND error IS NULL;
CREATE INDEX sent_files_buyer ON sent_files (shop_id, buyer_no);
CREATE INDEX sent_files_sha256 ON sent_files (sha256) WHERE sha256 IS NOT NULL;

-- Staff: the groups that read of orders, and who may press their buttons.
CREATE TABLE staff_codes ( -- bind a group once; only digests are stored
    digest bytea PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE staff_chats (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    chat_id bigint NOT NULL,
    title text NOT NULL,
    has_topics boolean NOT NULL,
    anyone_may_press boolean NOT NULL DEFAULT false, -- every member of the group, not staff alone
    bound_at timestamptz NOT NULL DEFAULT now(),
    trouble text, -- why nothing can be written there
    PRIMARY KEY (bot_id, chat_id)
);
CREATE TABLE staff_topics (
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    purpose text NOT NULL, -- orders, support, …
    thread_id bigint NOT NULL,
    PRIMARY KEY (bot_id, chat_id, purpose),
    FOREIGN KEY (bot_id, chat_id) REFERENCES staff_chats ON DELETE CASCADE
);
CREATE TABLE staff_members (
    shop_id int NOT NULL REFERENCES shops,
    telegram_id bigint NOT NULL,
    name text NOT NULL,
    rights text[], -- null: every one
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, telegram_id)
);
CREATE TABLE staff_actions ( -- who did what; of the panel's visitors as well
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    telegram_id bigint, -- of a staff member
    link_id bigint, -- of the panel's link
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL, -- order:17, …
    outcome text NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX staff_actions_shop ON staff_actions (shop_id, done_at);
