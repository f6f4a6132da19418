-- SPDX-License-Identifier: BSD-2-Clause
-- A pool's life: how many members it wants, who may be one while it is frozen, where its clients go when
-- it is retired, its schedule while it shrinks, and the rehearsal of its end.

ALTER TABLE pool ADD COLUMN least INTEGER NOT NULL DEFAULT 1 CHECK (least BETWEEN 1 AND 10000);
ALTER TABLE pool ADD COLUMN size INTEGER NOT NULL DEFAULT 0 CHECK (size BETWEEN 0 AND 10000);
ALTER TABLE pool ADD COLUMN roster TEXT NOT NULL DEFAULT '';
ALTER TABLE pool ADD COLUMN successor TEXT CHECK (length(successor) BETWEEN 1 AND 63);
ALTER TABLE pool ADD COLUMN tombstone INTEGER NOT NULL DEFAULT 0 CHECK (tombstone BETWEEN 0 AND 2);
ALTER TABLE pool ADD COLUMN shrink_from INTEGER NOT NULL DEFAULT 0 CHECK (shrink_from BETWEEN 0 AND 10000);
ALTER TABLE pool ADD COLUMN shrink_to INTEGER NOT NULL DEFAULT 0 CHECK (shrink_to BETWEEN 0 AND 10000);
ALTER TABLE pool ADD COLUMN shrink_start INTEGER NOT NULL DEFAULT 0 CHECK (shrink_start >= 0);
ALTER TABLE pool ADD COLUMN shrink_by INTEGER NOT NULL DEFAULT 0 CHECK (shrink_by >= 0);
ALTER TABLE pool ADD COLUMN paused TEXT NOT NULL DEFAULT '' CHECK (length(paused) <= 500);
ALTER TABLE pool ADD COLUMN brownout INTEGER NOT NULL DEFAULT 0 CHECK (brownout BETWEEN 0 AND 100);
ALTER TABLE pool ADD COLUMN brownout_until INTEGER NOT NULL DEFAULT 0 CHECK (brownout_until >= 0);

DROP TRIGGER pool_added;
DROP TRIGGER pool_changed;
DROP TRIGGER pool_removed;
CREATE TRIGGER pool_added AFTER INSERT ON pool BEGIN
	INSERT INTO change (act, kind, key, new) VALUES ((SELECT act FROM acting), 'pool', NEW.label,
		json_object('state', NEW.state, 'tls', NEW.tls, 'ttl', NEW.ttl, 'answers', NEW.answers,
			'note', NEW.note, 'least', NEW.least, 'size', NEW.size, 'roster', NEW.roster,
			'successor', NEW.successor, 'tombstone', NEW.tombstone,
			'shrink_from', NEW.shrink_from, 'shrink_to', NEW.shrink_to,
			'shrink_start', NEW.shrink_start, 'shrink_by', NEW.shrink_by,
			'paused', NEW.paused, 'brownout', NEW.brownout,
			'brownout_until', NEW.brownout_until));
END;
CREATE TRIGGER pool_changed AFTER UPDATE ON pool BEGIN
	INSERT INTO change (act, kind, key, old, new) VALUES ((SELECT act FROM acting), 'pool', NEW.label,
		json_object('label', OLD.label, 'state', OLD.state, 'tls', OLD.tls, 'ttl', OLD.ttl,
			'answers', OLD.answers, 'note', OLD.note, 'least', OLD.least, 'size', OLD.size,
			'roster', OLD.roster, 'successor', OLD.successor, 'tombstone', OLD.tombstone,
			'shrink_from', OLD.shrink_from, 'shrink_to', OLD.shrink_to,
			'shrink_start', OLD.shrink_start, 'shrink_by', OLD.shrink_by,
			'paused', OLD.paused, 'brownout', OLD.brownout,
			'brownout_until', OLD.brownout_until),
		json_object('state', NEW.state, 'tls', NEW.tls, 'ttl', NEW.ttl, 'answers', NEW.answers,
			'note', NEW.note, 'least', NEW.least, 'size', NEW.size, 'roster', NEW.roster,
			'successor', NEW.successor, 'tombstone', NEW.tombstone,
			'shrink_from', NEW.shrink_from, 'shrink_to', NEW.shrink_to,
			'shrink_start', NEW.shrink_start, 'shrink_by', NEW.shrink_by,
			'paused', NEW.paused, 'brownout', NEW.brownout,
			'brownout_until', NEW.brownout_until));
END;
CREATE TRIGGER pool_removed AFTER DELETE ON pool BEGIN
	INSERT INTO change (act, kind, key, old) VALUES ((SELECT act FROM acting), 'pool', OLD.label,
		json_object('state', OLD.state, 'tls', OLD.tls, 'ttl', OLD.ttl, 'answers', OLD.answers,
			'note', OLD.note, 'least', OLD.least, 'size', OLD.size, 'roster', OLD.roster,
			'successor', OLD.successor, 'tombstone', OLD.tombstone,
			'shrink_from', OLD.shrink_from, 'shrink_to', OLD.shrink_to,
			'shrink_start', OLD.shrink_start, 'shrink_by', OLD.shrink_by,
			'paused', OLD.paused, 'brownout', OLD.brownout,
			'brownout_until', OLD.brownout_until));
END;
