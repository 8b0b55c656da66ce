-- Who asked the panel's API for what: the template of a path, never what stood in it. The API makes
-- the months to come and drops those that are older than the setting says.
CREATE SEQUENCE access_log_ids;
CREATE TABLE access_log (
    id bigint NOT NULL DEFAULT nextval('access_log_ids'),
    at timestamptz NOT NULL,
    link_id bigint, -- null: nobody was in
    session_id bigint,
    address inet,
    network text NOT NULL,
    country text NOT NULL,
    agent text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status smallint NOT NULL,
    decision text NOT NULL CHECK (decision IN ('allowed', 'refused', 'failed')),
    reasons text[] NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX access_log_by_id ON access_log (id);
CREATE INDEX access_log_by_time ON access_log USING brin (at);
CREATE INDEX access_log_by_link ON access_log (link_id, id);

DO $$
DECLARE month timestamp;
BEGIN
    FOR ahead IN 0..1 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF access_log FOR VALUES FROM (%L) TO (%L)',
            to_char(month, '"access_log_"YYYY_MM'),
            month AT TIME ZONE 'UTC',
            (month + interval '1 month') AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;

-- Where each link is used from, for the alerts: an accepted place is the owner's own.
CREATE TABLE link_places (
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    network text NOT NULL,
    country text NOT NULL,
    agent text NOT NULL,
    latitude double precision,
    longitude double precision,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    accepted_at timestamptz,
    PRIMARY KEY (link_id, network, country, agent)
);

CREATE TABLE export_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    dataset text NOT NULL,
    format text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    size_bytes bigint -- null: not finished
);
CREATE INDEX export_runs_by_link ON export_runs (link_id, started_at);
CREATE INDEX export_runs_finished ON export_runs (dataset, format, id) WHERE size_bytes IS NOT NULL;

CREATE TABLE access_alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (
        kind IN ('places', 'travel', 'guessing', 'exports', 'export_size', 'declined')
    ),
    link_id bigint REFERENCES access_links ON DELETE CASCADE, -- null: of no link
    subject text NOT NULL DEFAULT '',
    value double precision NOT NULL,
    threshold double precision NOT NULL,
    details jsonb NOT NULL,
    times int NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    answer text CHECK (answer IN ('revoked', 'was_me')),
    answered_at timestamptz,
    answered_by bigint
);
-- One row for a cause until it is answered, however often it happens.
CREATE UNIQUE INDEX access_alerts_open ON access_alerts (kind, coalesce(link_id, 0), subject)
    WHERE answered_at IS NULL;
