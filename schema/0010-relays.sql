-- SPDX-License-Identifier: BSD-2-Clause
-- Whether a relay may say by itself that it is at an address that is not public.
ALTER TABLE relay ADD COLUMN allow_private INTEGER NOT NULL DEFAULT 0 CHECK (allow_private BETWEEN 0 AND 1);
