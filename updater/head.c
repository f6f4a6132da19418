/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the head of a request, strictly. */
#include "updater/head.h"

#include <string.h>
#include <strings.h>

#include "lib/text.h"

enum { BAD_REQUEST = 400, TOO_LARGE = 413, TOO_LONG = 414, TOO_MANY = 431, BAD_VERSION = 505 };

size_t head_end(const char *bytes, size_t size, size_t *seen)
{
	for (const char *end; (end = memchr(bytes + *seen, '\n', size - *seen)) != NULL;) {
		size_t start = *seen, length = (size_t)(end - bytes) - start;
		*seen = start + length + 1;
		bool ended = length > 0 && end[-1] == '\r';
		if (!ended || length == 1)
			return *seen;
	}
	return 0;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!ascii_letter(text[i]) && !ascii_digit(text[i])
			&& (text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
			return false;
	return size > 0;
}

static bool is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 127)
			return false;
	return true;
}

static bool is(struct piece name, const char *other)
{
	return strlen(other) == name.size && strncasecmp(name.at, other, name.size) == 0;
}

/* METHOD SP TARGET SP VERSION. */
static int read_first(char *line, size_t size, struct head *head, struct error *e)
{
	char *space = memchr(line, ' ', size), *end = line + size;
	char *last = space == NULL ? NULL : memchr(space + 1, ' ', (size_t)(end - space) - 1);
	if (last == NULL || last == space + 1 || !is_token(line, (size_t)(space - line)))
		return fail(e, BAD_REQUEST, "the request line is not METHOD SP TARGET SP VERSION");
	size_t version = (size_t)(end - last) - 1;
	head->old = version == 8 && memcmp(last + 1, "HTTP/1.0", 8) == 0;
	if (!head->old && (version != 8 || memcmp(last + 1, "HTTP/1.1", 8) != 0)) {
		bool other = version > 5 && memcmp(last + 1, "HTTP/", 5) == 0 && memchr(last + 1, ' ', version) == NULL;
		return fail(e, other ? BAD_VERSION : BAD_REQUEST, "wanted HTTP/1.1 or HTTP/1.0");
	}
	if (!is_text(space + 1, (size_t)(last - space) - 1) || memchr(space + 1, '\t', (size_t)(last - space) - 1) != NULL)
		return fail(e, BAD_REQUEST, "a control octet in the target");
	*space = *last = '\0';
	head->method = line;
	head->target = (struct piece){ space + 1, (size_t)(last - space) - 1 };
	head->keep = !head->old;
	return head->target.size > REQUEST_TARGET ? fail(e, TOO_LONG, "a target of more than %d octets", REQUEST_TARGET)
						  : DONE;
}

static int take_length(struct head *head, const char *value, struct error *e)
{
	int64_t length;
	if (!text_number(value, 0, (int64_t)1 << 40, &length))
		return fail(e, BAD_REQUEST, "a Content-Length that is not a number");
	if (length > REQUEST_BODY)
		return fail(e, TOO_LARGE, "a body of more than %d octets", REQUEST_BODY);
	head->body = (size_t)length;
	return DONE;
}

/* RFC 9110 section 7.6.1: a list of options. */
static void take_connection(struct head *head, const char *value)
{
	size_t length;
	for (const char *word; (word = text_word(&value, ", \t", &length)) != NULL;) {
		struct piece option = { word, length };
		if (is(option, "close"))
			head->keep = false;
		else if (head->old && is(option, "keep-alive"))
			head->keep = true;
	}
}

/* NAME ":" blanks VALUE blanks. */
static int read_line(char *line, size_t size, struct head *head, struct error *e)
{
	if (head->count == HEAD_LINES)
		return fail(e, TOO_MANY, "more than %d lines in the head", HEAD_LINES);
	char *colon = memchr(line, ':', size);
	if (colon == NULL || !is_token(line, (size_t)(colon - line)))
		return fail(e, BAD_REQUEST, *line == ' ' || *line == '\t' ? "a folded line in the head"
									 : "a line of the head that is not NAME: VALUE");
	char *value = colon + 1, *end = line + size;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (!is_text(value, (size_t)(end - value)))
		return fail(e, BAD_REQUEST, "a control octet in the head");
	*end = '\0'; /* a blank, or the CR of the line's end */
	head->lines[head->count++] = (struct head_line){ { line, (size_t)(colon - line) }, { value, (size_t)(end - value) } };
	return DONE;
}

/* What the lines say of the message itself. */
static int judge(struct head *head, struct error *e)
{
	size_t hosts = 0, lengths = 0;
	int outcome = DONE;
	for (size_t i = 0; i < head->count && outcome == DONE; i++) {
		struct piece name = head->lines[i].name;
		const char *value = head->lines[i].value.at;
		if (is(name, "Host") && ++hosts > 1)
			outcome = fail(e, BAD_REQUEST, "more than one Host");
		else if (is(name, "Transfer-Encoding"))
			outcome = fail(e, BAD_REQUEST, "a Transfer-Encoding: send a Content-Length");
		else if (is(name, "Content-Length"))
			outcome = ++lengths > 1 ? fail(e, BAD_REQUEST, "more than one Content-Length")
						: take_length(head, value, e);
		else if (is(name, "Connection"))
			take_connection(head, value);
		else if (is(name, "Expect"))
			head->expects = !head->old && strcasecmp(value, "100-continue") == 0;
	}
	if (outcome == DONE && !head->old && hosts == 0)
		outcome = fail(e, BAD_REQUEST, "HTTP/1.1 without Host");
	return outcome;
}

int head_read(char *bytes, size_t size, struct head *head, struct error *e)
{
	*head = (struct head){ .method = "" };
	bool first = true;
	for (char *at = bytes, *end; at < bytes + size; at = end + 1) {
		end = memchr(at, '\n', (size_t)(bytes + size - at));
		if (end == NULL || end == at || end[-1] != '\r')
			return fail(e, BAD_REQUEST, "a line of the head that does not end in CR LF");
		size_t length = (size_t)(end - at) - 1;
		if (length == 0 && !first)
			return judge(head, e);
		int outcome = first ? read_first(at, length, head, e) : read_line(at, length, head, e);
		if (outcome != DONE)
			return outcome;
		first = false;
	}
	return fail(e, BAD_REQUEST, "the head does not end in an empty line");
}

const struct head_line *head_next(const struct head *head, const char *name, size_t *at)
{
	while (*at < head->count)
		if (is(head->lines[(*at)++].name, name))
			return &head->lines[*at - 1];
	return NULL;
}

const char *head_value(const struct head *head, const char *name)
{
	size_t at = 0;
	const struct head_line *line = head_next(head, name, &at);
	return line == NULL ? "" : line->value.at;
}
