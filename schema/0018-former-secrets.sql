-- SPDX-License-Identifier: BSD-2-Clause
-- A TSIG key's secret can be replaced while both sides still have the one before: that is good until a date.

ALTER TABLE tsig ADD COLUMN former BLOB;
ALTER TABLE tsig ADD COLUMN former_until INTEGER NOT NULL DEFAULT 0 CHECK (former_until >= 0);
