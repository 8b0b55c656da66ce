-- What shoppers marked to find again.
CREATE TABLE favourites (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no, product_id),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX favourites_product ON favourites (product_id);
