-- The whole batch is on record before it is sent, not only where it ends. The token is drawn then:
-- positions may come again after a restore from a backup, and ClickHouse drops in silence what
-- carries a token that it has seen.
ALTER TABLE shipments
    ADD COLUMN pending_rows int CHECK (pending_rows > 0),
    ADD COLUMN pending_shops int[],
    ADD COLUMN pending_token uuid,
    ADD CHECK ((pending_token IS NULL) = (pending_xid IS NULL)),
    ADD CHECK ((pending_token IS NULL) = (pending_rows IS NULL)),
    ADD CHECK ((pending_token IS NULL) = (pending_shops IS NULL));
