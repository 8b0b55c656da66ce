-- Finding products, their pictures, and what a panel needs to change them safely.
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA public;

-- As words are compared: small letters without accents, е for ё, whatever the database's locale.
CREATE FUNCTION plain_words(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(translate(
    public.unaccent('public.unaccent'::regdictionary, said),
    'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ', 'абвгдежзийклмнопрстуфхцчшщъыьэюя'));

-- Plain words in Latin letters, as people write Russian on another keyboard.
CREATE FUNCTION latin_letters(plain text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
    replace(replace(replace(replace(replace(replace(replace(
        plain, 'щ', 'sch'), 'ш', 'sh'), 'ч', 'ch'), 'ж', 'zh'), 'х', 'kh'), 'ю', 'yu'), 'я', 'ya'),
    'абвгдезийклмнопрстуфцыэъь', 'abvgdeziyklmnoprstufcye');

-- What a word has in all its forms; the word itself where it is one like "and".
CREATE FUNCTION word_stem(plain text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce((tsvector_to_array(to_tsvector('russian', plain)))[1], plain);

ALTER TABLE categories
    ADD COLUMN version int NOT NULL DEFAULT 1,
    ADD CONSTRAINT categories_title_of_parent UNIQUE NULLS NOT DISTINCT (shop_id, parent_id, title);

ALTER TABLE products
    ADD COLUMN version int NOT NULL DEFAULT 1, -- of what an owner states; sales do not raise it
    ADD COLUMN low_stock int CHECK (low_stock >= 0), -- the owner is told at so many; null: the bot's
    ADD COLUMN variant_titles text NOT NULL DEFAULT '', -- of those on sale, to be found by
    ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('russian', plain_words(title || ' ' || coalesce(sku, ''))), 'A')
        || setweight(to_tsvector('russian', plain_words(variant_titles)), 'B')
        || setweight(to_tsvector('russian', plain_words(description)), 'C')
    ) STORED;
CREATE INDEX products_search ON products USING gin (search);
CREATE INDEX products_kept ON products (shop_id, is_active, position, id);

CREATE TABLE product_photos (
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    position smallint NOT NULL,
    sha256 bytea NOT NULL REFERENCES files,
    PRIMARY KEY (product_id, position),
    UNIQUE (product_id, sha256)
);
CREATE INDEX product_photos_sha256 ON product_photos (sha256);

-- Every word that a shop's products have, by which a mistyped one is set right.
CREATE TABLE catalogue_words (
    shop_id int NOT NULL REFERENCES shops,
    word text NOT NULL,
    stem text NOT NULL,
    latin text NOT NULL,
    PRIMARY KEY (shop_id, word)
);
CREATE INDEX catalogue_words_length ON catalogue_words (shop_id, (length(word)));

UPDATE products AS p SET variant_titles = coalesce((
    SELECT string_agg(v.title, ' ' ORDER BY v.position, v.id) FROM product_variants AS v
    WHERE v.product_id = p.id AND v.is_active), '')
WHERE EXISTS (SELECT FROM product_variants AS v WHERE v.product_id = p.id);
INSERT INTO catalogue_words (shop_id, word, stem, latin)
SELECT DISTINCT p.shop_id, w.word, word_stem(w.word), latin_letters(w.word)
FROM products AS p, unnest(tsvector_to_array(to_tsvector('simple', plain_words(
    concat_ws(' ', p.title, p.sku, p.variant_titles, p.description))))) AS w (word)
WHERE length(w.word) BETWEEN 2 AND 40;
