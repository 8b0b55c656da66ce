-- Large exports, written by the API beside its requests: a file for each day of data.
CREATE TABLE export_jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    link_id bigint NOT NULL REFERENCES access_links ON DELETE CASCADE,
    table_key text NOT NULL,
    layout jsonb NOT NULL,
    with_people boolean NOT NULL, -- its maker may see who shoppers are
    shop_ids int[] NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    parts int NOT NULL, -- days, or 1 for a table without days
    state text NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired', 'erased')
    ),
    error text,
    worker text,
    lease_until timestamptz,
    attempts int NOT NULL DEFAULT 0,
    run_id bigint REFERENCES export_runs ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz, -- of its files, once it is done
    files_removed_at timestamptz
);
CREATE INDEX export_jobs_by_link ON export_jobs (link_id, created_at);
CREATE INDEX export_jobs_open ON export_jobs (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX export_jobs_to_remove ON export_jobs (finished_at) WHERE files_removed_at IS NULL;

CREATE TABLE export_job_files (
    job_id uuid NOT NULL REFERENCES export_jobs ON DELETE CASCADE,
    part int NOT NULL, -- from 1
    day date, -- null: of a table without days
    name text, -- null: there were no rows
    rows bigint NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, part)
);
CREATE INDEX export_job_files_written ON export_job_files (written_at);
