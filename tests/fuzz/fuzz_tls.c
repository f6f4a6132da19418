/* SPDX-License-Identifier: BSD-2-Clause */
/* Anything as a relay's answer, the first octet telling what was asked: nothing crashes, it makes no
 * difference how it is cut, and what was learned of a certificate lies within what was read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tls.h"
#include "prober/hello.h"
#include "prober/ping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static void try_hello(int version, const uint8_t *data, size_t size)
{
	static struct hello_reader whole, cut;
	hello_expect(&whole, version);
	hello_expect(&cut, version);
	hello_take(&whole, data, size);
	for (size_t i = 0; i < size && hello_take(&cut, data + i, 1); i++)
		;
	must(whole.offered == cut.offered && whole.over == cut.over
		&& whole.leaf_size == cut.leaf_size && strcmp(whole.reason, cut.reason) == 0,
		"pieces make no difference");
	must(whole.leaf_size == 0 || (whole.leaf + whole.leaf_size <= whole.size
		&& memcmp(whole.stream + whole.leaf, cut.stream + cut.leaf, whole.leaf_size) == 0),
		"the certificate is within what was read");
	hello_end(&whole);
	must(whole.offered != HELLO_MORE, "an end is an answer");
	must((whole.offered == HELLO_NO) == (whole.reason[0] != '\0'), "a no has its reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ping_reply reply;
	if (size == 0)
		return 0;
	try_hello(data[0] % TLS_VERSIONS, data + 1, size - 1);
	ping_read(PING_TODAY, (const char *)data, size, true, &reply);
	return 0;
}
