-- The operator class of the indexes of parts of words (gin_trgm_ops).
create extension if not exists pg_trgm;
