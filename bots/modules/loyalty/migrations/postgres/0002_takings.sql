-- From which points the owner's decision took some: they are gone once, and do not run out later
-- for a second time.
CREATE TABLE loyalty_takings (
    taking_id bigint NOT NULL REFERENCES loyalty_lots ON DELETE CASCADE, -- points below zero
    lot_id bigint NOT NULL REFERENCES loyalty_lots ON DELETE CASCADE,
    points bigint NOT NULL CHECK (points > 0),
    PRIMARY KEY (taking_id, lot_id)
);
CREATE INDEX loyalty_takings_lot ON loyalty_takings (lot_id);
