-- SPDX-License-Identifier: BSD-2-Clause
-- Whose a name with leading underscores is: _443._tcp.HOST is HOST's. By `host`, what stands below one host is found
-- without a look at the rest of its zone. Computed, never written: up to four labels are taken off.

ALTER TABLE record ADD COLUMN above_1 TEXT GENERATED ALWAYS AS
	(iif(owner GLOB '_*.*', substr(owner, instr(owner, '.') + 1), owner)) VIRTUAL;
ALTER TABLE record ADD COLUMN above_2 TEXT GENERATED ALWAYS AS
	(iif(above_1 GLOB '_*.*', substr(above_1, instr(above_1, '.') + 1), above_1)) VIRTUAL;
ALTER TABLE record ADD COLUMN above_3 TEXT GENERATED ALWAYS AS
	(iif(above_2 GLOB '_*.*', substr(above_2, instr(above_2, '.') + 1), above_2)) VIRTUAL;
ALTER TABLE record ADD COLUMN host TEXT GENERATED ALWAYS AS
	(iif(above_3 GLOB '_*.*', substr(above_3, instr(above_3, '.') + 1), above_3)) VIRTUAL;
CREATE INDEX record_underscore ON record (zone, host) WHERE owner GLOB '_*';
