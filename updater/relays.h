/* SPDX-License-Identifier: BSD-2-Clause */
/* How relays come, stay and leave: POST, PUT and DELETE under /v1/relays.
 *
 * POST, with an invitation as Bearer token, makes an invited relay one in service and answers 201 with
 * a token of its own, which is shown this once. JSON, all optional: name (must be the invited one's),
 * addresses (those of the invitation, or the caller's), port, weight, tls, version, uuid, load,
 * overloaded.
 *
 * PUT /v1/relays/NAME, with its own token, renews its lease and takes addresses, port, tls, version,
 * uuid, load and overloaded. It answers "drain": true when the operator wants no new tunnels there, and
 * "shed": true when it should raise its overload flag, so that clients move: when it drains, or says
 * itself that it is overloaded.
 *
 * DELETE takes it out of service; the operator can resume or remove it. */
#ifndef UPDATER_RELAYS_H
#define UPDATER_RELAYS_H

#include "updater/updater.h"

handler relays_register, relays_heartbeat, relays_leave;

#endif
