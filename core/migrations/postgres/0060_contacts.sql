-- How shoppers may be reached, made comparable: of a telephone the last ten digits, because +7 900 …
-- and 8 900 … are one; of the rest the words whatever their case and blanks. Null where nothing is
-- left to compare: a telephone of fewer than seven digits.
CREATE FUNCTION contact_key(field text, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    md5(nullif(CASE field
        WHEN 'phone' THEN substring(regexp_replace(value, '\D', '', 'g') FROM '\d{7,10}$')
        ELSE lower(regexp_replace(trim(value), '\s+', ' ', 'g'))
    END, ''));

-- Who else has given the same contact is looked for at every order with a code for first orders.
CREATE INDEX order_details_contact ON order_details (field, contact_key(field, value))
WHERE field IN ('phone', 'email', 'address');
