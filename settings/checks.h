/* SPDX-License-Identifier: BSD-2-Clause */
/* What a setting's value must be beyond its kind (option_row.check), so that a wrong one is cited with its line. Pure. */
#ifndef SETTINGS_CHECKS_H
#define SETTINGS_CHECKS_H

#include "lib/error.h"

/* Each is given one word of a list, or all of a text. DONE, or REFUSED with why. */

/* ADDRESS:PORT, or :PORT; or several, separated by commas. */
int check_endpoint(const char *word, struct error *);

/* The same, or tls=RANGE, which is for the address before it. */
int check_tls_endpoint(const char *word, struct error *);

/* Versions of TLS. */
int check_tls_versions(const char *text, struct error *);

/* A domain name. */
int check_domain(const char *text, struct error *);

/* A name of a host: it goes out on the wire, where a line's end in one would be another request. */
int check_host(const char *word, struct error *);

/* What fits into one string of DNS: 255 octets. */
int check_string(const char *text, struct error *);

/* An observer's name, but "lease", which is windsock-updater's. */
int check_observer(const char *text, struct error *);

/* The name of a header field. */
int check_header(const char *text, struct error *);

/* An address. */
int check_address(const char *text, struct error *);

#endif
