-- Dagster's own storage: runs, schedules, its event log.
CREATE DATABASE dagster;
