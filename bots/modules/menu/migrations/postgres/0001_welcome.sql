-- The welcome is one field in both languages, as the other modules' texts are.
UPDATE bot_modules
SET settings = settings - 'welcome_ru' - 'welcome_en' || jsonb_build_object('welcome', jsonb_build_object(
    'ru', coalesce(settings ->> 'welcome_ru', ''), 'en', coalesce(settings ->> 'welcome_en', '')))
WHERE module = 'menu' AND settings ?| ARRAY['welcome_ru', 'welcome_en'];

UPDATE bot_module_changes
SET settings = settings - 'welcome_ru' - 'welcome_en' || jsonb_build_object('welcome', jsonb_build_object(
    'ru', coalesce(settings ->> 'welcome_ru', ''), 'en', coalesce(settings ->> 'welcome_en', '')))
WHERE module = 'menu' AND settings ?| ARRAY['welcome_ru', 'welcome_en'];
