/* SPDX-License-Identifier: BSD-2-Clause */
/* All counters and gauges as Prometheus' text. */
#include "updater/metrics.h"

#include "lib/clock.h"
#include "updater/grant.h"
#include "updater/reply.h"

static void add_value(struct text *out, const char *name, const char *type, const char *help,
	uint64_t value)
{
	text_addf(out, "# HELP windsock_updater_%s %s\n# TYPE windsock_updater_%s %s\n"
		"windsock_updater_%s %llu\n", name, help, name, type, name, (unsigned long long)value);
}

static void add_codes(struct text *out, const struct counters *c)
{
	static const char *const apis[] = { "dyndns2", "pagekite" };
	text_add(out, "# HELP windsock_updater_updates_total Hosts asked to be updated, by what they were "
		"answered.\n# TYPE windsock_updater_updates_total counter\n");
	for (int api = 0; api < 2; api++)
		for (int code = 0; code < CODE_COUNT; code++)
			text_addf(out, "windsock_updater_updates_total{api=\"%s\",code=\"%s\"} %llu\n",
				apis[api], code_words[code], (unsigned long long)c->codes[api][code]);
}

static void add_replies(struct text *out, const struct counters *c)
{
	text_add(out, "# HELP windsock_updater_replies_total Replies by the class of their status.\n"
		"# TYPE windsock_updater_replies_total counter\n");
	for (int i = 2; i < 6; i++)
		text_addf(out, "windsock_updater_replies_total{status=\"%dxx\"} %llu\n", i,
			(unsigned long long)c->replies[i]);
}

/* Handshakes by the version that was agreed upon, and when the certificates end. */
static void add_tls(struct text *out, const struct updater *u)
{
	char version[TLS_TEXT];
	text_add(out, "# HELP windsock_updater_tls_handshakes_total TLS handshakes that came to an end, by version.\n"
		"# TYPE windsock_updater_tls_handshakes_total counter\n");
	for (int i = 1; i < TLS_VERSIONS; i++) {
		tls_write((tls_set)(1u << i), version);
		text_addf(out, "windsock_updater_tls_handshakes_total{version=\"%s\"} %llu\n", version,
			(unsigned long long)u->counters.tls[i]);
	}
	text_add(out, "# HELP windsock_updater_certificate_expires_seconds When a certificate does.\n"
		"# TYPE windsock_updater_certificate_expires_seconds gauge\n");
	for (size_t i = 0; i < u->certificates->count; i++) {
		const struct certificate *one = u->certificates->list[i];
		if (one->expires != 0)
			text_addf(out, "windsock_updater_certificate_expires_seconds{file=\"%s\"} %lld\n", one->file,
				(long long)one->expires);
	}
	add_value(out, "certificates_troubled", "gauge", "Certificates whose files are of no use as they are.",
		certificates_troubled(u->certificates));
}

static void add_counters(struct text *out, const struct counters *c)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{ "connections_total", "Connections accepted.", c->connections },
		{ "connections_refused_total", "Connections refused for their number.",
			c->connections_refused },
		{ "connections_slow_total", "Connections closed for taking too long.", c->slow_closed },
		{ "connections_evicted_total", "Connections closed to make room for newer ones.", c->evicted },
		{ "requests_total", "Requests that were well-formed.", c->requests },
		{ "requests_malformed_total", "Requests refused for their form.", c->malformed },
		{ "requests_limited_total", "Requests refused for coming too often.", c->limited },
		{ "authentication_failures_total", "Wrong credentials and signatures.", c->faults },
		{ "tls_resumed_total", "TLS handshakes that resumed a session.", c->tls_resumed },
		{ "tls_failed_total", "TLS handshakes that failed.", c->tls_failed },
		{ "dns_updates_total", "UPDATEs that name servers forwarded (RFC 2136).", c->forwarded },
		{ "batches_total", "Groups of requests taken together.", c->batches },
		{ "batch_requests_total", "Requests in them.", c->batch_requests },
		{ "commits_total", "Transactions committed.", c->commits },
		{ "batch_failures_total", "Groups that the registry could not take.", c->commit_failures },
		{ "listings_total", "Times that the pools were computed for relays.txt.", c->listings },
		{ "unacknowledged_total", "Replies sent before dnsd said that it serves them.",
			c->unacknowledged },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		add_value(out, rows[i].name, "counter", rows[i].help, rows[i].value);
	text_addf(out, "# HELP windsock_updater_commit_seconds_total Time spent committing.\n"
		"# TYPE windsock_updater_commit_seconds_total counter\n"
		"windsock_updater_commit_seconds_total %.6f\n", (double)c->commit_micros / 1e6);
}

static void add_gauges(struct text *out, const struct updater *u)
{
	add_value(out, "connections", "gauge", "Connections open.", u->counters.open);
	add_value(out, "leases", "gauge", "Relays with a running lease.", u->leases.count);
	add_value(out, "registry_open", "gauge", "Whether the registry can be reached.",
		u->access.registry != NULL);
	add_value(out, "revision", "gauge", "The newest revision committed here.", (uint64_t)u->transaction.revision);
	add_value(out, "dnsd_revision", "gauge", "The newest revision that dnsd said it serves.",
		(uint64_t)u->bell.heard.revision);
	add_value(out, "dnsd_signatures", "gauge", "Signatures that dnsd said it made for answers.",
		(uint64_t)u->bell.heard.signatures);
	add_value(out, "dnsd_unsigned", "gauge", "Answers for which it had no budget of signatures.",
		(uint64_t)u->bell.heard.unsigned_);
	add_value(out, "dnsd_samples", "gauge", "Answers of pools that were what was signed ahead, for it had none for another one.",
		(uint64_t)u->bell.heard.samples);
	add_value(out, "dnsd_journal_octets", "gauge", "What changed in signed zones, which it keeps for IXFR.",
		(uint64_t)u->bell.heard.journal_octets);
	add_value(out, "start_time_seconds", "gauge", "When it was started.", (uint64_t)u->counters.started_date);
	text_addf(out, "# HELP windsock_updater_info The version.\n# TYPE windsock_updater_info gauge\n"
		"windsock_updater_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
}

int metrics_show(struct updater *u, struct exchange *x, struct error *e)
{
	struct text out = { 0 };
	if (!grant_monitor(&u->settings, &x->request)) {
		reply_problem(x, 403, "monitors only", NULL);
		return DONE;
	}
	add_codes(&out, &u->counters);
	add_replies(&out, &u->counters);
	add_counters(&out, &u->counters);
	add_gauges(&out, u);
	if (u->certificates != NULL)
		add_tls(&out, u);
	const char *text = out.broken ? NULL : arena_text(&x->arena, out.bytes);
	text_free(&out);
	if (text == NULL)
		return fail(e, FAILED, "out of memory");
	reply_text(x, 200, text);
	x->reply.type = "text/plain; version=0.0.4; charset=utf-8";
	return DONE;
}
