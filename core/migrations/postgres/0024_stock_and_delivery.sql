-- Bots made before stock and delivery were modules: what they sold ran out and was kept all the same.
-- Theirs are on from now on, and say nothing to a shopper that was not said before: the owner switches
-- that on. Whoever has chosen with a template or in the panel has a row already, on or off.
WITH before AS (
    SELECT s.bot_id, s.position FROM bot_modules AS s
    WHERE s.module = 'stars' AND s.enabled
        AND NOT EXISTS (SELECT FROM bot_modules AS m WHERE m.bot_id = s.bot_id AND m.module = 'stock')
)
INSERT INTO bot_modules (bot_id, module, enabled, position, settings)
SELECT bot_id, 'stock', true, position, '{"tell_back": false, "tell_expired": false}'::jsonb FROM before
UNION ALL
SELECT bot_id, 'delivery', true, position, '{}'::jsonb FROM before
ON CONFLICT (bot_id, module) DO NOTHING;
