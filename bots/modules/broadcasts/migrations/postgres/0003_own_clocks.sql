-- What time it is where a shopper is, as they have said: by how many hours of 24 their clock is ahead
-- of UTC. Who has not said so has the shop's.
CREATE TABLE broadcast_clocks (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    hours_ahead smallint NOT NULL CHECK (hours_ahead BETWEEN 0 AND 23),
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
-- The minute of the day that was named for its start: those with a clock of their own get it from
-- then on by that. Null: it begins at once.
ALTER TABLE broadcasts ADD COLUMN own_from smallint CHECK (own_from BETWEEN 0 AND 1439);
