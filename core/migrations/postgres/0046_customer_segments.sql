-- Each buyer's segment by recency, frequency and money, published by the pipelines once a day, so
-- that a bot never waits for ClickHouse. Of the raw figures; `day` is the shop's.
CREATE TABLE customer_segments (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    segment text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX customer_segments_segment ON customer_segments (shop_id, segment);
