-- Why money does not fit its order is a code, which each language has its own words for.
CREATE FUNCTION pg_temp.code_of(told text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE
        WHEN told = 'paid by another person' THEN 'another_payer'
        WHEN told = 'another amount than the order''s' THEN 'another_amount'
        WHEN told = 'held by the fraud filter' THEN 'doubted'
        ELSE regexp_replace(told, '^the order was (\w+) already$', 'already_\1')
    END
$$;
UPDATE orders SET attention = pg_temp.code_of(attention)
WHERE attention LIKE 'paid by %' OR attention LIKE 'another %' OR attention LIKE 'the order was %'
    OR attention = 'held by the fraud filter';
UPDATE payments SET reason = pg_temp.code_of(reason)
WHERE reason LIKE 'paid by %' OR reason LIKE 'another %' OR reason LIKE 'the order was %'
    OR reason = 'held by the fraud filter';
