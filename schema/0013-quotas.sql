-- SPDX-License-Identifier: BSD-2-Clause
-- How many hosts an account may make, and which network registered it.

ALTER TABLE account ADD COLUMN quota INTEGER NOT NULL DEFAULT 0 CHECK (quota BETWEEN 0 AND 1000000);
ALTER TABLE account ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX account_network ON account (network) WHERE network <> '';
