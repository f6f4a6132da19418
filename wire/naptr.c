/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an expression as BIND does, which refuses zones for what it doesn't take (tests/func/test_rdata.py compares them). */
#include "wire/naptr.h"

#include <string.h>

enum { STRING_MOST = 255, REPEAT_MOST = 255 };

/* An extended regular expression, read from the left. */
struct reader {
	const char *at, *end;
	int groups, depth;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool sees(const struct reader *r, char c)
{
	return r->at < r->end && *r->at == c;
}

/* {M}, {M,} or {M,N}; a brace without a digit stands for itself. */
static bool sees_repeat(const struct reader *r)
{
	return sees(r, '{') && r->at + 1 < r->end && is_digit(r->at[1]);
}

static int read_number(struct reader *r)
{
	int number = 0;
	while (r->at < r->end && is_digit(*r->at) && number <= REPEAT_MOST)
		number = number * 10 + *r->at++ - '0';
	return number;
}

static bool read_repeat(struct reader *r)
{
	r->at++;
	int least = read_number(r), most = least;
	if (sees(r, ',')) {
		r->at++;
		most = r->at < r->end && is_digit(*r->at) ? read_number(r) : REPEAT_MOST;
	}
	return least <= most && most <= REPEAT_MOST && sees(r, '}') && r->at++ != NULL;
}

/* A class, an equivalence or a collating element: [:NAME:], [=C=], [.NAME.]. */
static bool read_named(struct reader *r)
{
	static const char *const classes[] = { "alpha", "digit", "alnum", "upper", "lower", "blank", "space", "punct", "print",
		"graph", "cntrl", "xdigit" };
	char kind = r->at[1];
	const char *name = r->at + 2, *end = name;
	while (end + 1 < r->end && !(end[0] == kind && end[1] == ']'))
		end++;
	if (end + 1 >= r->end || end == name)
		return false;
	r->at = end + 2;
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strlen(classes[i]) == (size_t)(end - name) && memcmp(classes[i], name, (size_t)(end - name)) == 0)
			return true;
	return kind != ':';
}

/* [...], behind its first bracket; one that closes stands for itself if it is the first. */
static bool read_bracket(struct reader *r)
{
	if (sees(r, '^'))
		r->at++;
	for (bool first = true; r->at < r->end; first = false) {
		if (*r->at == ']' && !first)
			return r->at++ != NULL;
		bool named = *r->at == '[' && r->at + 1 < r->end && strchr(":=.", r->at[1]) != NULL;
		if (named && !read_named(r))
			return false;
		if (named)
			continue;
		char from = *r->at++;
		if (sees(r, '-') && r->at + 1 < r->end && r->at[1] != ']') {
			if ((unsigned char)r->at[1] < (unsigned char)from)
				return false;
			r->at += 2;
		}
	}
	return false;
}

static bool read_branches(struct reader *r);

/* Reads one atom. *FIXED tells that it is ^ or $, which stand for a place and not for a character, so that nothing may
 * repeat it. */
static bool read_atom(struct reader *r, bool *fixed)
{
	char c = *r->at;
	*fixed = c == '^' || c == '$';
	if (strchr("*+?|", c) != NULL || sees_repeat(r))
		return false;
	r->at++;
	if (c == '[')
		return read_bracket(r);
	if (c == '\\') /* a digit refers to a group that began before */
		return r->at < r->end && !(is_digit(*r->at) && (*r->at == '0' || *r->at - '0' > r->groups)) && r->at++ != NULL;
	if (c != '(')
		return true;
	r->groups++;
	r->depth++;
	bool good = read_branches(r) && sees(r, ')') && r->at++ != NULL;
	r->depth--;
	return good;
}

/* Branches with a bar between them, each of one atom at least, each atom repeated once at most; or nothing, in a group. A
 * parenthesis that closes none stands for itself. */
static bool read_branches(struct reader *r)
{
	bool begun = false, bar = false, fixed;
	while (r->at < r->end && !(*r->at == ')' && r->depth > 0)) {
		bar = begun && *r->at == '|';
		begun = !bar;
		if (bar) {
			r->at++;
			continue;
		}
		if (!read_atom(r, &fixed))
			return false;
		bool repeat = sees_repeat(r), repeated = repeat || (r->at < r->end && strchr("*+?", *r->at) != NULL);
		if (repeated && (fixed || !(repeat ? read_repeat(r) : r->at++ != NULL)))
			return false;
	}
	return !bar;
}

/* Where the next delimiter is that no backslash is in front of; NULL when there is none. */
static const char *next_delimiter(const char *at, const char *end, char delimiter)
{
	for (; at < end; at++) {
		if (*at == delimiter)
			return at;
		at += *at == '\\';
	}
	return NULL;
}

/* Whether the replacement refers only to groups that the expression has. */
static bool refers_well(const char *at, const char *end, int groups)
{
	for (; at < end; at++) {
		if (*at != '\\')
			continue;
		if (++at == end || *at == '0' || (is_digit(*at) && *at - '0' > groups))
			return false;
	}
	return true;
}

bool naptr_expression(const char *text, size_t size)
{
	if (size == 0)
		return true;
	char delimiter = *text;
	const char *end = text + size;
	if (size > STRING_MOST || memchr(text, '\0', size) != NULL || delimiter == '\\' || delimiter == 'i'
		|| (delimiter >= '1' && delimiter <= '9'))
		return false;
	const char *second = next_delimiter(text + 1, end, delimiter);
	const char *third = second == NULL ? NULL : next_delimiter(second + 1, end, delimiter);
	if (third == NULL)
		return false;
	for (const char *flag = third + 1; flag < end; flag++)
		if (*flag != 'i')
			return false;
	struct reader r = { text + 1, second, 0, 0 };
	return second > text + 1 && read_branches(&r) && r.at == second && refers_well(second + 1, third, r.groups);
}
