/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGHUP: settings that are read anew, and those of them that may change while threads answer by them. */
#include "dnsd/daemon.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/options_reread.h"
#include "settings/tables.h"

/* A copy that nobody changes, for threads may go by it for as long as we run: reloads are rare. */
static const struct networks *keep(struct daemon *d, const struct networks *networks)
{
	struct networks *kept = arena_take(&d->arena, sizeof *kept);
	if (kept != NULL)
		*kept = *networks;
	return kept;
}

int reread_apply(struct daemon *d, struct error *e)
{
	const struct settings *s = &d->settings;
	const struct networks *evidence = keep(d, &s->evidence), *exempt = keep(d, &s->rate_exempt);
	bool said = s->rate_limit >= 0;
	if (evidence == NULL || exempt == NULL)
		return fail(e, FAILED, "out of memory");
	atomic_store_explicit(&d->shared.evidence, evidence, memory_order_release);
	/* without a configured limit, RATE_STANDARD holds for all but loopback; a configured one holds for all */
	for (size_t i = 0; i < d->udp_count; i++) {
		struct udp_server *server = &d->udp[i];
		atomic_store_explicit(&server->rate_exempt, exempt, memory_order_release);
		atomic_store_explicit(&server->rate_spares_loopback, !said, memory_order_relaxed);
		atomic_store_explicit(&server->rate_limit, said ? s->rate_limit : RATE_STANDARD, memory_order_relaxed);
	}
	log_limit((enum log_level)s->log_level);
	return DONE;
}

void reread_settings(struct daemon *d)
{
	struct settings fresh = { 0 };
	struct error e = { "" };
	int outcome = options_read(&settings_dnsd, d->argc, d->argv, &fresh, &d->arena, &e);
	if (outcome == DONE) {
		options_reread(&settings_dnsd, &d->settings, &fresh);
		/* member by member: threads read others while they run */
		d->settings.evidence = fresh.evidence;
		d->settings.rate_exempt = fresh.rate_exempt;
		d->settings.rate_limit = fresh.rate_limit;
		d->settings.log_level = fresh.log_level;
		outcome = reread_apply(d, &e);
	}
	if (outcome != DONE)
		log_error("the old settings stay: %s", e.text);
}
