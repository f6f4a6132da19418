-- SPDX-License-Identifier: BSD-2-Clause
-- When a brownout began: what is counted of it bears that date (registry/telemetry.h).

ALTER TABLE pool ADD COLUMN brownout_from INTEGER NOT NULL DEFAULT 0 CHECK (brownout_from >= 0);

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
			'brownout_from', NEW.brownout_from,
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
			'brownout_from', OLD.brownout_from,
			'brownout_until', OLD.brownout_until),
		json_object('state', NEW.state, 'tls', NEW.tls, 'ttl', NEW.ttl, 'answers', NEW.answers,
			'note', NEW.note, 'least', NEW.least, 'size', NEW.size, 'roster', NEW.roster,
			'successor', NEW.successor, 'tombstone', NEW.tombstone,
			'shrink_from', NEW.shrink_from, 'shrink_to', NEW.shrink_to,
			'shrink_start', NEW.shrink_start, 'shrink_by', NEW.shrink_by,
			'paused', NEW.paused, 'brownout', NEW.brownout,
			'brownout_from', NEW.brownout_from,
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
			'brownout_from', OLD.brownout_from,
			'brownout_until', OLD.brownout_until));
END;
