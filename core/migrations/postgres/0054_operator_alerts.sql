-- Alerts that the operator was told of and that are not over: each is told once, and its end once.
CREATE TABLE operator_alerts (
    check_name text PRIMARY KEY,
    told_at timestamptz NOT NULL DEFAULT now()
);
