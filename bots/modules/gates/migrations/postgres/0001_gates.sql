-- What each shopper has passed before they are let in: the captcha, their age, the rules (`detail`:
-- which), the chats to subscribe to.
CREATE TABLE gate_passes (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    gate text NOT NULL CHECK (gate IN ('captcha', 'age', 'rules', 'subscription')),
    detail text NOT NULL DEFAULT '',
    passed_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, buyer_no, gate),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- The picture that a shopper was asked to press last; gone once they have passed.
CREATE TABLE gate_captchas (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    nonce text NOT NULL,
    choices text[] NOT NULL, -- what the buttons show, from the left
    answer smallint NOT NULL, -- which of them is right, from 0
    tries int NOT NULL DEFAULT 0, -- wrong ones in a row
    locked_until timestamptz,
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
