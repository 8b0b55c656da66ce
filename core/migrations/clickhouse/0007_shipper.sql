-- Filled by the owner of this number.
SELECT 1;
