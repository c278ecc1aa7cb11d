-- Times are nanoseconds since 1970, UTC. Digests are the 32 bytes of a SHA-256.

CREATE TABLE model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  -- The highest number ever given: numbers are not used again.
  last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
  used INTEGER NOT NULL
) STRICT;

-- How far the journal goes that belongs to this catalog. What lies behind was never acknowledged.
CREATE TABLE journal_end (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  chain TEXT NOT NULL
) STRICT;
INSERT INTO journal_end VALUES (1, 0, '');

CREATE TABLE pack (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0)
) STRICT;

-- A blob is in the store if and only if its row is live. A condemned one is on its way out, and
-- counts as absent for every writer; so does one whose bytes were found wrong, until they are put
-- again.
CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  state TEXT NOT NULL CHECK (state IN ('live', 'condemned', 'corrupt')),
  -- NULL: it has a file of its own.
  pack_id INTEGER REFERENCES pack (id),
  pack_offset INTEGER CHECK (pack_offset >= 0),
  created INTEGER NOT NULL,
  -- When its bytes were last read and found right.
  verified INTEGER,
  CHECK ((pack_id IS NULL) = (pack_offset IS NULL))
) STRICT;
CREATE INDEX blob_pack ON blob (pack_id) WHERE pack_id IS NOT NULL;
CREATE INDEX blob_size ON blob (byte_count);
CREATE INDEX blob_condemned ON blob (id) WHERE state = 'condemned';

-- The variables that versions of one shape share: a version only says which blob fills each.
CREATE TABLE layout (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32)
) STRICT;

CREATE TABLE slot (
  layout_id INTEGER NOT NULL REFERENCES layout (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  path TEXT NOT NULL,
  container_path TEXT NOT NULL,
  role TEXT NOT NULL,
  slot_name TEXT,
  slot_weight TEXT,
  dtype TEXT NOT NULL,
  -- Dimensions with commas between: 784,10
  shape TEXT NOT NULL,
  PRIMARY KEY (layout_id, ordinal),
  CHECK ((slot_name IS NULL) = (slot_weight IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES model (id),
  number INTEGER NOT NULL CHECK (number > 0),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  weights_id BLOB NOT NULL CHECK (length(weights_id) = 32),
  layout_id INTEGER NOT NULL REFERENCES layout (id),
  created INTEGER NOT NULL,
  message TEXT,
  format TEXT NOT NULL,
  source_name TEXT NOT NULL,
  source_bytes INTEGER NOT NULL,
  optimizer TEXT,
  step INTEGER,
  tensor_count INTEGER NOT NULL,
  tensor_bytes INTEGER NOT NULL,
  -- What this commit added to the store, and how many tensors differ from the first parent's.
  new_tensor_count INTEGER NOT NULL,
  new_bytes INTEGER NOT NULL,
  changed_count INTEGER,
  finding_count INTEGER NOT NULL,
  removed INTEGER,
  UNIQUE (model_id, number)
) STRICT;
CREATE INDEX version_present ON version (model_id, number) WHERE removed IS NULL;
CREATE INDEX version_created ON version (created);
CREATE INDEX version_weights ON version (weights_id);
CREATE INDEX version_removed ON version (removed) WHERE removed IS NOT NULL;
CREATE INDEX version_layout ON version (layout_id);

CREATE TABLE version_variable (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blob (id),
  PRIMARY KEY (version_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_variable_blob ON version_variable (blob_id);

-- The blobs of a version that are no tensors: manifest, layout, architecture, skeleton and so on.
CREATE TABLE version_part (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  blob_id INTEGER NOT NULL REFERENCES blob (id),
  PRIMARY KEY (version_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_part_blob ON version_part (blob_id);

-- A parent is named by its id, and may be gone.
CREATE TABLE parent (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  parent_digest BLOB NOT NULL CHECK (length(parent_digest) = 32),
  relation TEXT NOT NULL CHECK (relation IN ('continued', 'finetuned', 'converted', 'merged')),
  PRIMARY KEY (version_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX parent_digest ON parent (parent_digest);

CREATE TABLE tag (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version_id, key)
) STRICT, WITHOUT ROWID;

-- A metric's value is kept as it was spelled.
CREATE TABLE metric (
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
  model_id INTEGER NOT NULL REFERENCES model (id),
  name TEXT NOT NULL,
  version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
  PRIMARY KEY (model_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_version ON alias (version_id);

CREATE TABLE alias_move (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES model (id),
  name TEXT NOT NULL,
  moved INTEGER NOT NULL,
  -- NULL: it was made, or taken away.
  from_number INTEGER,
  to_number INTEGER
) STRICT;
CREATE INDEX alias_move_name ON alias_move (model_id, name);
