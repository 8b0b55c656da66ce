-- The allow-list's note before a decision of the review queue about it; NULL: the shopper was not on
-- it. What taking the decision back restores.
ALTER TABLE fraud_decisions ADD COLUMN former_note text;
