package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Migration is one step of the schema. Steps are never changed once they are published.
type Migration struct {
	Version int
	SQL     string
}

// steps are the migrations with {name} where a table's full name goes.
var steps = []string{`
CREATE TABLE {center} (
	id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name  text        NOT NULL UNIQUE,
	epoch bigint      NOT NULL DEFAULT 0,       -- goes up with every opening; only the latest may write
	owner text        NOT NULL DEFAULT '',
	until timestamptz NOT NULL DEFAULT now(),   -- the owner's lease
	last  bigint      NOT NULL DEFAULT 0        -- the last record
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
CREATE TABLE {batch} (
	center  integer NOT NULL REFERENCES {center},
	first   bigint  NOT NULL,                   -- sequence numbers of its records
	last    bigint  NOT NULL,
	sum     bigint  NOT NULL,                   -- CRC-32C of records
	records text    NOT NULL,                   -- JSON, a line for each
	PRIMARY KEY (center, first)
);
CREATE TABLE {mention} (
	center integer  NOT NULL,
	kind   smallint NOT NULL,                   -- 1 interaction, 2 customer
	id     text     NOT NULL,
	first  bigint   NOT NULL,                   -- the batch
	PRIMARY KEY (center, kind, id, first)
);
CREATE TABLE {snapshot} (
	center  integer     PRIMARY KEY REFERENCES {center},
	seq     bigint      NOT NULL,
	at      text        NOT NULL,
	version integer     NOT NULL,
	sum     bigint      NOT NULL,
	data    bytea       NOT NULL
);
ALTER TABLE {snapshot} ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE VIEW {record} AS
	SELECT c.name AS center, (r.value ->> 'seq')::bigint AS seq, (r.value ->> 'at')::timestamptz AS at, r.value ->> 'kind' AS kind,
		(r.value ->> 'v')::integer AS version, r.value ->> 'interaction' AS interaction, r.value ->> 'customer' AS customer,
		r.value -> 'data' AS data, r.value -> 'body' AS body
	FROM {batch} AS b JOIN {center} AS c ON c.id = b.center, json_array_elements(b.records::json) AS r (value);
`, `
-- What is packed is compressed, by what costs least where the server has it.
DO $$ BEGIN
	EXECUTE 'ALTER TABLE {batch} ALTER COLUMN records SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
	NULL;
END $$;
`, `
-- Records of dropped batches, of interactions that a truncation was told to keep.
CREATE TABLE {kept} (
	center      integer NOT NULL REFERENCES {center},
	seq         bigint  NOT NULL,
	interaction text    NOT NULL,
	customer    text    NOT NULL,               -- '' = none
	sum         bigint  NOT NULL,               -- CRC-32C of record
	record      text    NOT NULL,               -- JSON, an array of one
	PRIMARY KEY (center, seq)
);
CREATE INDEX ON {kept} (center, interaction, seq);
CREATE INDEX ON {kept} (center, customer, seq) WHERE customer <> '';
CREATE OR REPLACE VIEW {record} AS
	SELECT c.name AS center, (r.value ->> 'seq')::bigint AS seq, (r.value ->> 'at')::timestamptz AS at, r.value ->> 'kind' AS kind,
		(r.value ->> 'v')::integer AS version, r.value ->> 'interaction' AS interaction, r.value ->> 'customer' AS customer,
		r.value -> 'data' AS data, r.value -> 'body' AS body
	FROM (SELECT center, records FROM {batch} UNION ALL SELECT center, record FROM {kept}) AS b
		JOIN {center} AS c ON c.id = b.center, json_array_elements(b.records::json) AS r (value);
`, `
-- Text of PostgreSQL has no U+0000 and no half of a surrogate pair, which JSON may: the view shows U+FFFD
-- for them. An escaped backslash is written otherwise first, so that every backslash begins an escape.
CREATE OR REPLACE VIEW {record} AS
	SELECT c.name AS center, (r.value ->> 'seq')::bigint AS seq, (r.value ->> 'at')::timestamptz AS at, r.value ->> 'kind' AS kind,
		(r.value ->> 'v')::integer AS version, r.value ->> 'interaction' AS interaction, r.value ->> 'customer' AS customer,
		r.value -> 'data' AS data, r.value -> 'body' AS body
	FROM (SELECT center, records FROM {batch} UNION ALL SELECT center, record FROM {kept}) AS b
		JOIN {center} AS c ON c.id = b.center, json_array_elements((CASE WHEN b.records ~ '\\u(0000|[dD][89a-fA-F])' THEN
			regexp_replace(regexp_replace(regexp_replace(replace(b.records, '\\', '\u005c'),
				'\\u0000', '\\ufffd', 'g'),
				'\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})', '\\ufffd', 'g'),
				'(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\\ufffd', 'g')
			ELSE b.records END)::json) AS r (value);
`}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// check reports what is wrong with a configuration, all of it.
func (c *Config) check() error {
	var errs []error
	for _, f := range [][2]string{{"schema", c.Schema}, {"prefix", c.Prefix}} {
		if !plainName.MatchString(f[1]) {
			errs = append(errs, fmt.Errorf("postgres: config: %s: must be lower-case letters, digits and _, at most 40, is %q", f[0], f[1]))
		}
	}
	if c.Lease < minLease {
		errs = append(errs, fmt.Errorf("postgres: config: lease: must be ≥ %s, is %s", minLease, c.Lease))
	}
	if c.Patience < 0 {
		errs = append(errs, fmt.Errorf("postgres: config: patience: must be ≥ 0, is %s", c.Patience))
	}
	return errors.Join(errs...)
}

// name replaces {table} by its full name.
func (c *Config) name(sql string) string {
	var pairs []string
	for _, t := range []string{"center", "batch", "mention", "snapshot", "kept", "record", "migration"} {
		pairs = append(pairs, "{"+t+"}", pgx.Identifier{c.Schema, c.Prefix + t}.Sanitize())
	}
	return strings.NewReplacer(pairs...).Replace(sql)
}

// Migrations returns the steps of the schema, with the names of the configuration.
func Migrations(cfg Config) ([]Migration, error) {
	cfg.defaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	var list []Migration
	for i, s := range steps {
		list = append(list, Migration{i + 1, strings.TrimSpace(cfg.name(s))})
	}
	return list, nil
}

const migrationTable = `
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {migration} (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());`

// SQL returns all of the schema as one script, for those who let nobody but themselves
// change a database. It is what Up runs on an empty one.
func SQL(cfg Config) (string, error) {
	list, err := Migrations(cfg)
	if err != nil {
		return "", err
	}
	cfg.defaults()
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN;%s\n", cfg.migrationTable())
	for _, m := range list {
		fmt.Fprintf(&b, "\n%s\nINSERT INTO %s (version) VALUES (%d);\n", m.SQL, cfg.name("{migration}"), m.Version)
	}
	b.WriteString("COMMIT;\n")
	return b.String(), nil
}

func (c *Config) migrationTable() string {
	return strings.ReplaceAll(c.name(migrationTable), "{schema}", pgx.Identifier{c.Schema}.Sanitize())
}

// Up brings the schema to the version of this library. Several may call it at once: one
// works and the others wait for it.
func Up(ctx context.Context, pool *pgxpool.Pool, cfg Config) error {
	list, err := Migrations(cfg)
	if err != nil {
		return err
	}
	cfg.defaults()
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// The lock ends with the transaction.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", cfg.name("usher migration {migration}")); err != nil {
			return fmt.Errorf("postgres: up: %w", err)
		}
		if _, err := tx.Exec(ctx, cfg.migrationTable()); err != nil {
			return fmt.Errorf("postgres: up: %w", err)
		}
		have, err := version(ctx, tx, cfg)
		if err != nil {
			return fmt.Errorf("postgres: up: %w", err)
		}
		for _, m := range list[min(have, len(list)):] {
			if _, err := tx.Exec(ctx, m.SQL+cfg.name(fmt.Sprintf(";INSERT INTO {migration} (version) VALUES (%d)", m.Version))); err != nil {
				return fmt.Errorf("postgres: up: migration %d: %w", m.Version, err)
			}
		}
		return nil
	})
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func version(ctx context.Context, q querier, cfg Config) (have int, err error) {
	err = q.QueryRow(ctx, cfg.name("SELECT coalesce(max(version), 0) FROM {migration}")).Scan(&have)
	return have, err
}

// SchemaError says that the schema is not what this library works with.
type SchemaError struct {
	Have, Want int // versions; Have 0 = there is nothing
}

// Error implements error.
func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("postgres: the schema has version %d, this library knows %d: use a later one", e.Have, e.Want)
	}
	return fmt.Sprintf("postgres: the schema has version %d, this library needs %d: call postgres.Up, or run what postgres.Migrations returns", e.Have, e.Want)
}

// Validate returns a *[SchemaError] unless the schema has the version of this library.
func Validate(ctx context.Context, pool *pgxpool.Pool, cfg Config) error {
	cfg.defaults()
	if err := cfg.check(); err != nil {
		return err
	}
	var there bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", cfg.name("{migration}")).Scan(&there); err != nil {
		return known(err)
	}
	have := 0
	if there {
		var err error
		if have, err = version(ctx, pool, cfg); err != nil {
			return known(err)
		}
	}
	if have != len(steps) {
		return &SchemaError{have, len(steps)}
	}
	return nil
}
