/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking. What is unknown and what is wrong cost the same work and look alike. A right credential always
 * gets in: whoever shares an address with somebody who guesses must not suffer for it. Wrong ones are answered
 * after a wait that grows, and where their source asks too often, not as what they are but as too many. */
#ifndef UPDATER_AUTH_H
#define UPDATER_AUTH_H

#include "updater/updater.h"

/* The account of Basic credentials; NULL in *account when they are missing or wrong. */
int auth_account(struct updater *, struct exchange *, const struct account **account, struct error *);

/* The same of a name and a password that came by other ways. */
int auth_password(struct updater *, struct exchange *, const char *user, const char *password,
	const struct account **account, struct error *);

/* The operator whose token a Bearer header holds; NAME has room for 64, "" when there is none. */
int auth_operator(struct updater *, struct exchange *, char *name, struct error *);

/* A relay by Bearer token: with NAME, that one and its own token; without, the invited one whose
 * invitation it is. ABSENT when there is none such; texts are the exchange's arena's. */
int auth_relay(struct updater *, struct exchange *, const char *name, struct relay *, struct error *);

/* Counts a failure, once for an exchange, and says how long its reply is to wait. */
void auth_failed(struct updater *, struct exchange *);

#endif
