-- SPDX-License-Identifier: BSD-2-Clause
-- A suspended account's hosts are told so in their own rows, by which name servers go. Quotas of PageKite's DNS
-- authentication: 0 for no limit, -1 for used up.

ALTER TABLE account ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended BETWEEN 0 AND 1);
ALTER TABLE host ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended BETWEEN 0 AND 1);
ALTER TABLE host ADD COLUMN quota_kb INTEGER NOT NULL DEFAULT 0 CHECK (quota_kb BETWEEN -1 AND 4000000000);
ALTER TABLE host ADD COLUMN quota_days INTEGER NOT NULL DEFAULT 0 CHECK (quota_days BETWEEN -1 AND 65534);
ALTER TABLE host ADD COLUMN quota_conns INTEGER NOT NULL DEFAULT 0 CHECK (quota_conns BETWEEN -1 AND 65534);

CREATE TRIGGER suspend_account AFTER UPDATE OF suspended ON account WHEN OLD.suspended <> NEW.suspended BEGIN
	UPDATE host SET suspended = NEW.suspended WHERE account = NEW.name AND suspended <> NEW.suspended;
END;
CREATE TRIGGER suspend_new_host AFTER INSERT ON host
WHEN NEW.suspended = 0 AND (SELECT suspended FROM account WHERE name = NEW.account) = 1 BEGIN
	UPDATE host SET suspended = 1 WHERE name = NEW.name;
END;
CREATE TRIGGER suspend_given_host AFTER UPDATE OF account ON host WHEN OLD.account IS NOT NEW.account BEGIN
	UPDATE host SET suspended = coalesce((SELECT suspended FROM account WHERE name = NEW.account), 0)
		WHERE name = NEW.name;
END;
