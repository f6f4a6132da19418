/* SPDX-License-Identifier: BSD-2-Clause */
/* libmicrohttpd does not show the bytes that it has read, but it hands out pointers into them: names
 * and values are where they stood in its buffer. So a head is well-formed if its pieces lie one behind
 * the other exactly as far apart as METHOD SP TARGET SP VERSION CRLF *(NAME ":" blanks VALUE CRLF) CRLF
 * puts them. A bare LF makes a gap one byte too small, a folded line puts a value elsewhere, a NUL ends
 * a piece too early. Only places are compared; nothing outside the pieces is read. */
#include "updater/strict.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/text.h"

enum { BLANKS_MOST = 64 };

struct head {
	uintptr_t at; /* where the next line must begin */
	bool http11;
	size_t hosts, lengths, most;
	struct error *error;
	int outcome;
};

/* RFC 7230 section 3.2.6. */
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

static bool is(const char *name, size_t size, const char *other)
{
	return strlen(other) == size && strncasecmp(name, other, size) == 0;
}

static int check_length(struct head *head, const char *value)
{
	int64_t length;
	if (++head->lengths > 1)
		return fail(head->error, REFUSED, "more than one Content-Length");
	if (!text_number(value, 0, (int64_t)1 << 40, &length) || *value == '+')
		return fail(head->error, REFUSED, "a Content-Length that is not a number");
	if ((size_t)length > head->most)
		return fail(head->error, HARMFUL, "a body of more than %zu bytes", head->most);
	return DONE;
}

static int check_header(struct head *head, const char *name, size_t name_size, const char *value,
	size_t value_size)
{
	uintptr_t start = (uintptr_t)name, body = (uintptr_t)value;
	if (value == NULL)
		return fail(head->error, REFUSED, "a header without a value");
	if (!is_token(name, name_size) || !is_text(value, value_size))
		return fail(head->error, REFUSED, "a header's name or value with bytes not allowed there");
	if (start != head->at || body <= start + name_size || body > start + name_size + 1 + BLANKS_MOST)
		return fail(head->error, REFUSED, "a header line not ended by CR LF, or folded");
	head->at = body + value_size + 2;
	if (is(name, name_size, "Host") && ++head->hosts > 1)
		return fail(head->error, REFUSED, "more than one Host");
	if (is(name, name_size, "Transfer-Encoding"))
		return fail(head->error, REFUSED, "a Transfer-Encoding: send a Content-Length");
	if (is(name, name_size, "Content-Length"))
		return check_length(head, value);
	return DONE;
}

static enum MHD_Result each_header(void *context, enum MHD_ValueKind kind, const char *name,
	size_t name_size, const char *value, size_t value_size)
{
	struct head *head = context;
	(void)kind;
	head->outcome = check_header(head, name, name_size, value, value_size);
	return head->outcome == DONE ? MHD_YES : MHD_NO;
}

int strict_check(struct MHD_Connection *connection, const char *method, const char *target,
	size_t size, const char *version, size_t most, struct error *e)
{
	struct head head = { .most = most, .error = e };
	head.http11 = strcmp(version, "HTTP/1.1") == 0;
	if (!head.http11 && strcmp(version, "HTTP/1.0") != 0)
		return fail(e, REFUSED, "wanted HTTP/1.1 or HTTP/1.0");
	if ((uintptr_t)target != (uintptr_t)method + strlen(method) + 1
		|| (uintptr_t)version != (uintptr_t)target + size + 1 || !is_token(method, strlen(method)))
		return fail(e, REFUSED, "the request line is not METHOD SP TARGET SP VERSION");
	head.at = (uintptr_t)version + strlen(version) + 2;
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each_header, &head);
	if (head.outcome != DONE)
		return head.outcome;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	if (info == NULL || head.at + 2 != (uintptr_t)method + info->header_size)
		return fail(e, REFUSED, "the head does not end in CR LF CR LF");
	if (head.http11 && head.hosts == 0)
		return fail(e, REFUSED, "HTTP/1.1 without Host");
	return DONE;
}
