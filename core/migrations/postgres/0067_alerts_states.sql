-- How bad a check was when the operator was told: it is told again when it gets worse. What was told
-- before counts as a failure, 2, and is not told anew.
ALTER TABLE operator_alerts ADD COLUMN state smallint NOT NULL DEFAULT 2;
