/* SPDX-License-Identifier: BSD-2-Clause */
/* windsock-dnsd: opens its sockets, loads the view, starts the workers, and then follows the
 * registry from the main thread until it is told to stop. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dnsd/daemon.h"
#include "dnsd/view/rekey.h"
#include "dnsd/walls.h"
#include "lib/background.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/place.h"
#include "lib/ready.h"
#include "link/host_changes.h"
#include "lib/service.h"
#include "registry/telemetry.h"
#include "settings/tables.h"

enum { POLL = 5 /* milliseconds between looks at the registry */ };

static int start_tls(struct daemon *d, struct error *e)
{
	d->tls.fds = d->tls_fds;
	d->tls.leave = &d->leave;
	d->tls.transfers = &d->transfers;
	d->tls.idle = (int)d->settings.tcp_idle;
	d->tls.stop = &d->stop;
	return d->tls.fd_count == 0 ? DONE : tls_start(&d->tls, e);
}

static int load_keys(struct daemon *d, struct error *e)
{
	const char *path = d->settings.key;
	if (*path == '\0')
		path = place_path(&d->arena, d->settings.registry, PLACE_KEYS);
	secret_keep(&d->keys, sizeof d->keys);
	int outcome = path == NULL ? fail(e, FAILED, "out of memory") : keys_load(path, &d->keys, e);
	if (outcome == ABSENT) {
		log_warning("PageKite's secrets stay closed, relays get no authentication why=\"%s\"", e->text);
		return DONE;
	}
	d->shared.has_keys = outcome == DONE;
	return outcome;
}

/* The cookies' secrets: those of a file that servers share; else one by the registry's key, which they share, too; else
 * a random one. */
static int load_cookies(struct daemon *d, struct error *e)
{
	struct cookie_secrets *cookies = &d->shared.cookies;
	if (*d->settings.cookie_secrets != '\0')
		return cookie_secrets_read(d->settings.cookie_secrets, cookies, e);
	cookies->count = 1;
	if (!d->shared.has_keys)
		return secret_random(cookies->secret[0], COOKIE_SECRET, e);
	memcpy(cookies->secret[0], d->keys.cookie, COOKIE_SECRET);
	return DONE;
}

static int block_signals(struct daemon *d, struct error *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals >= 0 ? DONE : fail(e, FAILED, "signalfd: %s", strerror(errno));
}

/* Counts are stored beside the registry, unless --telemetry says otherwise. */
static int start_collector(struct daemon *d, struct error *e)
{
	const struct settings *s = &d->settings;
	struct collector *c = &d->collector;
	bool named = *s->telemetry != '\0';
	c->path = named ? s->telemetry : place_path(&d->arena, s->registry, PLACE_TELEMETRY);
	if (c->path == NULL)
		return fail(e, FAILED, "out of memory");
	if (strcmp(c->path, "none") == 0)
		c->path = NULL;
	c->registry = s->registry;
	c->node = d->node;
	c->interval = s->telemetry_interval;
	int outcome = collector_add(c, &d->tcp.worker, e);
	for (size_t i = 0; i < d->udp_count && outcome == DONE; i++)
		outcome = collector_add(c, &d->udp[i].worker, e);
	return outcome == DONE ? collector_start(c, e) : outcome;
}

/* Gives each worker a signer of its own, and starts the presigner. */
static int start_signers(struct daemon *d, struct error *e)
{
	const struct settings *s = &d->settings;
	d->signatures.validity = s->signature_days * 86400;
	d->signatures.rate[SIGNER_KEPT] = s->sign_rate;
	d->signatures.rate[SIGNER_MADE_UP] = s->deny_rate;
	int outcome = signatures_init(&d->signatures, (size_t)s->signature_cache << 20, e);
	if (outcome == DONE && (d->tcp.worker.signer = signer_new(&d->signatures)) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < d->udp_count && outcome == DONE; i++)
		if ((d->udp[i].worker.signer = signer_new(&d->signatures)) == NULL)
			outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE) {
		d->ahead = d->signatures;
		d->ahead.rate[SIGNER_KEPT] = 0; /* no limit: the presigner's thread answers nobody */
		d->presigner = (struct presigner){ .view = &d->view, .signer = signer_new(&d->ahead), .stop = &d->stop };
		outcome = d->presigner.signer == NULL ? fail(e, FAILED, "out of memory") : presigner_start(&d->presigner, e);
	}
	return outcome;
}

static void stop_signers(struct daemon *d)
{
	signer_free(d->presigner.signer);
	signer_free(d->tcp.worker.signer);
	for (size_t i = 0; i < d->udp_count; i++)
		signer_free(d->udp[i].worker.signer);
	signatures_free(&d->signatures);
}

static int start_workers(struct daemon *d, struct error *e)
{
	d->tcp.fds = d->tcp_fds;
	const struct settings *s = &d->settings;
	d->tcp_settings = (struct tcp_settings){ .connections = s->tcp_connections, .per_client = s->tcp_per_client,
		.wait = { [TCP_IDLE] = s->tcp_idle, [TCP_READING] = s->tcp_message, [TCP_WRITING] = s->tcp_answers } };
	d->tcp.settings = &d->tcp_settings;
	d->tcp.stop = &d->stop;
	d->tcp.leave = &d->leave;
	d->tcp.worker = (struct worker){ .view = &d->view, .settings = &d->shared };
	d->tcp.transfers = &d->transfers;
	d->transfers.source.registry = d->settings.registry;
	d->transfers.source.images.key_directory = d->loader.key_directory;
	d->transfers.worker = (struct worker){ .view = &d->view, .settings = &d->shared };
	peers_init(&d->transfers.peers, &d->settings.transfer_networks);
	d->transfers.stop = &d->stop;
	int outcome = start_signers(d, e);
	if (outcome == DONE)
		outcome = start_collector(d, e);
	if (outcome == DONE)
		outcome = forwarder_start(&d->forwarder, d->settings.registry, &d->stop, e);
	d->shared.forwarder = &d->forwarder;
	if (outcome == DONE)
		outcome = transfer_start(&d->transfers, d->signatures.validity, (size_t)d->settings.transfer_journal << 20, e);
	d->notifier = (struct notifier){ .view = &d->view, .stop = &d->stop, .quiet = d->settings.notify_quiet };
	if (outcome == DONE)
		outcome = notifier_start(&d->notifier, e);
	d->last_copy = (struct last_copy){ .registry = d->settings.registry, .interval = d->settings.copy_interval,
		.view = &d->view, .stop = &d->leave };
	if (outcome == DONE)
		outcome = last_copy_start(&d->last_copy, e);
	if (outcome == DONE)
		outcome = start_tls(d, e);
	if (outcome == DONE)
		outcome = tcp_start(&d->tcp, e);
	for (size_t i = 0; i < d->udp_count && outcome == DONE; i++)
		outcome = udp_start(&d->udp[i], d->settings.listen, e);
	return outcome;
}

/* UDP's have ended already if we were replaced. */
static void stop_workers(struct daemon *d)
{
	if (!atomic_exchange(&d->leave, true))
		udp_join(d->udp, d->udp_count);
	atomic_store(&d->stop, true);
	pthread_join(d->tcp.thread, NULL);
	last_copy_stop(&d->last_copy);
	pthread_join(d->presigner.thread, NULL);
	if (d->tls.fd_count > 0)
		tls_stop(&d->tls);
	transfer_stop(&d->transfers);
	notifier_stop(&d->notifier);
	forwarder_stop(&d->forwarder);
	for (size_t i = 0; i < d->udp_count; i++)
		close(d->udp[i].fd);
	for (size_t i = 0; i < d->tcp.fd_count; i++)
		close(d->tcp_fds[i]);
	for (size_t i = 0; i < d->tls.fd_count; i++)
		close(d->tls_fds[i]);
}

/* This server's name: the machine's, as with other servers, unless --nsid gives another. If --nsid is empty, no client
 * is told a name, but counts are still stored under the machine's. */
static void find_name(struct daemon *d)
{
	const char *nsid = d->settings.nsid;
	bool is_auto = strcmp(nsid, "auto") == 0;
	if (gethostname(d->node, sizeof d->node - 1) != 0)
		d->node[0] = '\0';
	if (!is_auto && *nsid != '\0')
		snprintf(d->node, sizeof d->node, "%s", nsid);
	d->shared.nsid = is_auto ? d->node : nsid;
}

static int start(struct daemon *d, struct error *e)
{
	const struct settings *s = &d->settings;
	d->predecessor = -1;
	d->shared = (struct server_settings){ .version = strcmp(s->version, "auto") == 0 ? "windsock " PACKAGE_VERSION : s->version,
		.transfers = s->transfer_networks.count > 0 ? &s->transfer_networks : NULL, .udp_most = (uint16_t)s->udp_size,
		.tcp_idle = (uint16_t)(s->tcp_idle / 100) };
	find_name(d);
	answer_settle(&d->shared);
	d->loader = (struct loader){ .path = s->registry, .view = &d->view, .catalog = d->catalog };
	d->loader.key_directory = *s->dnssec_keys != '\0' ? s->dnssec_keys : place_path(&d->arena, s->registry, PLACE_ZONE_KEYS);
	if (getrandom(&hash_seed, sizeof hash_seed, 0) != sizeof hash_seed)
		return fail(e, FAILED, "no randomness to be had");
	int outcome = block_signals(d, e);
	if (outcome == DONE && *s->catalog != '\0')
		outcome = name_normal(s->catalog, d->catalog, e);
	sockets_receive(&d->inherited, "tcp");
	if (outcome == DONE && s->replace)
		outcome = replace_ask(d, e);
	if (outcome == DONE)
		outcome = endpoints_open(d, e);
	if (outcome == DONE)
		outcome = reread_apply(d, e);
	if (outcome == DONE)
		outcome = load_keys(d, e);
	d->loader.keys = d->shared.has_keys ? &d->keys : NULL;
	if (outcome == DONE)
		outcome = load_cookies(d, e);
	if (outcome == DONE)
		outcome = doorbell_listen(&d->bell, s->registry, sockets_take(&d->inherited, "bell", NULL), e);
	if (outcome == DONE)
		outcome = replace_listen(d, e);
	if (outcome == DONE)
		outcome = dnsd_walls_enter(s, d->loader.key_directory, options_file(d->argc, d->argv), e);
	if (outcome == DONE)
		outcome = loader_start(&d->loader, e);
	return outcome == DONE ? start_workers(d, e) : outcome;
}

static void answer_bell(struct daemon *d, int writer, const struct doorbell_zone *asked)
{
	const struct snapshot *snapshot = view_snapshot(&d->view);
	struct doorbell bell = { .form = DOORBELL_FORM, .serving = 1, .revision = d->loader.revision,
		.serial = d->loader.revision + d->loader.offset,
		.loaded_at = d->loader.loaded_at, .zones = (int64_t)snapshot->zone_count,
		.hosts = (int64_t)d->view.hosts->count, .pools = (int64_t)snapshot->pools.count,
		.queries = daemon_count(d, COUNT_QUERIES), .answers = daemon_count(d, COUNT_ANSWERS),
		.signatures = daemon_count(d, COUNT_SIGNATURES), .unsigned_ = daemon_count(d, COUNT_UNSIGNED),
		.samples = daemon_count(d, COUNT_SAMPLES),
		.refused_rows = (int64_t)(d->loader.refused + d->view.hosts->refused) };
	bell.journal_octets = (int64_t)zone_images_journals(&d->transfers.source.images);
	bell.closed_hosts = (int64_t)d->view.hosts->closed;
	bell.bare_zones = (int64_t)d->loader.bare;
	bell.stuck_zones = (int64_t)d->loader.stuck;
	bell.zone = *asked;
	rekey_tell(&d->loader, &bell.zone);
	memcpy(bell.trouble, d->loader.trouble, sizeof bell.trouble);
	memcpy(bell.keys_trouble, d->loader.keys_trouble, sizeof bell.keys_trouble);
	doorbell_answer(&d->bell, writer, &bell);
}

/* Answers all writers that have rung, after one look at the registry for all of them, whatever it finds. */
static void take_bells(struct daemon *d)
{
	enum { MOST = 64 };
	static uint8_t changes[HOST_CHANGES_MOST];
	int writers[MOST];
	struct doorbell_zone asked[MOST];
	struct doorbell bell;
	int64_t wanted = 0;
	int count = 0, outcome = DONE;
	while (count < MOST && outcome != UNCHANGED) {
		size_t size = sizeof changes;
		outcome = doorbell_heed(&d->bell, &bell, &writers[count], changes, &size);
		if (outcome != DONE)
			continue;
		asked[count++] = bell.zone;
		if (size > 0)
			loader_hear(&d->loader, bell.from, bell.revision, changes, size);
		wanted = bell.revision > wanted ? bell.revision : wanted;
	}
	if (count > 0 && wanted > d->loader.revision)
		loader_hear(&d->loader, 0, wanted, NULL, 0);
	else if (count > 0 && wanted == 0) /* somebody wants to know how far we are */
		loader_follow(&d->loader);
	for (int i = 0; i < count; i++)
		answer_bell(d, writers[i], &asked[i]);
}

static bool take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;
	while (read(d->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo != SIGHUP)
			return false;
		log_notice("reloading");
		reread_settings(d);
		loader_reload(&d->loader);
	}
	return true;
}

/* What the main thread does each time. */
static void follow_once(struct daemon *d, bool rung, int64_t *looked)
{
	int64_t now = clock_ticks();
	if (now - *looked >= POLL || !rung) {
		loader_follow(&d->loader);
		*looked = now;
	}
	rekey_all(&d->loader);
	loader_anchor(&d->loader);
	loader_reclaim(&d->loader);
}

/* The main loop. It looks at the registry every few milliseconds even without a ring, for not all writers ring. True when
 * it ends because a successor serves. */
static bool follow(struct daemon *d)
{
	int64_t looked = 0;
	for (;;) {
		struct pollfd ready[] = { { .fd = d->bell.epoll, .events = POLLIN }, { .fd = d->signals, .events = POLLIN },
			{ .fd = d->takeover.place.fd, .events = POLLIN }, { .fd = d->takeover.successor, .events = POLLIN },
			{ .fd = d->predecessor, .events = POLLIN } };
		ready_wait(ready, sizeof ready / sizeof ready[0], POLL);
		if (ready[1].revents != 0 && !take_signals(d))
			return false;
		if (ready[0].revents != 0)
			take_bells(d);
		follow_once(d, ready[0].revents != 0, &looked);
		doorbell_keep(&d->bell);
		takeover_keep(&d->takeover);
		supervise_alive(d);
		if ((ready[2].revents | ready[3].revents | ready[4].revents) != 0 && replace_heed(d))
			return true;
	}
}

/* Serves to the end those that are connected, whose answers are as fresh as ever. */
static void finish(struct daemon *d)
{
	struct pollfd signals = { .fd = d->signals, .events = POLLIN };
	int64_t looked = 0, most = clock_ticks() + TAKEOVER_FINISH;
	log_notice("replaced: what is in hand is finished");
	while (replace_busy(d) && clock_ticks() < most) {
		ready_wait(&signals, 1, POLL);
		if (signals.revents != 0 && !take_signals(d))
			return;
		follow_once(d, false, &looked);
	}
}

static void say_ready(const struct daemon *d)
{
	const struct snapshot *snapshot = view_snapshot(&d->view);
	log_notice("ready listen=\"%s\" revision=%" PRId64 " zones=%zu hosts=%zu pools=%zu",
		d->settings.listen, d->loader.revision, snapshot->zone_count, d->view.hosts->count,
		snapshot->pools.count);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct error e;
	log_start("windsock-dnsd");
	d.argc = argc;
	d.argv = argv;
	int outcome = options_read(&settings_dnsd, argc, argv, &d.settings, &d.arena, &e), ready = -1;
	if (outcome == OPTIONS_SHOWN)
		return 0;
	if (outcome == DONE && d.settings.background)
		outcome = background_enter(&ready, &e);
	if (outcome == DONE) {
		log_limit((enum log_level)d.settings.log_level);
		outcome = start(&d, &e);
	}
	if (outcome != DONE) {
		log_error("%s", e.text);
		_exit(outcome == REFUSED ? 2 : 1); /* some threads may run by now: nothing is taken down under them */
	}
	replace_predecessor(&d);
	say_ready(&d);
	supervise_ready(&d);
	if (ready >= 0)
		background_ready(ready);
	if (follow(&d))
		finish(&d);
	else
		service_stopping();
	stop_workers(&d);
	collector_stop(&d.collector);
	doorbell_unlisten(&d.bell);
	replace_end(&d);
	loader_stop(&d.loader);
	stop_signers(&d);
	free(d.udp);
	secret_forget(&d.keys, sizeof d.keys);
	secret_forget(&d.shared.cookies, sizeof d.shared.cookies);
	arena_free(&d.arena);
	log_notice("stopped");
	return 0;
}
