-- SPDX-License-Identifier: BSD-2-Clause
-- Whether a zone is signed: 0 no, 1 yes, 2 still, but the parent is asked to take its DS away (RFC 8078).

ALTER TABLE zone ADD COLUMN signed INTEGER NOT NULL DEFAULT 0 CHECK (signed BETWEEN 0 AND 2);

DROP TRIGGER zone_added;
DROP TRIGGER zone_changed;
DROP TRIGGER zone_removed;
CREATE TRIGGER zone_added AFTER INSERT ON zone BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'zone', NEW.name,
		json_object('primary', NEW."primary", 'contact', NEW.contact, 'ttl', NEW.ttl, 'refresh', NEW.refresh,
			'retry', NEW.retry, 'expire', NEW.expire, 'minimum', NEW.minimum, 'signed', NEW.signed));
END;
CREATE TRIGGER zone_changed AFTER UPDATE ON zone BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'zone', NEW.name,
		json_object('name', OLD.name, 'primary', OLD."primary", 'contact', OLD.contact, 'ttl', OLD.ttl,
			'refresh', OLD.refresh, 'retry', OLD.retry, 'expire', OLD.expire, 'minimum', OLD.minimum, 'signed', OLD.signed),
		json_object('primary', NEW."primary", 'contact', NEW.contact, 'ttl', NEW.ttl, 'refresh', NEW.refresh,
			'retry', NEW.retry, 'expire', NEW.expire, 'minimum', NEW.minimum, 'signed', NEW.signed));
END;
CREATE TRIGGER zone_removed AFTER DELETE ON zone BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'zone', OLD.name,
		json_object('primary', OLD."primary", 'contact', OLD.contact, 'ttl', OLD.ttl, 'refresh', OLD.refresh,
			'retry', OLD.retry, 'expire', OLD.expire, 'minimum', OLD.minimum, 'signed', OLD.signed));
END;
