-- The zone of who has said when their clocks change; else only the hours are known. The version before
-- knows hours alone: what it is told during an update leaves the zone as it was.
ALTER TABLE broadcast_clocks ADD COLUMN zone text CHECK (zone <> '');
