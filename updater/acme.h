/* SPDX-License-Identifier: BSD-2-Clause */
/* The TXT record of an ACME challenge over HTTP, for clients without RFC 2136.
 *
 * As acme-dns has it (its README): POST /register makes an account for one name, _acme-challenge.UUID.DOMAIN,
 * to which others' _acme-challenge point by CNAME; open only with the setting acme-dns DOMAIN. POST /update,
 * with X-Api-User and X-Api-Key, sets the TXT of a subdomain, whose last two values stay, for a certificate
 * of HOST and *.HOST needs two. A subdomain with a dot is a host's name: its account sets _acme-challenge.HOST.
 *
 * As lego's httpreq has it: POST /present and /cleanup, with Basic authentication of the host's account. */
#ifndef UPDATER_ACME_H
#define UPDATER_ACME_H

#include "updater/updater.h"

handler acme_register, acme_update, acme_present, acme_cleanup, acme_health;

#endif
