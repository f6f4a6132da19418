-- SPDX-License-Identifier: BSD-2-Clause
-- Keys of TSIG (RFC 8945), and who is told that zones changed. Secrets are sealed, and never logged.

CREATE TABLE tsig (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 1016),
	algorithm INTEGER NOT NULL CHECK (algorithm BETWEEN 0 AND 2),
	account TEXT REFERENCES account (name) ON UPDATE CASCADE,
	transfer INTEGER NOT NULL CHECK (transfer BETWEEN 0 AND 1),
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500),
	secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tsig_account ON tsig (account) WHERE account IS NOT NULL;

CREATE TABLE secondary (
	name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
	address TEXT NOT NULL CHECK (length(address) BETWEEN 1 AND 45),
	port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
	tsig TEXT REFERENCES tsig (name) ON UPDATE CASCADE,
	note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500)
) STRICT, WITHOUT ROWID;
CREATE INDEX secondary_tsig ON secondary (tsig) WHERE tsig IS NOT NULL;

CREATE TRIGGER tsig_added AFTER INSERT ON tsig BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'tsig', NEW.name,
		json_object('algorithm', NEW.algorithm, 'account', NEW.account, 'transfer', NEW.transfer,
			'note', NEW.note));
END;
CREATE TRIGGER tsig_changed AFTER UPDATE ON tsig BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'tsig', NEW.name,
		json_object('name', OLD.name, 'algorithm', OLD.algorithm, 'account', OLD.account,
			'transfer', OLD.transfer, 'note', OLD.note),
		json_object('algorithm', NEW.algorithm, 'account', NEW.account, 'transfer', NEW.transfer,
			'note', NEW.note, 'secret', iif(OLD.secret IS NEW.secret, 'kept', 'new')));
END;
CREATE TRIGGER tsig_removed AFTER DELETE ON tsig BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'tsig', OLD.name,
		json_object('algorithm', OLD.algorithm, 'account', OLD.account, 'transfer', OLD.transfer,
			'note', OLD.note));
END;

CREATE TRIGGER secondary_added AFTER INSERT ON secondary BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'secondary', NEW.name,
		json_object('address', NEW.address, 'port', NEW.port, 'tsig', NEW.tsig, 'note', NEW.note));
END;
CREATE TRIGGER secondary_changed AFTER UPDATE ON secondary BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'secondary', NEW.name,
		json_object('name', OLD.name, 'address', OLD.address, 'port', OLD.port, 'tsig', OLD.tsig,
			'note', OLD.note),
		json_object('address', NEW.address, 'port', NEW.port, 'tsig', NEW.tsig, 'note', NEW.note));
END;
CREATE TRIGGER secondary_removed AFTER DELETE ON secondary BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'secondary', OLD.name,
		json_object('address', OLD.address, 'port', OLD.port, 'tsig', OLD.tsig, 'note', OLD.note));
END;
