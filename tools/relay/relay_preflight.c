/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock relay preflight`: which pools a machine would serve if it came into service as a relay. windsock-prober looks
 * at the machine, and steering decides as if it were in service. */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "registry/fleet.h"
#include "steering/steering.h"
#include "tools/relay/relay.h"
#include "tools/table.h"

extern char **environ;

enum { SAID_MOST = 65536 };

struct preflight {
	const char *address;
	struct relay relay;
	struct observation seen;
	bool asked;  /* the prober looked at it; else --tls says what it speaks */
	bool known;  /* the registry has a relay with this address */
	struct fleet fleet;
	struct offer *offers;
	size_t at;   /* the relay's place in the fleet */
};

/* Finds windsock-prober: beside this program, where `make install` puts it, or in PATH. */
static const char *find_prober(struct command *c)
{
	static const char *const places[] = { "windsock-prober", "../sbin/windsock-prober" };
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	self[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(self, '/');
	for (size_t i = 0; slash != NULL && i < sizeof places / sizeof places[0]; i++) {
		const char *path = arena_format(&c->arena, "%.*s/%s", (int)(slash - self), self, places[i]);
		if (path != NULL && access(path, X_OK) == 0)
			return path;
	}
	return "windsock-prober";
}

static int start(struct command *c, const struct preflight *p, int out, pid_t *child, struct error *e)
{
	const char *config = option(c, "config"), *program = find_prober(c);
	const char *port = arena_format(&c->arena, "%lld", (long long)p->relay.port);
	const char *words[] = { program, "--registry", c->registry_path, "--log-level", "3", "--ask", p->address,
		"--port", port, config == NULL ? NULL : "--config", config, NULL };
	char *arguments[sizeof words / sizeof words[0]];
	memcpy(arguments, words, sizeof words); /* which posix_spawn does not change */
	posix_spawn_file_actions_t actions;
	if (port == NULL || posix_spawn_file_actions_init(&actions) != 0)
		return fail(e, FAILED, "out of memory");
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	int fault = posix_spawnp(child, program, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return fault == 0 ? DONE : fail(e, FAILED, "%s: %s", program, strerror(fault));
}

static void read_all(int from, struct text *said)
{
	char bytes[4096];
	for (ssize_t got; (got = read(from, bytes, sizeof bytes)) != 0;) {
		if (got < 0 && errno != EINTR)
			return;
		if (got > 0 && said->length < SAID_MOST)
			text_add_part(said, bytes, (size_t)got);
	}
}

static int await(pid_t child, struct error *e)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return fail(e, FAILED, "windsock-prober: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? DONE
		: fail(e, FAILED, "windsock-prober did not look");
}

/* Reads the prober's output: on each line, one field of an observation. */
static int take_findings(struct command *c, struct preflight *p, const char *said, struct error *e)
{
	size_t length;
	int outcome = row_standard(&observation_kind, &p->seen, &c->arena, e);
	for (const char *line; outcome == DONE && (line = text_word(&said, "\n", &length)) != NULL;) {
		size_t name = strcspn(line, " \n");
		const struct field *f = kind_field(&observation_kind, line, name);
		char *value = arena_text_part(&c->arena, line + name + (name < length), length - name - (name < length));
		if (value == NULL)
			return fail(e, FAILED, "out of memory");
		if (f != NULL && (f->flags & FIELD_KEY) == 0 && *value != '\0' && strcmp(value, "never") != 0)
			outcome = field_read(f, value, &p->seen, &c->arena, e);
	}
	p->seen.relay = p->relay.name;
	p->seen.observer = "preflight";
	p->seen.at = clock_date();
	return outcome;
}

static int ask(struct command *c, struct preflight *p, struct error *e)
{
	int ends[2];
	pid_t child;
	struct text said = { 0 };
	if (pipe(ends) != 0)
		return fail(e, FAILED, "pipe: %s", strerror(errno));
	int outcome = start(c, p, ends[1], &child, e);
	close(ends[1]);
	if (outcome == DONE) {
		read_all(ends[0], &said);
		outcome = await(child, e);
	}
	close(ends[0]);
	if (outcome == DONE)
		outcome = take_findings(c, p, said.bytes == NULL ? "" : said.bytes, e);
	text_free(&said);
	return outcome;
}

static bool holds(const char *addresses, const struct address *wanted)
{
	struct address address;
	while (address_next(&addresses, &address))
		if (address_equal(&address, wanted))
			return true;
	return false;
}

/* Reads the fleet, and finds the relay that has the address; or adds one for it. */
static int read_fleet(struct command *c, struct preflight *p, struct error *e)
{
	struct address wanted;
	size_t refused;
	int outcome = registry_open(c->registry_path, REGISTRY_READ, &c->registry, e);
	if (outcome == DONE)
		outcome = registry_freeze(c->registry, e);
	if (outcome == DONE)
		outcome = registry_fleet(c->registry, &c->arena, &p->fleet, &refused, e);
	if (c->registry != NULL)
		registry_rollback(c->registry); /* looking at the machine may take long */
	if (outcome == DONE && !address_read(p->address, strlen(p->address), &wanted))
		outcome = fail(e, REFUSED, "'%s' is not an IPv4 or IPv6 address", p->address);
	if (outcome == DONE)
		outcome = row_standard(&relay_kind, &p->relay, &c->arena, e);
	if (outcome != DONE)
		return outcome;
	p->relay.name = "preflight";
	for (size_t i = 0; i < p->fleet.relay_count && !p->known; i++)
		if (holds(p->fleet.relays[i].addresses, &wanted)) {
			p->known = true;
			p->relay = p->fleet.relays[i];
		}
	return p->known ? DONE : set_field(c, &relay_kind, &p->relay, "addresses", p->address, e);
}

static int take_options(struct command *c, struct preflight *p, struct error *e)
{
	const char *port = option(c, "port"), *tls = option(c, "tls");
	int outcome = port == NULL ? DONE : set_field(c, &relay_kind, &p->relay, "port", port, e);
	if (outcome == DONE && tls != NULL)
		outcome = set_field(c, &relay_kind, &p->relay, "tls", tls, e);
	p->asked = tls == NULL;
	return outcome == DONE ? options_done(c, e) : outcome;
}

/* Puts the relay into the fleet as one in service, with only the observation that was just made. */
static int admit(struct command *c, struct preflight *p, struct error *e)
{
	const struct fleet was = p->fleet;
	struct fleet *is = &p->fleet;
	is->relays = arena_take(&c->arena, (was.relay_count + 1) * sizeof *is->relays);
	is->observations = arena_take(&c->arena, (was.observation_count + 1) * sizeof *is->observations);
	if (is->relays == NULL || is->observations == NULL)
		return fail(e, FAILED, "out of memory");
	size_t r = 0, o = 0;
	is->relay_count = is->observation_count = 0;
	while (r < was.relay_count && strcmp(was.relays[r].name, p->relay.name) < 0)
		is->relays[is->relay_count++] = was.relays[r++];
	while (o < was.observation_count && strcmp(was.observations[o].relay, p->relay.name) < 0)
		is->observations[is->observation_count++] = was.observations[o++];
	p->at = is->relay_count;
	p->relay.state = RELAY_SERVICE;
	is->relays[is->relay_count++] = p->relay;
	if (p->asked)
		is->observations[is->observation_count++] = p->seen;
	for (; r < was.relay_count; r++)
		if (strcmp(was.relays[r].name, p->relay.name) != 0)
			is->relays[is->relay_count++] = was.relays[r];
	for (; o < was.observation_count; o++)
		if (strcmp(was.observations[o].relay, p->relay.name) != 0)
			is->observations[is->observation_count++] = was.observations[o];
	return steering_offers(is, &c->arena, &p->offers, e);
}

static const char *seen_text(struct command *c, const struct preflight *p, const char *name)
{
	struct text out = { 0 };
	field_write(kind_field(&observation_kind, name, strlen(name)), &p->seen, &out);
	const char *copy = arena_text(&c->arena, out.length == 0 ? "-" : out.bytes);
	text_free(&out);
	return copy == NULL ? "?" : copy;
}

static void print_seen(struct command *c, const struct preflight *p)
{
	static const char *const names[] = { "health", "tls", "pings", "names", "expires", "certificate", "reason" };
	fprintf(c->out, "%s port %lld%s%s\n", p->address, (long long)p->relay.port, p->known ? ", relay " : "",
		p->known ? p->relay.name : "");
	for (size_t i = 0; p->asked && i < sizeof names / sizeof names[0]; i++)
		fprintf(c->out, "%s: %s\n", names[i], seen_text(c, p, names[i]));
	fputc('\n', c->out);
}

static json_t *seen_json(const struct preflight *p)
{
	json_t *object = json_pack("{s:s, s:I, s:o}", "address", p->address, "port", (json_int_t)p->relay.port,
		"relay", p->known ? json_string(p->relay.name) : json_null());
	json_object_set_new(object, "observed", p->asked ? row_json(&observation_kind, &p->seen) : json_null());
	return object;
}

static int show(struct command *c, const struct preflight *p, struct error *e)
{
	struct table_print table = { .heads = { "pool", "", "why" }, .columns = 3 };
	struct arena scratch = { 0 };
	json_t *pools = json_array();
	int outcome = DONE;
	for (size_t i = 0; i < p->fleet.pool_count && outcome == DONE; i++) {
		struct membership m;
		const struct pool *pool = &p->fleet.pools[i];
		outcome = steering_pool(&p->fleet, p->offers, pool, &scratch, &m, e);
		if (outcome != DONE)
			break;
		const char *why = steering_reason(&m, &m.seats[p->at], &scratch);
		table_cell(&table, pool->label);
		table_cell(&table, m.seats[p->at].in ? "in" : "out");
		table_cell(&table, why == NULL ? "?" : why);
		json_array_append_new(pools, json_pack("{s:s, s:b, s:s}", "label", pool->label, "in",
			m.seats[p->at].in, "why", why == NULL ? "?" : why));
		arena_free(&scratch);
	}
	arena_free(&scratch);
	if (outcome == DONE && c->json) {
		json_t *object = seen_json(p);
		json_object_set(object, "pools", pools);
		print_json(c, object);
	} else if (outcome == DONE) {
		print_seen(c, p);
		table_end(c, &table);
	}
	json_decref(pools);
	text_free(&table.cells);
	return outcome;
}

int relay_preflight(struct command *c, struct error *e)
{
	struct preflight p = { .address = c->words[0] };
	int outcome = read_fleet(c, &p, e);
	if (outcome == DONE)
		outcome = take_options(c, &p, e);
	if (outcome == DONE && p.asked)
		outcome = ask(c, &p, e);
	if (outcome == DONE)
		outcome = admit(c, &p, e);
	if (outcome == DONE)
		outcome = show(c, &p, e);
	if (p.seen.health == HEALTH_DOWN)
		c->status = STATUS_FAILED; /* nobody is there */
	return outcome;
}
