/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking. What is unknown and what is wrong cost the same work and look alike. */
#ifndef UPDATER_AUTH_H
#define UPDATER_AUTH_H

#include "updater/updater.h"

/* The account of Basic credentials; NULL in *account when they are missing or wrong. A source that
 * guesses is not listened to for a while. */
int auth_account(struct updater *, struct exchange *, const struct account **account, struct error *);

/* The same of a name and a password that came by other ways. */
int auth_password(struct updater *, struct exchange *, const char *user, const char *password,
	const struct account **account, struct error *);

/* The operator whose token a Bearer header holds; NAME has room for 64, "" when there is none. */
int auth_operator(struct updater *, struct exchange *, char *name, struct error *);

/* A relay by Bearer token: with NAME, that one and its own token; without, the invited one whose
 * invitation it is. ABSENT when there is none such; texts are the exchange's arena's. */
int auth_relay(struct updater *, struct exchange *, const char *name, struct relay *, struct error *);

/* Counting failures by source. */
bool auth_waits(struct updater *, const struct exchange *);
void auth_failed(struct updater *, const struct exchange *);

#endif
