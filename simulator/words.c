/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, dates, times and percentages read from a line. */
#include "simulator/words.h"

#include <stdbool.h>
#include <string.h>

#include "lib/text.h"

/* Takes one word from *REST, without its quotes. *ANY is false at the end of the line. */
static int next_word(const char **rest, struct text *word, bool *any, struct error *e)
{
	const char *at = *rest + strspn(*rest, " \t\r");
	bool quoted = false;
	word->length = 0;
	text_add(word, "");
	*any = *at != '\0' && *at != '#';
	for (; *any && *at != '\0' && (quoted || strchr(" \t\r", *at) == NULL); at++) {
		if (*at == '"')
			quoted = !quoted;
		else
			text_add_part(word, at, 1);
	}
	*rest = at;
	if (word->broken)
		return fail(e, FAILED, "out of memory");
	return quoted ? fail(e, REFUSED, "a quote is not closed") : DONE;
}

/* Keeps a word, or a FIELD=VALUE pair. No word may follow a pair. */
static int keep(struct words *w, char *copy, struct error *e)
{
	char *equals = copy == NULL ? NULL : strchr(copy, '=');
	if (copy == NULL)
		return fail(e, FAILED, "out of memory");
	if (w->count == WORDS_LINE_MOST || w->value_count == WORDS_LINE_MOST)
		return fail(e, REFUSED, "more than %d words", WORDS_LINE_MOST);
	if (equals == NULL && w->value_count > 0)
		return fail(e, REFUSED, "'%.40s': wanted FIELD=VALUE", copy);
	if (equals == NULL) {
		w->word[w->count++] = copy;
		return DONE;
	}
	*equals = '\0';
	for (int i = 0; i < w->value_count; i++)
		if (strcmp(w->name[i], copy) == 0)
			return fail(e, REFUSED, "%.40s stands twice", copy);
	w->name[w->value_count] = copy;
	w->value[w->value_count++] = equals + 1;
	return DONE;
}

int words_read(const char *line, struct arena *arena, struct words *w, struct error *e)
{
	struct text word = { 0 };
	bool any = true;
	int outcome = DONE;
	*w = (struct words){ 0 };
	while (any && outcome == DONE) {
		outcome = next_word(&line, &word, &any, e);
		if (outcome == DONE && any)
			outcome = keep(w, arena_text(arena, word.bytes), e);
	}
	text_free(&word);
	return outcome;
}

const char *words_take(struct words *w, const char *name)
{
	for (int i = 0; i < w->value_count; i++) {
		if (strcmp(w->name[i], name) != 0)
			continue;
		const char *value = w->value[i];
		w->value_count--;
		for (int j = i; j < w->value_count; j++) {
			w->name[j] = w->name[j + 1];
			w->value[j] = w->value[j + 1];
		}
		return value;
	}
	return NULL;
}

void words_shift(struct words *w, int count)
{
	w->count -= count;
	memmove(w->word, w->word + count, (size_t)w->count * sizeof w->word[0]);
}

/* Reads exactly DIGITS digits at *AT and moves it behind them. */
static bool number(const char **at, int digits, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++, (*at)++) {
		if (!ascii_digit(**at))
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. The computation lets years begin in March, so that a leap day is the
 * last of its year. */
static int64_t days_of(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1, m = (month + 9) % 12;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int month_length(int year, int month)
{
	return (int)(month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1));
}

int date_read(const char *text, int64_t *date, struct error *e)
{
	const char *at = text;
	int year, month, day;
	bool good = number(&at, 4, &year) && *at++ == '-' && number(&at, 2, &month) && *at++ == '-'
		&& number(&at, 2, &day) && *at == '\0' && year >= 1970 && month >= 1 && month <= 12 && day >= 1
		&& day <= month_length(year, month);
	*date = good ? days_of(year, month, day) * 86400 : 0;
	return good ? DONE : fail(e, REFUSED, "'%.40s' is no date: wanted YEAR-MONTH-DAY, as 2016-03-01", text);
}

int time_read(const char *text, int64_t *seconds, struct error *e)
{
	const char *at = text;
	int hours, minutes;
	if (!number(&at, 2, &hours) || *at++ != ':' || !number(&at, 2, &minutes) || *at != '\0' || hours > 23
		|| minutes > 59)
		return fail(e, REFUSED, "'%.40s' is no time of day: wanted HOURS:MINUTES, as 09:30", text);
	*seconds = hours * 3600 + minutes * 60;
	return DONE;
}

static char *put(char *at, int value, int digits)
{
	for (int i = digits; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + digits;
}

void date_write(int64_t date, char *text)
{
	int64_t days = date / 86400;
	int year = 1970, month = 1;
	while (year < 9999 && days_of(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	int day = (int)(days - days_of(year, month, 1)) + 1;
	text = put(text, year, 4);
	*text++ = '-';
	text = put(text, month, 2);
	*text++ = '-';
	*put(text, day, 2) = '\0';
}

int percent_read(const char *text, int64_t *share, struct error *e)
{
	const char *at = text;
	int64_t whole = 0, hundredths = 0, unit = 10;
	bool good = ascii_digit(*at);
	for (; ascii_digit(*at) && whole <= 100; at++)
		whole = whole * 10 + (*at - '0');
	if (*at == '.')
		for (at++; ascii_digit(*at) && unit > 0; at++, unit /= 10)
			hundredths += unit * (*at - '0');
	if (*at == '%')
		at++;
	*share = whole * 100 + hundredths;
	if (!good || *at != '\0' || *share > 10000)
		return fail(e, REFUSED, "'%.40s' is no share: wanted a percentage from 0 to 100, as 12.5%%", text);
	return DONE;
}
