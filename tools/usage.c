/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and options found among the brackets of a usage. */
#include "tools/usage.h"

#include <string.h>

/* The octets of a token, which may have brackets of its own, as NAME[=ADDRESS], but not the dots that say "several". */
static size_t token(const char *at)
{
	size_t length = 0;
	int depth = 0;
	for (; at[length] != '\0' && at[length] != ' '; length++) {
		depth += at[length] == '[';
		depth -= at[length] == ']';
		if (depth < 0)
			break;
	}
	while (length > 0 && at[length - 1] == '.')
		length--;
	return length;
}

bool usage_next(const char **usage, struct usage_part *part)
{
	const char *at = *usage + strspn(*usage, " []|.");
	*part = (struct usage_part){ .option = strncmp(at, "--", 2) == 0 };
	at += part->option ? 2 : 0;
	part->text = at;
	part->length = token(at);
	at += part->length;
	if (part->option && *at == ' ' && strchr(" []|-", at[1]) == NULL) {
		part->value = at + 1;
		part->value_length = token(at + 1);
		at += 1 + part->value_length;
	}
	*usage = at;
	return part->length > 0;
}

bool usage_option(const char *usage, const char *name, struct usage_part *part)
{
	size_t length = strlen(name);
	while (usage_next(&usage, part))
		if (part->option && part->length == length && memcmp(part->text, name, length) == 0)
			return true;
	return false;
}

bool usage_word(const char *usage, size_t number, struct usage_part *part)
{
	while (usage_next(&usage, part))
		if (!part->option && number-- == 0)
			return true;
	return false;
}

bool usage_is_choice(const char *text, size_t length)
{
	bool several = false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] >= 'A' && text[i] <= 'Z')
			return false;
		several |= text[i] == '|';
	}
	return several;
}
