-- How a blob is kept: raw, or coded in a pack, perhaps against another blob (Documentation/Format.md).
-- NULL: raw. Otherwise the bytes that it takes in its pack.
ALTER TABLE blob ADD COLUMN coded_byte_count INTEGER
  CHECK (coded_byte_count IS NULL OR (coded_byte_count >= 0 AND pack_id IS NOT NULL));
-- The blob that it is coded against. The reference keeps a base from being deleted before it.
ALTER TABLE blob ADD COLUMN base_id INTEGER REFERENCES blob (id)
  CHECK (base_id IS NULL OR (base_id <> id AND coded_byte_count IS NOT NULL));
-- How many blobs of its series came since one that stands by itself.
ALTER TABLE blob ADD COLUMN generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0);
CREATE INDEX blob_base ON blob (base_id) WHERE base_id IS NOT NULL;
