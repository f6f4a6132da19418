/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities dropped, and new privileges forbidden. */
#include "lib/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int sandbox_enter(struct error *e)
{
	const struct rlimit none = { 0, 0 };
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return fail(e, FAILED, "forbidding core dumps: %s", strerror(errno));
#ifndef __SANITIZE_ADDRESS__ /* the leak checker traces its own process */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail(e, FAILED, "forbidding to be traced: %s", strerror(errno));
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(e, FAILED, "giving up new privileges: %s", strerror(errno));
	/* Without this capability root could not open its own files that belong to another user, with mode 0640. A
	 * root that was started without it, as in a container, cannot keep it. */
	bool root = geteuid() == 0 && capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE) != 0;
	capng_clear(CAPNG_SELECT_BOTH);
	if (root)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(e, FAILED, "giving up capabilities");
	return DONE;
}
