/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's network where it is not on the straight way: IPv6. */
#include "dnsd/answer/client.h"

ASIDE unsigned client_bucket_aside(const struct query *q)
{
	struct address client = query_client(q);
	return steering_bucket(&client);
}

ASIDE uint64_t client_network_aside(const struct query *q)
{
	struct address client = query_client(q);
	return usage_network(&client);
}
