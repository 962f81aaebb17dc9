package sqlite

// form is the version of the schema, in SQLite's own user_version.
const form = 4

// summed is the first form in which head has a checksum.
const summed = 4

// upgrades lead from each form of the schema to the next, that from 1 first.
var upgrades = []string{`
ALTER TABLE mention RENAME TO mention_1;
` + mention + `;
INSERT INTO mention SELECT kind, id, max(first), json_group_array(first) FROM (SELECT * FROM mention_1 ORDER BY kind, id, first) GROUP BY kind, id;
DROP TABLE mention_1;
`, kept + `;
DROP VIEW record;
` + record, `ALTER TABLE head ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
`}

// kept has the records of dropped batches whose interactions a truncation was told to keep.
const kept = `CREATE TABLE kept (
	seq         INTEGER PRIMARY KEY,
	interaction TEXT    NOT NULL,
	customer    TEXT    NOT NULL, -- '' = none
	sum         INTEGER NOT NULL, -- CRC-32C of record
	record      TEXT    NOT NULL  -- JSON, an array of one
);
CREATE INDEX kept_interaction ON kept (interaction, seq);
CREATE INDEX kept_customer ON kept (customer, seq) WHERE customer <> ''`

const record = `CREATE VIEW record AS
	SELECT r.value ->> 'seq' AS seq, r.value ->> 'at' AS at, r.value ->> 'kind' AS kind, r.value ->> 'v' AS version,
		r.value ->> 'interaction' AS interaction, r.value ->> 'customer' AS customer,
		r.value -> 'data' AS data, r.value -> 'body' AS body
	FROM (SELECT records FROM batch UNION ALL SELECT record FROM kept) AS b, json_each(b.records) AS r`

// mention is the index: where an interaction or a customer is. What was written to it at
// once is one line for each, because a line costs more than what is in it.
const mention = `CREATE TABLE mention (
	kind   INTEGER NOT NULL, -- 1 interaction, 2 customer
	id     TEXT    NOT NULL,
	last   INTEGER NOT NULL, -- the last of the batches
	firsts TEXT    NOT NULL, -- JSON: the batches, by the number of their first record
	PRIMARY KEY (kind, id, last)
) WITHOUT ROWID`

// schema makes an empty file a journal.
const schema = `
CREATE TABLE head (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	epoch   INTEGER NOT NULL, -- goes up with every opening; only the latest may write
	owner   TEXT    NOT NULL,
	indexed INTEGER NOT NULL, -- the last record whose mentions are in the table
	base    INTEGER NOT NULL, -- the first record follows it
	sum     INTEGER NOT NULL  -- CRC-32C of indexed
);
CREATE TABLE batch (
	first   INTEGER PRIMARY KEY, -- sequence numbers of its records
	last    INTEGER NOT NULL,
	sum     INTEGER NOT NULL,    -- CRC-32C of records
	records TEXT    NOT NULL     -- JSON, a line for each
);
` + mention + `;
CREATE TABLE snapshot (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	seq     INTEGER NOT NULL,
	at      TEXT    NOT NULL,
	version INTEGER NOT NULL,
	sum     INTEGER NOT NULL,
	size    INTEGER NOT NULL
);
CREATE TABLE snapshot_part (
	id   INTEGER NOT NULL,
	n    INTEGER NOT NULL,
	data BLOB    NOT NULL,
	PRIMARY KEY (id, n)
);
` + kept + `;
` + record + `;
INSERT INTO head VALUES (1, 0, '', 0, 0, 0);
`
