-- SPDX-License-Identifier: BSD-2-Clause
-- What probers learn of a relay beside its TLS versions: the forms of PageKite's ping that it
-- answers, and the names and the end of its certificate.

ALTER TABLE observation ADD COLUMN pings TEXT NOT NULL DEFAULT '';
ALTER TABLE observation ADD COLUMN names TEXT NOT NULL DEFAULT '';
ALTER TABLE observation ADD COLUMN expires INTEGER NOT NULL DEFAULT 0 CHECK (expires >= 0);

-- Pings say which releases a relay can serve, so they are logged; a certificate changes no answer.

DROP TRIGGER observation_added;
CREATE TRIGGER observation_added AFTER INSERT ON observation BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'observation',
		NEW.relay || ' ' || NEW.observer,
		json_object('health', NEW.health, 'tls', NEW.tls, 'overloaded', NEW.overloaded,
			'pings', NEW.pings, 'reason', NEW.reason));
END;
DROP TRIGGER observation_changed;
CREATE TRIGGER observation_changed AFTER UPDATE OF health, tls, overloaded, pings ON observation
WHEN (OLD.health, OLD.tls, OLD.overloaded, OLD.pings)
	IS NOT (NEW.health, NEW.tls, NEW.overloaded, NEW.pings) BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'observation',
		NEW.relay || ' ' || NEW.observer,
		json_object('health', OLD.health, 'tls', OLD.tls, 'overloaded', OLD.overloaded,
			'pings', OLD.pings, 'reason', OLD.reason),
		json_object('health', NEW.health, 'tls', NEW.tls, 'overloaded', NEW.overloaded,
			'pings', NEW.pings, 'reason', NEW.reason));
END;
DROP TRIGGER observation_removed;
CREATE TRIGGER observation_removed AFTER DELETE ON observation BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'observation',
		OLD.relay || ' ' || OLD.observer,
		json_object('health', OLD.health, 'tls', OLD.tls, 'overloaded', OLD.overloaded,
			'pings', OLD.pings, 'reason', OLD.reason));
END;
