-- SPDX-License-Identifier: BSD-2-Clause
-- A record that SQL moves to another zone is gone from the one, and new in the other.

DROP TRIGGER record_changed;
CREATE TRIGGER record_changed AFTER UPDATE ON record BEGIN
	INSERT INTO change (act, kind, key, old)
		SELECT (SELECT act FROM acting), 'record', OLD.zone,
			json_array(OLD.owner, OLD.type, OLD.ttl, hex(OLD.rdata))
		WHERE OLD.zone IS NOT NEW.zone;
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'record', NEW.zone,
		iif(OLD.zone IS NEW.zone, json_array(OLD.owner, OLD.type, OLD.ttl, hex(OLD.rdata)), NULL),
		json_array(NEW.owner, NEW.type, NEW.ttl, hex(NEW.rdata)));
END;
