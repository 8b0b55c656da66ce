-- How many cases of a day a shop's people can look at; null: all. The highest scores come first.
ALTER TABLE fraud_limits ADD COLUMN reviews_a_day int CHECK (reviews_a_day > 0);
