/* SPDX-License-Identifier: BSD-2-Clause */
/* One request and its reply: beginning anew, and the name in its path. */
#include "updater/exchange.h"

#include <string.h>

#include "lib/text.h"

enum { NAME_ROOM = 64 };

void exchange_begin(struct exchange *x)
{
	x->request = (struct request){ .path = { "", 0 }, .authorization = "", .agent = "", .host = "", .api_user = "",
		.api_key = "" };
	x->reply = (struct reply){ 0 };
	x->route = NULL;
	x->refusal.why[0] = '\0';
	x->refusal.more = 0;
	x->over = x->right = x->wrong = false;
	x->wait = 0;
}

bool exchange_name(const struct exchange *x, char *name)
{
	size_t size = strlen(x->route->path), length = x->request.path.size - size;
	if (length == 0 || length >= NAME_ROOM)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = ascii_lower(x->request.path.at[size + i]);
		if (!ascii_letter(c) && !ascii_digit(c) && strchr("._-+", c) == NULL)
			return false;
		name[i] = c;
	}
	name[length] = '\0';
	return true;
}
