-- SPDX-License-Identifier: BSD-2-Clause
-- What a key may update (RFC 2136), beside what its account may: types and names; empty for all.

ALTER TABLE tsig ADD COLUMN types TEXT NOT NULL DEFAULT '' CHECK (length(types) <= 500);
ALTER TABLE tsig ADD COLUMN names TEXT NOT NULL DEFAULT '' CHECK (length(names) <= 4000);

DROP TRIGGER tsig_added;
DROP TRIGGER tsig_changed;
DROP TRIGGER tsig_removed;
CREATE TRIGGER tsig_added AFTER INSERT ON tsig BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'tsig', NEW.name,
		json_object('algorithm', NEW.algorithm, 'account', NEW.account, 'transfer', NEW.transfer,
			'types', NEW.types, 'names', NEW.names, 'note', NEW.note));
END;
CREATE TRIGGER tsig_changed AFTER UPDATE ON tsig BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'tsig', NEW.name,
		json_object('name', OLD.name, 'algorithm', OLD.algorithm, 'account', OLD.account,
			'transfer', OLD.transfer, 'types', OLD.types, 'names', OLD.names, 'note', OLD.note),
		json_object('algorithm', NEW.algorithm, 'account', NEW.account, 'transfer', NEW.transfer,
			'types', NEW.types, 'names', NEW.names, 'note', NEW.note,
			'secret', iif(OLD.secret IS NEW.secret, 'kept', 'new')));
END;
CREATE TRIGGER tsig_removed AFTER DELETE ON tsig BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'tsig', OLD.name,
		json_object('algorithm', OLD.algorithm, 'account', OLD.account, 'transfer', OLD.transfer,
			'types', OLD.types, 'names', OLD.names, 'note', OLD.note));
END;
