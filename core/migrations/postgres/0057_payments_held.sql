-- Payments that wait for an owner's decision, few of all; they are looked for every minute.
CREATE INDEX payments_held ON payments (order_id) WHERE status = 'held';
