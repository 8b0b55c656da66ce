-- Fraud: what owners set, what the hourly run publishes, and what people said of it.
-- The rules themselves stand in the code; a row here is what a shop has changed about one.
CREATE TABLE fraud_rules (
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    rule text NOT NULL,
    is_on boolean NOT NULL DEFAULT true,
    is_shadow boolean, -- null, here and below: as the code has it
    weight double precision CHECK (weight BETWEEN 0 AND 1),
    threshold double precision CHECK (threshold > 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, rule)
);
CREATE TABLE fraud_limits (
    shop_id int PRIMARY KEY REFERENCES shops ON DELETE CASCADE,
    review double precision NOT NULL DEFAULT 65 CHECK (review > 0),
    block double precision NOT NULL DEFAULT 75 CHECK (block <= 100),
    CHECK (review <= block)
);
CREATE TABLE fraud_allow ( -- never doubted by a score; invariants hold for them as well
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    buyer_no bigint NOT NULL,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no)
);
CREATE TABLE fraud_snoozes ( -- until then this rule does not count for this shopper
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    buyer_no bigint NOT NULL,
    rule text NOT NULL,
    until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no, rule)
);
CREATE TABLE fraud_verdicts ( -- who is not plainly allowed, one row a shopper and abuse
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    buyer_no bigint NOT NULL,
    abuse text NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 100),
    outcome text NOT NULL CHECK (outcome IN ('allow', 'review', 'hold', 'block')),
    seen_at timestamptz NOT NULL, -- the end of the hour in which it was last seen
    published_at timestamptz NOT NULL DEFAULT now(), -- when it last changed
    PRIMARY KEY (shop_id, buyer_no, abuse)
);
CREATE INDEX fraud_verdicts_queue ON fraud_verdicts (shop_id, score DESC)
    WHERE outcome <> 'allow';
CREATE TABLE fraud_reasons (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    abuse text NOT NULL,
    rule text NOT NULL,
    version int NOT NULL,
    value double precision NOT NULL,
    threshold double precision NOT NULL,
    window_seconds int NOT NULL,
    contribution double precision NOT NULL,
    PRIMARY KEY (shop_id, buyer_no, abuse, rule),
    FOREIGN KEY (shop_id, buyer_no, abuse) REFERENCES fraud_verdicts ON DELETE CASCADE
);
CREATE TABLE fraud_labels ( -- what a person decided; the newest counts
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops ON DELETE CASCADE,
    buyer_no bigint NOT NULL,
    abuse text NOT NULL,
    label text NOT NULL CHECK (label IN ('confirmed', 'false_positive', 'ignored')),
    score double precision, -- as it was shown to that person
    note text NOT NULL DEFAULT '',
    labelled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fraud_labels_shopper ON fraud_labels (shop_id, buyer_no, abuse, labelled_at DESC);
