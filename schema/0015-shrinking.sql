-- SPDX-License-Identifier: BSD-2-Clause
-- What a pool's size was before it began to shrink, to be given back, and when the last step was taken: the next
-- one waits, so that one can see what the last one did.
ALTER TABLE pool ADD COLUMN shrink_size INTEGER NOT NULL DEFAULT 0 CHECK (shrink_size BETWEEN 0 AND 10000);
ALTER TABLE pool ADD COLUMN shrunk INTEGER NOT NULL DEFAULT 0 CHECK (shrunk >= 0);
