-- The operational truth: shops, bots, customers, catalogue, orders, payments, access,
-- and the machinery of exactly-once: inbox, outbox, outgoing.

CREATE TABLE shops (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    timezone text NOT NULL,
    language text NOT NULL CHECK (language IN ('ru', 'en')),
    retention_days int NOT NULL DEFAULT 365 CHECK (retention_days IN (30, 90, 180, 365, 730)),
    next_buyer_no bigint NOT NULL DEFAULT 1,
    next_order_no bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bots (
    id bigint PRIMARY KEY, -- Telegram's own id: one bot belongs to one shop, whoever holds its token
    shop_id int NOT NULL REFERENCES shops,
    username text,
    title text,
    mode text NOT NULL CHECK (mode IN ('hosted', 'observed')),
    token_sealed bytea NOT NULL, -- AES-256-GCM, bound to bots|<id>|token
    token_tail text NOT NULL CHECK (length(token_tail) = 4),
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'starting', 'running', 'failed', 'stopped')),
    state_reason text,
    state_changed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bots_shop ON bots (shop_id);

CREATE TABLE bot_modules (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    module text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    position int NOT NULL DEFAULT 0,
    settings jsonb NOT NULL DEFAULT '{}',
    notice text, -- why the platform switched it off, for the panel
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, module)
);

-- Who runs a bot. The epoch rises with every change of holder and fences the one before.
CREATE TABLE bot_leases (
    bot_id bigint PRIMARY KEY REFERENCES bots ON DELETE CASCADE,
    worker text NOT NULL,
    epoch bigint NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL
);

-- Kurigram's session of a bot.
CREATE TABLE bot_sessions (
    bot_id bigint PRIMARY KEY REFERENCES bots ON DELETE CASCADE,
    dc_id int,
    server_address text,
    port int,
    api_id int,
    test_mode boolean,
    auth_key_sealed bytea, -- bound to bot_sessions|<bot_id>|auth_key
    user_id bigint,
    is_bot boolean,
    date bigint
);
CREATE TABLE bot_peers (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    peer_id bigint NOT NULL,
    access_hash bigint,
    kind text NOT NULL,
    PRIMARY KEY (bot_id, peer_id)
);
CREATE TABLE bot_update_states ( -- the low-water mark: every update below it is committed
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    state_id bigint NOT NULL, -- 0: the account's own, otherwise a channel
    pts int,
    qts int,
    date int,
    seq int,
    PRIMARY KEY (bot_id, state_id)
);

-- Updates that were handled, by their natural key: a replay stops here.
CREATE TABLE inbox (
    bot_id bigint NOT NULL,
    kind text NOT NULL,
    natural_key text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, kind, natural_key)
);
CREATE INDEX inbox_received ON inbox USING brin (received_at);

CREATE TABLE sources ( -- a start link's code, t.me/<bot>?start=<code>
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    code text NOT NULL CHECK (code ~ '^[A-Za-z0-9_-]{1,64}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shop_id, code)
);

CREATE TABLE customers (
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL, -- dense within the shop; all that ClickHouse ever learns of a person
    telegram_id bigint NOT NULL,
    first_name text NOT NULL DEFAULT '',
    username text,
    language text NOT NULL DEFAULT '',
    is_premium boolean NOT NULL DEFAULT false,
    is_staff boolean NOT NULL DEFAULT false,
    is_test boolean NOT NULL DEFAULT false,
    first_source_id int REFERENCES sources,
    last_source_id int REFERENCES sources,
    session_no int NOT NULL DEFAULT 1, -- a new one after 30 minutes idle
    started_at timestamptz, -- the first /start
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    blocked_at timestamptz,
    PRIMARY KEY (shop_id, buyer_no),
    UNIQUE (shop_id, telegram_id)
);

CREATE TABLE products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 32), -- an invoice's title has room for 32
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    price_minor bigint NOT NULL CHECK (price_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    stock int CHECK (stock >= 0), -- null: unlimited
    position int NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX products_shop ON products (shop_id, position, id);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    order_no bigint NOT NULL, -- what people see; dense within the shop
    bot_id bigint NOT NULL REFERENCES bots,
    buyer_no bigint NOT NULL,
    status text NOT NULL DEFAULT 'created'
        CHECK (status IN ('created', 'paid', 'held', 'cancelled', 'refunded')),
    currency text NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor > 0),
    reserved_until timestamptz, -- its stock is kept for it until then
    attention text, -- why a person must look at it
    created_at timestamptz NOT NULL DEFAULT now(),
    paid_at timestamptz,
    UNIQUE (shop_id, order_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers,
    CHECK ((status IN ('paid', 'refunded')) = (paid_at IS NOT NULL))
);
CREATE INDEX orders_buyer ON orders (shop_id, buyer_no);
CREATE INDEX orders_paid ON orders (shop_id, paid_at) WHERE paid_at IS NOT NULL;

CREATE TABLE order_lines (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line smallint NOT NULL,
    product_id bigint NOT NULL REFERENCES products,
    title text NOT NULL,
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
    quantity int NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line)
);
CREATE INDEX order_lines_product ON order_lines (product_id);

CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    provider text NOT NULL,
    charge_id text NOT NULL,
    payer_telegram_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    status text NOT NULL CHECK (status IN ('succeeded', 'held', 'refunded')),
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, charge_id)
);
CREATE INDEX payments_order ON payments (order_id);

-- Metric events on their way to ClickHouse, in the transaction that caused them. Three slots take
-- turns: a full one is emptied by TRUNCATE once all of it has arrived, never row by row.
CREATE SEQUENCE outbox_pos;
CREATE TABLE outbox (
    slot smallint NOT NULL,
    shard smallint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    pos bigint NOT NULL DEFAULT nextval('outbox_pos'),
    shop_id int NOT NULL,
    bot_id bigint NOT NULL,
    event text NOT NULL,
    event_version smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    mode text NOT NULL,
    buyer_no bigint NOT NULL,
    session_no int NOT NULL,
    first_source_id int NOT NULL,
    last_source_id int NOT NULL,
    lang text NOT NULL,
    is_premium boolean NOT NULL,
    is_staff boolean NOT NULL,
    is_test boolean NOT NULL,
    order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    quantity int NOT NULL,
    latency_us bigint NOT NULL,
    outcome text NOT NULL,
    props text NOT NULL CHECK (octet_length(props) <= 2048),
    retention_days smallint NOT NULL
) PARTITION BY LIST (slot);
CREATE TABLE outbox_0 PARTITION OF outbox FOR VALUES IN (0);
CREATE TABLE outbox_1 PARTITION OF outbox FOR VALUES IN (1);
CREATE TABLE outbox_2 PARTITION OF outbox FOR VALUES IN (2);
CREATE INDEX outbox_order ON outbox (shard, xid, pos);

CREATE TABLE outbox_slot ( -- which slot is written to; one row
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    slot smallint NOT NULL,
    turned_at timestamptz NOT NULL
);
INSERT INTO outbox_slot (slot, turned_at) VALUES (0, now());

CREATE TABLE shipments ( -- how far each shard has arrived, and the batch that is under way
    shard smallint PRIMARY KEY,
    xid xid8 NOT NULL,
    pos bigint NOT NULL,
    pending_xid xid8,
    pending_pos bigint,
    pending_since timestamptz,
    shipped_rows bigint NOT NULL DEFAULT 0,
    shipped_at timestamptz,
    CHECK ((pending_xid IS NULL) = (pending_pos IS NULL))
);
INSERT INTO shipments (shard, xid, pos) VALUES (0, '0', 0);

CREATE TABLE dead_letters ( -- rows that ClickHouse refuses, kept whole
    shard smallint NOT NULL,
    pos bigint NOT NULL,
    shop_id int NOT NULL,
    event text NOT NULL,
    envelope jsonb NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, pos)
);

-- Messages that must arrive once: a retry carries the same random_id, and Telegram knows it again.
CREATE TABLE outgoing (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    chat_id bigint NOT NULL,
    random_id bigint NOT NULL,
    purpose text NOT NULL,
    message jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    attempts int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    message_id bigint,
    error text,
    UNIQUE (bot_id, random_id)
);
CREATE INDEX outgoing_pending ON outgoing (bot_id, id) WHERE state = 'pending';

CREATE TABLE access_links (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'analyst', 'viewer')),
    token_digest bytea NOT NULL UNIQUE, -- SHA-256; the token itself is shown once
    shop_ids int[], -- null: every shop
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE panel_sessions (
    digest bytea PRIMARY KEY, -- SHA-256 of the cookie
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX panel_sessions_link ON panel_sessions (link_id);
