/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of settings, judged. */
#include "settings/checks.h"

#include <stdio.h>
#include <string.h>

#include "lib/address.h"
#include "lib/name.h"
#include "lib/text.h"
#include "lib/tls.h"
#include "model/model.h"

int check_endpoint(const char *word, struct error *e)
{
	struct sockaddr_storage endpoint;
	socklen_t size;
	size_t part;
	char one[ENDPOINT_TEXT];
	int outcome = DONE;
	for (const char *at; outcome == DONE && (at = text_word(&word, ",", &part)) != NULL;) {
		snprintf(one, sizeof one, "%.*s", (int)part, at);
		outcome = endpoint_read(one, &endpoint, &size, e);
	}
	return outcome;
}

int check_tls_endpoint(const char *word, struct error *e)
{
	static const char prefix[] = "tls=";
	bool range = strncmp(word, prefix, sizeof prefix - 1) == 0;
	return range ? check_tls_versions(word + sizeof prefix - 1, e) : check_endpoint(word, e);
}

int check_tls_versions(const char *text, struct error *e)
{
	tls_set versions;
	return tls_read(text, &versions, e);
}

int check_domain(const char *text, struct error *e)
{
	char normal[NAME_TEXT];
	return name_normal(text, normal, e);
}

int check_host(const char *word, struct error *e)
{
	struct name name;
	int outcome = name_read(word, &name, e);
	return outcome != DONE || name_is_host(&name) ? outcome : fail(e, REFUSED, "'%.100s' is no host name", word);
}

int check_string(const char *text, struct error *e)
{
	return strlen(text) <= 255 ? DONE : fail(e, REFUSED, "it has %zu octets, and may have 255", strlen(text));
}

int check_observer(const char *text, struct error *e)
{
	struct observation named = { .relay = "x", .observer = text, .version = "", .uuid = "", .reason = "", .pings = "",
		.names = "" };
	if (strcmp(text, "lease") == 0)
		return fail(e, REFUSED, "'lease' is windsock-updater's name");
	return row_check(&observation_kind, &named, e);
}

int check_header(const char *text, struct error *e)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	return text[strspn(text, token)] == '\0' ? DONE : fail(e, REFUSED, "'%.100s' is no name of a header field", text);
}

int check_address(const char *text, struct error *e)
{
	struct address address;
	return address_read(text, strlen(text), &address) ? DONE : fail(e, REFUSED, "'%.100s' is no address", text);
}
