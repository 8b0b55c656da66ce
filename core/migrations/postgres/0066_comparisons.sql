-- The last time that `vitrina health` compared the stores for every shop: for the operator's check
-- `figures`.
CREATE TABLE comparisons (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    made_at timestamptz NOT NULL DEFAULT now(),
    days smallint NOT NULL, -- how far back it looked
    is_sound boolean NOT NULL,
    found text NOT NULL -- how much is twice, missing or otherwise wrong
);
