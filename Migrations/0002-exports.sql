-- What was written of versions in other formats, for the next time to be compared with.
CREATE TABLE export (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  -- What was asked for, and the file: 'h5 keras2'.
  name TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  exported INTEGER NOT NULL,
  PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;
