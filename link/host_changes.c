/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing hosts behind a ring, and reading them. */
#include "link/host_changes.h"

#include <string.h>

/* Before each host's texts, which end with a NUL each, and its secret. */
struct head {
	int64_t ttl;
	uint16_t name, addresses, secret; /* octets of each, the NUL included */
};

void host_changes_add(struct host_changes *c, const struct host *host)
{
	size_t name = strlen(host->name) + 1, addresses = strlen(host->addresses) + 1, secret = host->secret.size;
	const struct head head = { host->ttl, (uint16_t)name, (uint16_t)addresses, (uint16_t)secret };
	uint8_t *at = c->octets + c->size;
	bool more = host->suspended != 0 || host->quota_kb != 0 || host->quota_days != 0 || host->quota_conns != 0;
	if (c->broken || more || name > UINT16_MAX || addresses > UINT16_MAX || secret > UINT16_MAX
		|| sizeof head + name + addresses + secret > sizeof c->octets - c->size) {
		c->broken = true;
		return;
	}
	memcpy(at, &head, sizeof head);
	memcpy(at + sizeof head, host->name, name);
	memcpy(at + sizeof head + name, host->addresses, addresses);
	if (secret > 0)
		memcpy(at + sizeof head + name + addresses, host->secret.data, secret);
	c->size += sizeof head + name + addresses + secret;
	c->count++;
}

static bool is_text(const uint8_t *at, size_t size)
{
	return size > 0 && memchr(at, '\0', size) == at + size - 1;
}

bool host_changes_next(const uint8_t *octets, size_t size, size_t *at, struct host *host)
{
	struct head head;
	const uint8_t *name = octets + *at + sizeof head;
	if (size - *at < sizeof head)
		return false;
	memcpy(&head, octets + *at, sizeof head);
	size_t more = (size_t)head.name + head.addresses + head.secret;
	if (more > size - *at - sizeof head || !is_text(name, head.name)
		|| !is_text(name + head.name, head.addresses))
		return false;
	*host = (struct host){ .name = (const char *)name, .addresses = (const char *)name + head.name,
		.ttl = head.ttl, .secret = { name + head.name + head.addresses, head.secret } };
	*at += sizeof head + more;
	return true;
}
