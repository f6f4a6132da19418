-- SPDX-License-Identifier: BSD-2-Clause
-- The registry's first form. README.md beside this file has a paragraph for each table.

CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what, when and from where: one row for each transaction of a program of ours.

CREATE TABLE act (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL DEFAULT (unixepoch()),
	actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
	origin TEXT NOT NULL DEFAULT '' CHECK (length(origin) <= 200),
	verb TEXT NOT NULL DEFAULT '' CHECK (length(verb) <= 500),
	reason TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 500)
) STRICT;

CREATE TABLE acting (
	one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	act INTEGER REFERENCES act (id)
) STRICT;
INSERT INTO acting (one, act) VALUES (1, NULL);

CREATE TABLE change (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL DEFAULT (unixepoch()),
	act INTEGER,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	old TEXT,
	new TEXT
) STRICT;
INSERT INTO sqlite_sequence (name, seq) VALUES ('change', unixepoch());

CREATE TABLE reader (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 500),
	revision INTEGER NOT NULL CHECK (revision >= 0),
	at INTEGER NOT NULL CHECK (at >= 0)
) STRICT, WITHOUT ROWID;

-- What the operator wants.

CREATE TABLE zone (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 1016),
	"primary" TEXT NOT NULL CHECK (length("primary") BETWEEN 1 AND 1016),
	contact TEXT NOT NULL CHECK (length(contact) BETWEEN 1 AND 1016),
	ttl INTEGER NOT NULL CHECK (ttl BETWEEN 0 AND 2147483647),
	refresh INTEGER NOT NULL CHECK (refresh BETWEEN 1 AND 2147483647),
	retry INTEGER NOT NULL CHECK (retry BETWEEN 1 AND 2147483647),
	expire INTEGER NOT NULL CHECK (expire BETWEEN 1 AND 2147483647),
	minimum INTEGER NOT NULL CHECK (minimum BETWEEN 0 AND 2147483647)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
	zone TEXT NOT NULL REFERENCES zone (name) ON DELETE CASCADE,
	owner TEXT NOT NULL CHECK (length(owner) BETWEEN 1 AND 1016),
	type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 65535),
	rdata BLOB NOT NULL CHECK (length(rdata) <= 65535),
	ttl INTEGER NOT NULL CHECK (ttl BETWEEN 0 AND 2147483647),
	PRIMARY KEY (zone, owner, type, rdata)
) STRICT, WITHOUT ROWID;

CREATE TABLE relay (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
	addresses TEXT NOT NULL,
	port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
	tls INTEGER NOT NULL CHECK (tls BETWEEN 0 AND 31),
	weight INTEGER NOT NULL CHECK (weight BETWEEN 0 AND 10000),
	since INTEGER NOT NULL CHECK (since >= 0),
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500),
	token BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE pool (
	label TEXT NOT NULL PRIMARY KEY CHECK (length(label) BETWEEN 1 AND 63),
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
	tls INTEGER NOT NULL CHECK (tls BETWEEN 0 AND 31),
	ttl INTEGER NOT NULL CHECK (ttl BETWEEN 1 AND 86400),
	answers INTEGER NOT NULL CHECK (answers BETWEEN 1 AND 25),
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500)
) STRICT, WITHOUT ROWID;

CREATE TABLE release (
	product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 63),
	version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 63),
	pools TEXT NOT NULL CHECK (length(pools) >= 1),
	tls INTEGER NOT NULL CHECK (tls BETWEEN 1 AND 31),
	families INTEGER NOT NULL CHECK (families BETWEEN 0 AND 2),
	ping INTEGER NOT NULL CHECK (ping BETWEEN 0 AND 4),
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500),
	PRIMARY KEY (product, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
	pool TEXT NOT NULL REFERENCES pool (label) ON DELETE CASCADE,
	relay TEXT NOT NULL REFERENCES relay (name) ON DELETE CASCADE,
	verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 1),
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500),
	PRIMARY KEY (pool, relay)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_relay ON rule (relay);

CREATE TABLE account (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
	hosts TEXT NOT NULL DEFAULT '',
	role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 1),
	allow_private INTEGER NOT NULL CHECK (allow_private BETWEEN 0 AND 1),
	blocked INTEGER NOT NULL CHECK (blocked BETWEEN 0 AND 1),
	token BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 1016),
	account TEXT REFERENCES account (name) ON UPDATE CASCADE,
	addresses TEXT NOT NULL DEFAULT '',
	ttl INTEGER NOT NULL DEFAULT 60 CHECK (ttl BETWEEN 1 AND 86400),
	updated INTEGER NOT NULL DEFAULT 0 CHECK (updated >= 0),
	secret BLOB,
	sign BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX host_account ON host (account) WHERE account IS NOT NULL;

CREATE TABLE signature (
	host TEXT NOT NULL REFERENCES host (name) ON UPDATE CASCADE ON DELETE CASCADE,
	digest BLOB NOT NULL,
	PRIMARY KEY (host, digest)
) STRICT, WITHOUT ROWID;

-- What was observed.

CREATE TABLE observation (
	relay TEXT NOT NULL REFERENCES relay (name) ON DELETE CASCADE,
	observer TEXT NOT NULL CHECK (length(observer) BETWEEN 1 AND 63),
	health INTEGER NOT NULL CHECK (health BETWEEN 0 AND 2),
	tls INTEGER NOT NULL CHECK (tls BETWEEN 0 AND 31),
	overloaded INTEGER NOT NULL CHECK (overloaded BETWEEN 0 AND 1),
	"load" INTEGER NOT NULL CHECK ("load" >= 0),
	version TEXT NOT NULL DEFAULT '',
	uuid TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
	at INTEGER NOT NULL CHECK (at >= 0),
	PRIMARY KEY (relay, observer)
) STRICT, WITHOUT ROWID;

-- The change log is written by triggers, so that SQL by hand is logged too. Columns that change
-- nothing that anybody is answered (a heartbeat's time and load, the hash of a token) log nothing.

CREATE TRIGGER zone_added AFTER INSERT ON zone BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'zone', NEW.name,
		json_object('primary', NEW."primary", 'contact', NEW.contact, 'ttl', NEW.ttl,
			'refresh', NEW.refresh, 'retry', NEW.retry, 'expire', NEW.expire,
			'minimum', NEW.minimum));
END;
CREATE TRIGGER zone_changed AFTER UPDATE ON zone BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'zone', NEW.name,
		json_object('name', OLD.name, 'primary', OLD."primary", 'contact', OLD.contact,
			'ttl', OLD.ttl, 'refresh', OLD.refresh, 'retry', OLD.retry,
			'expire', OLD.expire, 'minimum', OLD.minimum),
		json_object('primary', NEW."primary", 'contact', NEW.contact, 'ttl', NEW.ttl,
			'refresh', NEW.refresh, 'retry', NEW.retry, 'expire', NEW.expire,
			'minimum', NEW.minimum));
END;
CREATE TRIGGER zone_removed AFTER DELETE ON zone BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'zone', OLD.name,
		json_object('primary', OLD."primary", 'contact', OLD.contact, 'ttl', OLD.ttl,
			'refresh', OLD.refresh, 'retry', OLD.retry, 'expire', OLD.expire,
			'minimum', OLD.minimum));
END;

CREATE TRIGGER record_added AFTER INSERT ON record BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'record', NEW.zone,
		json_array(NEW.owner, NEW.type, NEW.ttl, hex(NEW.rdata)));
END;
CREATE TRIGGER record_changed AFTER UPDATE ON record BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'record', NEW.zone,
		json_array(OLD.owner, OLD.type, OLD.ttl, hex(OLD.rdata)),
		json_array(NEW.owner, NEW.type, NEW.ttl, hex(NEW.rdata)));
END;
CREATE TRIGGER record_removed AFTER DELETE ON record BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'record', OLD.zone,
		json_array(OLD.owner, OLD.type, OLD.ttl, hex(OLD.rdata)));
END;

CREATE TRIGGER relay_added AFTER INSERT ON relay BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'relay', NEW.name,
		json_object('addresses', NEW.addresses, 'port', NEW.port, 'state', NEW.state,
			'tls', NEW.tls, 'weight', NEW.weight, 'note', NEW.note));
END;
CREATE TRIGGER relay_changed AFTER UPDATE OF name, addresses, port, state, tls, weight, note ON relay
WHEN (OLD.name, OLD.addresses, OLD.port, OLD.state, OLD.tls, OLD.weight, OLD.note)
	IS NOT (NEW.name, NEW.addresses, NEW.port, NEW.state, NEW.tls, NEW.weight, NEW.note) BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'relay', NEW.name,
		json_object('name', OLD.name, 'addresses', OLD.addresses, 'port', OLD.port,
			'state', OLD.state, 'tls', OLD.tls, 'weight', OLD.weight, 'note', OLD.note),
		json_object('addresses', NEW.addresses, 'port', NEW.port, 'state', NEW.state,
			'tls', NEW.tls, 'weight', NEW.weight, 'note', NEW.note));
END;
CREATE TRIGGER relay_removed AFTER DELETE ON relay BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'relay', OLD.name,
		json_object('addresses', OLD.addresses, 'port', OLD.port, 'state', OLD.state,
			'tls', OLD.tls, 'weight', OLD.weight, 'note', OLD.note));
END;

CREATE TRIGGER pool_added AFTER INSERT ON pool BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'pool', NEW.label,
		json_object('state', NEW.state, 'tls', NEW.tls, 'ttl', NEW.ttl,
			'answers', NEW.answers, 'note', NEW.note));
END;
CREATE TRIGGER pool_changed AFTER UPDATE ON pool BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'pool', NEW.label,
		json_object('label', OLD.label, 'state', OLD.state, 'tls', OLD.tls, 'ttl', OLD.ttl,
			'answers', OLD.answers, 'note', OLD.note),
		json_object('state', NEW.state, 'tls', NEW.tls, 'ttl', NEW.ttl,
			'answers', NEW.answers, 'note', NEW.note));
END;
CREATE TRIGGER pool_removed AFTER DELETE ON pool BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'pool', OLD.label,
		json_object('state', OLD.state, 'tls', OLD.tls, 'ttl', OLD.ttl,
			'answers', OLD.answers, 'note', OLD.note));
END;

CREATE TRIGGER release_added AFTER INSERT ON release BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'release',
		NEW.product || ' ' || NEW.version,
		json_object('pools', NEW.pools, 'tls', NEW.tls, 'families', NEW.families,
			'ping', NEW.ping, 'note', NEW.note));
END;
CREATE TRIGGER release_changed AFTER UPDATE ON release BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'release',
		NEW.product || ' ' || NEW.version,
		json_object('product', OLD.product, 'version', OLD.version, 'pools', OLD.pools,
			'tls', OLD.tls, 'families', OLD.families, 'ping', OLD.ping, 'note', OLD.note),
		json_object('pools', NEW.pools, 'tls', NEW.tls, 'families', NEW.families,
			'ping', NEW.ping, 'note', NEW.note));
END;
CREATE TRIGGER release_removed AFTER DELETE ON release BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'release',
		OLD.product || ' ' || OLD.version,
		json_object('pools', OLD.pools, 'tls', OLD.tls, 'families', OLD.families,
			'ping', OLD.ping, 'note', OLD.note));
END;

CREATE TRIGGER rule_added AFTER INSERT ON rule BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'rule',
		NEW.pool || ' ' || NEW.relay, json_object('verdict', NEW.verdict, 'note', NEW.note));
END;
CREATE TRIGGER rule_changed AFTER UPDATE ON rule BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'rule',
		NEW.pool || ' ' || NEW.relay,
		json_object('pool', OLD.pool, 'relay', OLD.relay, 'verdict', OLD.verdict,
			'note', OLD.note),
		json_object('verdict', NEW.verdict, 'note', NEW.note));
END;
CREATE TRIGGER rule_removed AFTER DELETE ON rule BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'rule',
		OLD.pool || ' ' || OLD.relay, json_object('verdict', OLD.verdict, 'note', OLD.note));
END;

CREATE TRIGGER account_added AFTER INSERT ON account BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'account', NEW.name,
		json_object('hosts', NEW.hosts, 'role', NEW.role, 'allow_private', NEW.allow_private,
			'blocked', NEW.blocked));
END;
CREATE TRIGGER account_changed AFTER UPDATE ON account BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'account',
		NEW.name,
		json_object('name', OLD.name, 'hosts', OLD.hosts, 'role', OLD.role,
			'allow_private', OLD.allow_private, 'blocked', OLD.blocked),
		json_object('hosts', NEW.hosts, 'role', NEW.role, 'allow_private', NEW.allow_private,
			'blocked', NEW.blocked, 'token', iif(OLD.token IS NEW.token, 'kept', 'new')));
END;
CREATE TRIGGER account_removed AFTER DELETE ON account BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'account', OLD.name,
		json_object('hosts', OLD.hosts, 'role', OLD.role, 'allow_private', OLD.allow_private,
			'blocked', OLD.blocked));
END;

CREATE TRIGGER host_added AFTER INSERT ON host BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'host', NEW.name,
		json_object('addresses', NEW.addresses, 'ttl', NEW.ttl, 'account', NEW.account));
END;
CREATE TRIGGER host_changed AFTER UPDATE OF name, account, addresses, ttl, secret ON host
WHEN (OLD.name, OLD.account, OLD.addresses, OLD.ttl, OLD.secret)
	IS NOT (NEW.name, NEW.account, NEW.addresses, NEW.ttl, NEW.secret) BEGIN
	INSERT INTO change (act, kind, key, old)
		SELECT (SELECT act FROM acting), 'host', OLD.name, json_object('addresses', OLD.addresses)
		WHERE OLD.name IS NOT NEW.name;
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'host', NEW.name,
		json_object('addresses', OLD.addresses, 'ttl', OLD.ttl, 'account', OLD.account),
		json_object('addresses', NEW.addresses, 'ttl', NEW.ttl, 'account', NEW.account,
			'secret', iif(OLD.secret IS NEW.secret, 'kept', 'new')));
END;
CREATE TRIGGER host_removed AFTER DELETE ON host BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'host', OLD.name,
		json_object('addresses', OLD.addresses, 'ttl', OLD.ttl, 'account', OLD.account));
END;

CREATE TRIGGER observation_added AFTER INSERT ON observation BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'observation',
		NEW.relay || ' ' || NEW.observer,
		json_object('health', NEW.health, 'tls', NEW.tls, 'overloaded', NEW.overloaded,
			'reason', NEW.reason));
END;
CREATE TRIGGER observation_changed AFTER UPDATE OF health, tls, overloaded ON observation
WHEN (OLD.health, OLD.tls, OLD.overloaded) IS NOT (NEW.health, NEW.tls, NEW.overloaded) BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'observation',
		NEW.relay || ' ' || NEW.observer,
		json_object('health', OLD.health, 'tls', OLD.tls, 'overloaded', OLD.overloaded,
			'reason', OLD.reason),
		json_object('health', NEW.health, 'tls', NEW.tls, 'overloaded', NEW.overloaded,
			'reason', NEW.reason));
END;
CREATE TRIGGER observation_removed AFTER DELETE ON observation BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'observation',
		OLD.relay || ' ' || OLD.observer,
		json_object('health', OLD.health, 'tls', OLD.tls, 'overloaded', OLD.overloaded,
			'reason', OLD.reason));
END;
