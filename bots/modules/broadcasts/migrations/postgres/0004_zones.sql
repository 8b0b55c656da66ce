-- The zone of who has said when their clocks change; else only the hours are known. The version before
-- knows hours alone: what it is told replaces the hours, and the zone is asked again.
ALTER TABLE broadcast_clocks ADD COLUMN zone text CHECK (zone <> '');
