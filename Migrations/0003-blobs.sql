-- Blobs may be coded in packs, perhaps against other blobs (Documentation/Format.md). And a blob's row and its entries in indexes take
-- a quarter less: there may be hundreds of them a version.
CREATE TABLE blob_anew (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  -- Why it counts as absent; NULL: it is in the store.
  absence TEXT CHECK (absence IN ('condemned', 'corrupt')),
  -- NULL: it has a file of its own.
  pack_id INTEGER REFERENCES pack (id),
  pack_offset INTEGER CHECK (pack_offset >= 0),
  -- Seconds since 1970, rounded down: unlike all other times.
  created INTEGER NOT NULL,
  -- When its bytes were last read and found right.
  verified INTEGER,
  -- NULL: raw. Otherwise the bytes that it takes in its pack.
  coded_byte_count INTEGER
    CHECK (coded_byte_count IS NULL OR (coded_byte_count >= 0 AND pack_id IS NOT NULL)),
  -- The blob that it is coded against. The reference keeps a base from being deleted before it.
  base_id INTEGER REFERENCES blob_anew (id)
    CHECK (base_id IS NULL OR (base_id <> id AND coded_byte_count IS NOT NULL)),
  -- How many blobs of its series came since one that stands by itself.
  generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
  CHECK ((pack_id IS NULL) = (pack_offset IS NULL))
) STRICT;

INSERT INTO blob_anew (id, digest, byte_count, absence, pack_id, pack_offset, created, verified)
SELECT id, digest, byte_count, nullif(state, 'live'), pack_id, pack_offset, created / 1000000000,
  verified
FROM blob ORDER BY id;

DROP TABLE blob;
ALTER TABLE blob_anew RENAME TO blob;

-- Eight bytes find a row; whether it is the right one, all 32 say. Two digests that begin alike are
-- two blobs, so the index cannot keep a blob from having two rows. The triggers do.
CREATE INDEX blob_digest ON blob (substr(digest, 1, 8));
CREATE TRIGGER blob_once BEFORE INSERT ON blob
WHEN EXISTS (SELECT 1 FROM blob
  WHERE substr(digest, 1, 8) = substr(NEW.digest, 1, 8) AND digest = NEW.digest)
BEGIN
  SELECT RAISE(ABORT, 'a blob has one row');
END;
CREATE TRIGGER blob_same BEFORE UPDATE OF digest ON blob
WHEN NEW.digest <> OLD.digest
BEGIN
  SELECT RAISE(ABORT, 'a blob keeps its digest');
END;

CREATE INDEX blob_pack ON blob (pack_id) WHERE pack_id IS NOT NULL;
-- Only for long blobs is their length asked for: others are hashed in less time.
CREATE INDEX blob_size ON blob (byte_count) WHERE byte_count >= 131072;
CREATE INDEX blob_condemned ON blob (id) WHERE absence = 'condemned';
CREATE INDEX blob_base ON blob (base_id) WHERE base_id IS NOT NULL;
