-- The checkout with Stars has become two modules: the cart, which makes orders, and `stars`, one of the
-- ways to pay them. A bot that had the one has both.
UPDATE bot_modules SET module = 'stars' WHERE module = 'checkout_stars';
UPDATE bot_module_changes SET module = 'stars' WHERE module = 'checkout_stars';
UPDATE module_jobs SET module = 'stars' WHERE module = 'checkout_stars';
UPDATE outside_calls SET module = 'stars' WHERE module = 'checkout_stars';
-- Words of an owner's own whose text is the cart's or the platform's now.
DELETE FROM module_texts WHERE module = 'checkout_stars'
    AND text_key NOT IN ('receipt', 'oversold', 'thanks');
UPDATE module_texts SET module = 'stars' WHERE module = 'checkout_stars';

INSERT INTO bot_modules (bot_id, module, enabled, position)
SELECT bot_id, 'cart', enabled, position FROM bot_modules WHERE module = 'stars'
ON CONFLICT DO NOTHING;
