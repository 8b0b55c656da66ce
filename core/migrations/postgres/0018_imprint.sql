-- What shoppers may always ask: what the shop is, who sells, how to reach them, on which terms.
ALTER TABLE shops ADD COLUMN imprint jsonb NOT NULL DEFAULT '{}';
