-- Workers that are alive, so that each can tell its fair share of the bots.
CREATE TABLE workers (
    name text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
