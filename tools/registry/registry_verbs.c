/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of verbs that concern the registry as a whole, and those that are small: init, and `plan` itself. */
#include <string.h>

#include "lib/secret.h"
#include "lib/place.h"
#include "tools/command.h"
#include "tools/registry/registry_verbs.h"

/* A registry that is made where another one was served. */
static int lead_on(struct command *c, struct error *e)
{
	int outcome = registry_begin(c->registry, e);
	if (outcome == DONE)
		outcome = mend_serials(c, e);
	if (outcome == DONE)
		outcome = registry_commit(c->registry, e);
	registry_rollback(c->registry);
	return outcome;
}

/* Makes the registry and its key, or brings an older one up to date. */
static int verb_init(struct command *c, struct error *e)
{
	struct error why;
	const char *key = place_path(&c->arena, c->registry_path, PLACE_KEYS);
	int outcome = options_done(c, e);
	if (outcome == DONE && c->dry_run)
		return fail(e, REFUSED, "init has no --dry-run: it makes files");
	if (outcome == DONE)
		outcome = registry_open(c->registry_path, REGISTRY_CREATE, &c->registry, e);
	if (outcome != DONE)
		return outcome;
	outcome = lead_on(c, e);
	if (outcome != DONE)
		return outcome;
	say(c, "registry %s is ready", c->registry_path);
	outcome = keys_make(key, c->registry_path, &why);
	if (outcome == DONE)
		say(c, "key file %s made: keep a copy apart from the registry's", key);
	else if (outcome != EXISTS)
		return fail(e, outcome, "%s", why.text);
	return DONE;
}

/* The words after `plan` are a verb's own, taken off before any verb is looked for. */
static int verb_plan(struct command *c, struct error *e)
{
	(void)c;
	return fail(e, REFUSED, "what shall be planned? See 'windsock plan --help'");
}

const struct verb registry_verbs[] = {
	{ "plan", "", 0, 0, WORDS_MOST, "VERB ...",
		"Shows what a change would do, before it is done: each pool's members before and after, healthy\n"
		"ones, N-1, the part of its answers that moves, pools left thin or empty, clients stranded; and a\n"
		"hash. The change with --plan HASH is refused when the registry has moved since.",
		"plan relay drain r1", verb_plan },
	{ "init", "", 0, 0, 0, "", "Makes an empty registry and its key file, or brings an older registry "
		"up to date.", "init --registry /var/lib/windsock/registry.db", verb_init },
	{ "status", "", 0, 0, 0, "[--telemetry FILE]...",
		"Shows the registry, the name server, pools and relays that want a look, labels asked for "
		"today that nobody defined, and relays' sessions by client version.",
		"status", verb_status },
	{ "check", "", 0, 0, 0, "[--server ADDR[:PORT]]...", "The same for monitoring plugins: one line first; 0 OK, 1 WARNING, "
		"2 CRITICAL, 3 UNKNOWN.", "check", verb_check },
	{ "coverage", "", VERB_READS, 0, 0, "[--telemetry FILE]...",
		"Shows which release finds which relay, the weakest pools first and how many client networks asked\n"
		"for each, and what old TLS versions are kept for.", "coverage", verb_coverage },
	{ "log", "", VERB_READS, 0, 0,
		"[--kind KIND] [--name NAME] [--actor WHO] [--since TIME] [--until TIME] [--after REVISION] [--limit N] [--follow]",
		"Shows the change log: who changed what, when, from where and why, and of each object the fields that changed.\n"
		"NAME is the object's, or one that it is found by, as a rule's relay. TIME is a date, or how long ago. With --limit the\n"
		"newest N; --follow goes on with what comes, until it is interrupted.", "log --name r1 --since 2d", verb_log },
	{ "revert", "", VERB_CHANGES | VERB_STEERS | VERB_ZONES | VERB_HOSTS | VERB_BULK, 1, 1, "REVISION",
		"Takes back what the act of a revision changed, all of it, and nothing that was changed since. Refused when somebody\n"
		"changed the same later, and when it wants secrets, which the log does not hold. A revert can be reverted.",
		"revert 1796093144", verb_revert },
	{ "forecast", "", VERB_READS, 0, 1, "[LABEL | --tls] [--telemetry FILE]...",
		"Says when nobody will ask for a pool any more, by the distinct networks of each day, or that "
		"it is not declining; with --tls, when nobody will speak a version of TLS to windsock-updater. Files of other name servers are named with --telemetry, this one's as "
		"well.", "forecast fe4_058", verb_forecast },
	{ "export", "", VERB_READS, 0, 0, "[--declared]",
		"Prints the whole registry as text, a line an object; with --declared what operators decide alone, without secrets, as\n"
		"'import --replace' takes it back: to be kept under version control.", "export --declared >fleet.txt", verb_export },
	{ "import", "", VERB_CHANGES | VERB_STEERS | VERB_ZONES | VERB_HOSTS | VERB_BULK, 0, 1, "[FILE] [--replace]",
		"Adds or changes what each line says (standard input without FILE); all or nothing. What a line does not say is as for a\n"
		"new object, but secrets stay. With --replace the file says all that there is: what it lacks is removed, and each\n"
		"difference is shown, with --dry-run before anything is done. Hosts, what was observed, and secrets stay, unless a line\n"
		"'declares host secrets' says otherwise.",
		"import --replace fleet.txt --dry-run", verb_import },
	{ "backup", "", VERB_READS, 1, 1, "DIR [--keys DIR]",
		"Copies the registry, its key file, the keys of signed zones, and telemetry to a new folder, as they are at one\n"
		"moment, while all goes on.", "backup /var/backups/windsock-2027-03-01", verb_backup },
	{ "restore", "", 0, 1, 1, "DIR [--keys DIR]",
		"Puts a backup where there is no registry. Its serials start ahead of what was served since, so that secondaries\n"
		"and resolvers take it. Nothing is written over.", "restore /var/backups/windsock-2027-03-01", verb_restore },
	{ "complete", "", 0, 0, WORDS_MOST, "[-- WORD...]",
		"Prints what the last word may become, and a word about each, for shells that complete command lines.",
		"complete -- relay dr", verb_complete },
	{ "simulate", "", 0, 1, 1, "SCENARIO [--days] [--seed N]",
		"Runs a scenario in virtual time: clients, relays and an operator's actions, through the real\n"
		"steering; and reports who could connect, who was stranded and why, and the relays' load: for the\n"
		"days on which something changed, or with --days for all. The registry is not looked at. Exit\n"
		"status 3 when a client was stranded though a compatible relay existed.",
		"simulate examples/migration-2016.scenario", verb_simulate },
	{ 0 },
};
