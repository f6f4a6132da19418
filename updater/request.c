/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a target, a form, credentials and lists of proxies apart. */
#include "updater/request.h"

#include <string.h>
#include <strings.h>

#include "lib/text.h"

/* Decodes at most SIZE bytes into ROOM and puts a NUL behind them. */
static int decode(const char *from, size_t size, char *room, struct piece *piece, struct error *e)
{
	size_t used = 0;
	for (size_t i = 0; i < size; i++) {
		char c = from[i];
		if (c == '%') {
			int high = i + 2 < size ? ascii_hex(from[i + 1]) : -1;
			int low = high < 0 ? -1 : ascii_hex(from[i + 2]);
			if (low < 0)
				return fail(e, REFUSED, "a broken percent escape in the arguments");
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return fail(e, REFUSED, "an argument holds a NUL");
		room[used++] = c;
	}
	room[used] = '\0';
	*piece = (struct piece){ room, used };
	return DONE;
}

static bool same(struct piece a, struct piece b)
{
	return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

static int add_argument(struct request *r, const char *text, size_t size, char *room, struct error *e)
{
	const char *equals = memchr(text, '=', size);
	size_t name = equals == NULL ? size : (size_t)(equals - text);
	struct argument a = { .value = { "", 0 }, .raw = { "", 0 } };
	if (equals != NULL)
		a.raw = (struct piece){ equals + 1, size - name - 1 };
	int outcome = decode(text, name, room, &a.name, e);
	if (outcome == DONE && equals != NULL)
		outcome = decode(a.raw.at, a.raw.size, room + name + 1, &a.value, e);
	if (outcome != DONE)
		return outcome;
	for (size_t i = 0; i < r->argument_count; i++)
		if (same(r->arguments[i].name, a.name))
			return fail(e, REFUSED, "the argument '%.40s' is given twice", a.name.at);
	if (r->argument_count == REQUEST_ARGUMENTS)
		return fail(e, REFUSED, "more than %d arguments", REQUEST_ARGUMENTS);
	r->arguments[r->argument_count++] = a;
	return DONE;
}

/* The NUL of a name takes the place of its '=', that of a value the place of the next '&'. */
int request_form(struct request *r, const char *form, size_t size, char *room, struct error *e)
{
	size_t at = 0;
	while (at < size) {
		const char *end = memchr(form + at, '&', size - at);
		size_t length = end == NULL ? size - at : (size_t)(end - form) - at;
		int outcome = DONE;
		if (length > 0)
			outcome = add_argument(r, form + at, length, room + at, e);
		if (outcome != DONE)
			return outcome;
		at += length + 1;
	}
	return DONE;
}

/* RFC 7230 section 5.3.2: servers take the absolute form too. */
static size_t skip_authority(const char *target, size_t size)
{
	static const char http[] = "http://", https[] = "https://";
	size_t at;
	if (size >= 7 && strncasecmp(target, http, 7) == 0)
		at = 7;
	else if (size >= 8 && strncasecmp(target, https, 8) == 0)
		at = 8;
	else
		return 0;
	while (at < size && target[at] != '/' && target[at] != '?')
		at++;
	return at;
}

int request_target(struct request *r, const char *target, size_t size, char *room, struct error *e)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)target[i] <= ' ' || target[i] == 127 || target[i] == '#')
			return fail(e, REFUSED, "the target holds a byte that is not allowed there");
	size_t at = skip_authority(target, size);
	const char *path = target + at, *end = target + size;
	const char *query = memchr(path, '?', size - at);
	r->path = (struct piece){ path, (size_t)((query == NULL ? end : query) - path) };
	if (r->path.size == 0 && at > 0)
		r->path = (struct piece){ "/", 1 };
	if (r->path.size == 0 || r->path.at[0] != '/')
		return fail(e, REFUSED, "the target is not a path");
	r->argument_count = 0;
	return query == NULL ? DONE : request_form(r, query + 1, (size_t)(end - query) - 1, room, e);
}

const struct argument *request_argument(const struct request *r, const char *name)
{
	struct piece wanted = { name, strlen(name) };
	for (size_t i = 0; i < r->argument_count; i++)
		if (same(r->arguments[i].name, wanted))
			return &r->arguments[i];
	return NULL;
}

struct piece request_value(const struct request *r, const char *name)
{
	const struct argument *a = request_argument(r, name);
	return a == NULL ? (struct piece){ "", 0 } : a->value;
}

/* What follows the scheme; NULL when it is another. */
static const char *after_scheme(const char *authorization, const char *scheme)
{
	size_t length = strlen(scheme);
	if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
		return NULL;
	const char *rest = authorization + length;
	while (*rest == ' ')
		rest++;
	return rest;
}

bool request_basic(const char *authorization, char *text, struct piece *user, struct piece *password)
{
	const char *rest = after_scheme(authorization, "Basic");
	size_t length = rest == NULL ? 0 : strlen(rest);
	while (length > 0 && rest[length - 1] == ' ')
		length--;
	long size = length == 0 ? -1 : base64_read(rest, length, text, CREDENTIALS);
	const char *colon = size <= 0 ? NULL : memchr(text, ':', (size_t)size);
	if (colon == NULL)
		return false;
	*user = (struct piece){ text, (size_t)(colon - text) };
	*password = (struct piece){ colon + 1, (size_t)size - user->size - 1 };
	return memchr(text, '\0', (size_t)size) == NULL;
}

bool request_bearer(const char *authorization, struct piece *token)
{
	const char *rest = after_scheme(authorization, "Bearer");
	if (rest == NULL)
		return false;
	size_t length = strcspn(rest, " \t");
	*token = (struct piece){ rest, length };
	return length > 0 && rest[length] == '\0';
}

/* 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, "[2001:db8::1]:4711", with or without quotes. */
static bool read_node(const char *text, size_t size, struct address *address)
{
	if (size >= 2 && text[0] == '"' && text[size - 1] == '"') {
		text++;
		size -= 2;
	}
	const char *end;
	if (size > 0 && text[0] == '[') {
		end = memchr(text, ']', size);
		return end != NULL && address_read(text + 1, (size_t)(end - text) - 1, address);
	}
	if (address_read(text, size, address))
		return true;
	end = memchr(text, ':', size);
	return end != NULL && address_read(text, (size_t)(end - text), address);
}

/* The for= of an element; one with half a quoted string in it is somebody's trick. */
static struct piece for_of(struct piece element)
{
	size_t quotes = 0;
	for (size_t i = 0; i < element.size; i++)
		quotes += element.at[i] == '"';
	for (size_t at = 0; quotes % 2 == 0 && at < element.size;) {
		const char *pair = element.at + at, *end = memchr(pair, ';', element.size - at);
		size_t size = end == NULL ? element.size - at : (size_t)(end - pair);
		at += size + 1;
		for (; size > 0 && (*pair == ' ' || *pair == '\t'); size--)
			pair++;
		if (size >= 4 && strncasecmp(pair, "for=", 4) == 0)
			return (struct piece){ pair + 4, size - 4 };
	}
	return (struct piece){ "", 0 };
}

static struct piece trim(struct piece p)
{
	for (; p.size > 0 && (*p.at == ' ' || *p.at == '\t'); p.size--)
		p.at++;
	while (p.size > 0 && (p.at[p.size - 1] == ' ' || p.at[p.size - 1] == '\t'))
		p.size--;
	return p;
}

bool request_forwarded(const char *list, bool rfc7239, const struct networks *proxies, struct address *client)
{
	struct address address, last;
	bool any = false;
	for (size_t end = strlen(list) + 1; end > 0;) {
		size_t start = end - 1; /* where a comma is, or the end */
		while (start > 0 && list[start - 1] != ',')
			start--;
		struct piece element = trim((struct piece){ list + start, end - 1 - start });
		if (rfc7239)
			element = trim(for_of(element));
		if (!read_node(element.at, element.size, &address))
			return false;
		address_unmap(&address);
		last = address;
		any = true;
		if (!networks_hold(proxies, &address))
			break;
		end = start;
	}
	if (any)
		*client = last;
	return any;
}
