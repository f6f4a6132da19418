/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's signed update: GET /?hostname=H&myip=IP[,IP...]&sign=S, from unmodified clients. */
#ifndef UPDATER_KITE_H
#define UPDATER_KITE_H

#include "updater/updater.h"

/* The signature is made over hostname and addresses as they stand in the target. It has no time in it,
 * so each is accepted once: repeated while it is in force it is nochg, and never again afterwards. */
handler kite_update;

enum { KITE_DIGEST = 16 };

/* What was signed, as it was sent; percent escapes decoded where there are any. False when an
 * argument is missing. Texts are the arena's. Pure. */
struct kite {
	struct piece payload, sign;
	const char *host;      /* in normal form; NULL: not a host name */
	const char *addresses; /* in normal form; NULL: one of them is malformed, or there is none */
};
bool kite_read(const struct request *, struct arena *, struct kite *, int *outcome);

#endif
