/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of a zone: what may stand beside what at a name, and what below it (RFC 1034 section 3.6.2, RFC 2181, RFC
 * 6672 section 2.4). Every entrance asks here before it takes something in; and what SQL wrote past them is left out
 * of answers and transfers as it is said here. Pure. */
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
	FORM_CUT = 64,      /* NS records, at the apex, too */
	FORM_RENAMING = 128, /* a DNAME */
	FORM_RENAMINGS = 256, /* more than one */
	FORM_ADDRESS = 512, /* static A or AAAA */
	FORM_OTHER = 1024,  /* any other static record */
};

/* The form with one more static record of a type. */
unsigned form_with(unsigned form, uint16_t type);

/* What is wrong with a name of this form, as the rest of a sentence that begins with the name; NULL when nothing is. */
const char *form_fault(unsigned form);

/* The same for a name that is to become a host, or for *.HOST, where static addresses would not be answered, either. */
const char *form_host_fault(unsigned form);

/* What is wrong with something below a name of the form ABOVE, in the same words; NULL when nothing is. */
const char *form_fault_below(unsigned above);

/* The same for a host below it. */
const char *form_host_fault_below(unsigned above);

/* Whether static records of the type are neither answered nor transferred at a name of this form. Where there are
 * several CNAMEs or DNAMEs, one of them is, which this does not tell. */
bool form_hides(unsigned form, uint16_t type);

#endif
