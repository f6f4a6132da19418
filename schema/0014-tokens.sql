-- SPDX-License-Identifier: BSD-2-Clause
-- Who a token is is asked by the token's hash: a wrong one costs the same however many accounts there are.
CREATE INDEX account_token ON account (token);
CREATE INDEX relay_token ON relay (token);
