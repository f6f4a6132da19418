/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities dropped, new privileges forbidden, and the walls closed: files, then system calls. */
#include "lib/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/sandbox_calls.h"
#include "lib/sandbox_files.h"

static int drop_privileges(struct error *e)
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
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE)
		return DONE; /* nor may we ask, where a unit's SystemCallFilter has no capset */
	capng_clear(CAPNG_SELECT_BOTH);
	if (root)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(e, FAILED, "giving up capabilities");
	return DONE;
}

/* A wall that the kernel cannot build is done without, for it is the second one behind the user's rights. */
static int warn_absent(int outcome, const struct error *e)
{
	if (outcome == ABSENT)
		log_warning("goes on without a wall of its sandbox why=\"%s\"", e->text);
	return outcome == ABSENT ? DONE : outcome;
}

int sandbox_enter(const struct sandbox *s, struct error *e)
{
	int outcome = drop_privileges(e);
	if (outcome != DONE)
		return outcome;
	if (s == NULL) {
		log_warning("the sandbox is off, as the settings say: any file and any system call may be used");
		return DONE;
	}
	outcome = warn_absent(sandbox_files_limit(s->paths, s->path_count, e), e);
	return outcome == DONE ? warn_absent(sandbox_calls_limit(s->calls, e), e) : outcome;
}
