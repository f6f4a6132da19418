/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of a zone: what may stand beside what at a name, and what below it (RFC 1034 section 3.6.2, RFC 2181, RFC 6672
 * section 2.4). The one judge, which every entrance asks before something comes in, and which says what is left out where SQL
 * wrote what no entrance takes. Pure. */
#ifndef ZONE_FORM_H
#define ZONE_FORM_H

#include <stdbool.h>
#include <stdint.h>

/* What a name is, and what stands there. */
enum {
	FORM_APEX = 1, FORM_WILDCARD = 2,
	FORM_HOST = 4,      /* a dynamic host, or *.HOST, which a host answers for */
	FORM_POOL = 8,      /* a pool's label in front of the apex */
	FORM_ALIAS = 16,    /* a CNAME */
	FORM_ALIASES = 32,  /* more than one */
	FORM_CUT = 64,      /* NS, the apex's own, too */
	FORM_RENAMING = 128, /* a DNAME */
	FORM_RENAMINGS = 256, /* more than one */
	FORM_ADDRESS = 512, /* static A or AAAA */
	FORM_OTHER = 1024,  /* any other static record */
};

/* The form with one more static record of a type. */
unsigned form_with(unsigned form, uint16_t type);

/* What cannot be so, as the rest of a sentence that begins with the name; NULL when all is well. */
const char *form_fault(unsigned form);

/* The same of a name that is to become a host, or *.HOST: static addresses there would not be answered. */
const char *form_host_fault(unsigned form);

/* What cannot be so of a name that has something, below one of another form; NULL when that is well. */
const char *form_fault_below(unsigned above);

/* The same of a host below it. */
const char *form_host_fault_below(unsigned above);

/* Whether a static record of the type is neither answered nor transferred at a name of this form. Of CNAME and DNAME, only
 * one is. */
bool form_hides(unsigned form, uint16_t type);

#endif
