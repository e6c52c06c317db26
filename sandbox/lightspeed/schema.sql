-- The simulator's store. Times are microseconds since the epoch (UTC), money is in millionths of the currency.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sales (
  sale_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  is_completed INTEGER NOT NULL,
  is_voided INTEGER NOT NULL,
  is_live INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  completed_us INTEGER,
  updated_us INTEGER NOT NULL,
  timestamp_s INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  shop_id INTEGER NOT NULL,
  register_id INTEGER NOT NULL,
  employee_id INTEGER NOT NULL,
  return_of INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  total INTEGER NOT NULL,
  lines BLOB NOT NULL,
  payments BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS sales_by_version ON sales (version);
CREATE INDEX IF NOT EXISTS sales_by_timestamp ON sales (timestamp_s, sale_id);
CREATE INDEX IF NOT EXISTS sales_by_completion ON sales (COALESCE(completed_us, 0) / 1000000, sale_id);
CREATE INDEX IF NOT EXISTS sales_by_update ON sales (updated_us / 1000000, sale_id);
CREATE INDEX IF NOT EXISTS live_sales ON sales (completed_us) WHERE is_live = 1;
CREATE INDEX IF NOT EXISTS returns ON sales (return_of) WHERE return_of > 0;

-- Sales that the live seller has yet to make: due_us is the virtual time at which one is made.
CREATE TABLE IF NOT EXISTS pending_sales (
  due_us INTEGER NOT NULL,
  sale_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  shop_id INTEGER NOT NULL,
  register_id INTEGER NOT NULL,
  employee_id INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  total INTEGER NOT NULL,
  lines BLOB NOT NULL,
  payments BLOB NOT NULL,
  PRIMARY KEY (due_us, sale_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS customers (
  customer_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  is_archived INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS customers_by_version ON customers (version);

CREATE TABLE IF NOT EXISTS products (
  product_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  is_archived INTEGER NOT NULL,
  category_id INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS products_by_version ON products (version);

CREATE TABLE IF NOT EXISTS categories (
  category_id INTEGER PRIMARY KEY,
  parent_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  depth INTEGER NOT NULL,
  left_node INTEGER NOT NULL,
  right_node INTEGER NOT NULL,
  created_us INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS payment_types (
  payment_type_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS refresh_tokens (
  token TEXT PRIMARY KEY,
  chain TEXT NOT NULL,
  issued_us INTEGER NOT NULL,
  is_revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS access_tokens (
  jti TEXT PRIMARY KEY,
  replaces TEXT NOT NULL,
  is_used INTEGER NOT NULL DEFAULT 0,
  is_revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS x_access_tokens (
  token TEXT PRIMARY KEY,
  expires_us INTEGER NOT NULL,
  is_revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
