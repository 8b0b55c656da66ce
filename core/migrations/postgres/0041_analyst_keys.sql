-- Keys by which analysts ask ClickHouse through the API, as its read-only user; only digests are
-- stored.
CREATE TABLE analyst_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    label text NOT NULL,
    digest bytea NOT NULL UNIQUE, -- SHA-256
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz, -- to the minute
    revoked_at timestamptz
);
CREATE INDEX analyst_keys_by_link ON analyst_keys (link_id);
