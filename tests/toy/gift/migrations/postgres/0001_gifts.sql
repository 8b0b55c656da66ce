CREATE TABLE gifts (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL,
    bot_id bigint NOT NULL,
    buyer_no bigint NOT NULL,
    note text NOT NULL,
    is_paid boolean NOT NULL DEFAULT false,
    calls int NOT NULL DEFAULT 0
);
CREATE TABLE gift_hints (shop_id int NOT NULL, buyer_no bigint NOT NULL, gift int NOT NULL);
