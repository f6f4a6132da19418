-- SPDX-License-Identifier: BSD-2-Clause
-- What answers turn on beside a relay as a whole: which of its addresses do not answer, whether clients of ours
-- can use its certificate, and when its observer was heard by the registry's clock; how many clients a release
-- has; and when a pool gives out all of its relays.

ALTER TABLE observation ADD COLUMN down TEXT NOT NULL DEFAULT '';
ALTER TABLE observation ADD COLUMN certificate INTEGER NOT NULL DEFAULT 0 CHECK (certificate BETWEEN 0 AND 2);
ALTER TABLE observation ADD COLUMN heard INTEGER NOT NULL DEFAULT 0 CHECK (heard >= 0);
ALTER TABLE release ADD COLUMN clients INTEGER NOT NULL DEFAULT 0 CHECK (clients >= 0);
ALTER TABLE pool ADD COLUMN open_below INTEGER NOT NULL DEFAULT 25 CHECK (open_below BETWEEN 0 AND 100);
ALTER TABLE pool ADD COLUMN certificate INTEGER NOT NULL DEFAULT 0 CHECK (certificate IN (0, 1));
