/* SPDX-License-Identifier: BSD-2-Clause */
/* What each RRset at a name forbids beside it and below it. */
#include "zone/form.h"

#include "wire/type.h"

#include <stddef.h>


enum { FORM_DATA = FORM_CUT | FORM_RENAMING | FORM_ADDRESS | FORM_OTHER, FORM_COMPUTED = FORM_HOST | FORM_POOL };

unsigned form_with(unsigned form, uint16_t type)
{
	switch (type) {
	case TYPE_CNAME:
		return form | FORM_ALIAS | ((form & FORM_ALIAS) != 0 ? FORM_ALIASES : 0);
	case TYPE_DNAME:
		return form | FORM_RENAMING | ((form & FORM_RENAMING) != 0 ? FORM_RENAMINGS : 0);
	case TYPE_NS:
		return form | FORM_CUT;
	case TYPE_A:
	case TYPE_AAAA:
		return form | FORM_ADDRESS;
	default:
		return form | FORM_OTHER;
	}
}

static bool has(unsigned form, unsigned all)
{
	return (form & all) == all;
}

/* A delegation: the apex's own NS is none. */
static bool delegates(unsigned form)
{
	return has(form, FORM_CUT) && !has(form, FORM_APEX);
}

const char *form_fault(unsigned form)
{
	const struct {
		bool is;
		const char *fault;
	} faults[] = {
		{ has(form, FORM_WILDCARD | FORM_HOST) && (form & ((FORM_DATA & ~FORM_ADDRESS) | FORM_ALIAS)) != 0,
			"is a host's, which answers for all names below it" },
		{ has(form, FORM_ALIASES) && (form & FORM_DATA) == 0, "has more than one CNAME (RFC 2181 section 10.1)" },
		{ has(form, FORM_ALIAS | FORM_APEX) || (has(form, FORM_ALIAS) && (form & FORM_DATA) != 0),
			"has a CNAME and other data (RFC 2181 section 10.1)" },
		{ has(form, FORM_ALIAS | FORM_HOST), "has a CNAME, and a host's addresses (RFC 2181 section 10.1)" },
		{ has(form, FORM_ALIAS | FORM_POOL), "has a CNAME, and a pool's addresses (RFC 2181 section 10.1)" },
		{ delegates(form) && has(form, FORM_WILDCARD), "is a wildcard, which delegates nothing (RFC 4592 section 4.2)" },
		{ delegates(form) && has(form, FORM_HOST), "is delegated, and a host" },
		{ delegates(form) && has(form, FORM_POOL), "is delegated, and a pool's name, which clients look up" },
		{ delegates(form) && has(form, FORM_RENAMING), "has NS and DNAME (RFC 6672 section 2.3)" },
		{ has(form, FORM_RENAMINGS), "has more than one DNAME (RFC 6672 section 2.4)" },
		{ has(form, FORM_RENAMING | FORM_HOST), "has a DNAME, and a host answers for what is below it" },
	};
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].is)
			return faults[i].fault;
	return NULL;
}

const char *form_host_fault(unsigned form)
{
	return has(form, FORM_ADDRESS) ? "has static addresses, which a host's would hide: take them out of the zone first"
				       : form_fault(form | FORM_HOST);
}

const char *form_fault_below(unsigned above)
{
	return has(above, FORM_RENAMING) ? "stands below a DNAME (RFC 6672 section 2.4)" : NULL;
}

const char *form_host_fault_below(unsigned above)
{
	return delegates(above) ? "is below a delegation" : form_fault_below(above);
}

bool form_hides(unsigned form, uint16_t type)
{
	switch (type) {
	case TYPE_CNAME:
		return (form & (FORM_DATA | FORM_COMPUTED | FORM_APEX)) != 0;
	case TYPE_NS:
		return has(form, FORM_WILDCARD);
	case TYPE_DNAME:
		return delegates(form);
	case TYPE_A:
	case TYPE_AAAA:
		return (form & FORM_COMPUTED) != 0;
	default:
		return false;
	}
}
