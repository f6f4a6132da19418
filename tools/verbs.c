/* SPDX-License-Identifier: BSD-2-Clause */
/* The nouns' tables one behind the other. */
#include "tools/verbs.h"

#include <stdio.h>
#include <string.h>

static const struct verb *const tables[] = { registry_verbs, zone_verbs, record_verbs, relay_verbs, release_verbs, pool_verbs, account_verbs,
	host_verbs, dnssec_verbs, tsig_verbs, secondary_verbs, config_verbs };

/* --telemetry is for all whose effect is weighed, and what is planned is. */
const char verbs_common[] = "[--registry FILE] [--config FILE] [--json] [--dry-run] [--plan HASH] [--reason TEXT] [--force] "
	"[--help] [--version] [--telemetry FILE]...";

const struct verb *verbs_at(size_t number)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct verb *v = tables[i]; v->noun != NULL; v++)
			if (number-- == 0)
				return v;
	return NULL;
}

const struct verb *verbs_find(const char *noun, const char *name)
{
	const struct verb *v;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		if (strcmp(v->noun, noun) == 0 && strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

bool verbs_have_noun(const char *noun)
{
	const struct verb *v;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		if (strcmp(v->noun, noun) == 0)
			return true;
	return false;
}

/* A list may be named as its field is, --addresses for --address, and then has all of its members in one value. */
static bool list_option(const struct verb *v, const char *name, struct usage_part *part)
{
	size_t length = strlen(name);
	const struct kind *kind = model_kind(v->noun);
	if (kind == NULL || kind_field(kind, name, length) == NULL)
		return false;
	for (const char *usage = v->usage; usage_next(&usage, part);)
		if (part->option && part->length < length && memcmp(part->text, name, part->length) == 0
			&& (strcmp(name + part->length, "s") == 0 || strcmp(name + part->length, "es") == 0))
			return true;
	return false;
}

bool verbs_option(const struct verb *v, const char *name, struct usage_part *part)
{
	return (v != NULL && usage_option(v->usage, name, part)) || usage_option(verbs_common, name, part)
		|| (v != NULL && list_option(v, name, part));
}

const char *verb_text(const struct verb *v, char *text)
{
	snprintf(text, VERB_TEXT, "%s%s%s", v->noun, *v->name == '\0' ? "" : " ", v->name);
	return text;
}

const char *verb_summary(const struct verb *v, char *text)
{
	size_t length = 0, shorter = 0;
	for (const char *at = v->help; *at != '\0' && length < SUMMARY_TEXT - 1; at++) {
		bool ends = strchr(" \n", at[1]) != NULL; /* at the end of the text, too */
		if (strchr(".;:", *at) != NULL && ends)
			break;
		if (length <= SUMMARY_MOST && ((*at == ',' && ends) || (*at == ' ' && at[1] == '(')))
			shorter = length;
		text[length++] = *at == '\n' ? ' ' : *at;
	}
	text[length > SUMMARY_MOST && shorter > 0 ? shorter : length] = '\0';
	return text;
}
