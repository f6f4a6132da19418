/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone fetched from a name server by AXFR (RFC 5936). */
#include "tools/zone/zone_axfr.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "lib/place.h"
#include "lib/secret.h"
#include "wire/axfr.h"
#include "wire/octets.h"

enum {
	PATIENCE = 15000,        /* milliseconds without an octet */
	RECORDS_MOST = 20000000, /* more than any zone of ours has: a transfer that does not end is given up */
	DNS_PORT = 53,
};

struct transfer {
	struct zone_records *records;
	struct axfr axfr;
	int fd;
	uint8_t message[MESSAGE_MOST];
};

static int open_key(struct command *c, const char *name, struct tsig_key *key, struct error *e)
{
	struct tsig row;
	struct keys keys;
	int outcome = row_standard(&tsig_kind, &row, &c->arena, e);
	if (outcome == DONE)
		outcome = set_field(c, &tsig_kind, &row, "name", name, e);
	if (outcome == DONE)
		outcome = fetch(c, &tsig_kind, &row, &row, e);
	if (outcome == DONE)
		outcome = name_read(row.name, &key->name, e);
	if (outcome == DONE)
		outcome = keys_load(place_path(&c->arena, c->registry_path, PLACE_KEYS), &keys, e);
	if (outcome == DONE)
		outcome = secret_open(&keys, row.name, row.secret, key->secret, &key->secret_size, e);
	secret_forget(&keys, sizeof keys);
	key->algorithm = (enum tsig_algorithm)row.algorithm;
	return outcome;
}

/* The connection, which does not block, so that silence can be timed out. */

static int wait_for(const struct transfer *t, short what, struct error *e)
{
	struct pollfd ready = { .fd = t->fd, .events = what };
	int count = poll(&ready, 1, PATIENCE);
	if (count > 0)
		return DONE;
	return count == 0 ? fail(e, REFUSED, "nothing was heard for %d seconds", PATIENCE / 1000)
		: fail(e, FAILED, "poll: %s", strerror(errno));
}

static int connect_to(struct transfer *t, const struct sockaddr_storage *endpoint, socklen_t size, struct error *e)
{
	int fault = 0;
	socklen_t length = sizeof fault;
	t->fd = socket(endpoint->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return fail(e, FAILED, "socket: %s", strerror(errno));
	if (connect(t->fd, (const struct sockaddr *)endpoint, size) == 0)
		return DONE;
	if (errno != EINPROGRESS)
		return fail(e, REFUSED, "it cannot be reached: %s", strerror(errno));
	int outcome = wait_for(t, POLLOUT, e);
	if (outcome == DONE && getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &fault, &length) == 0 && fault != 0)
		outcome = fail(e, REFUSED, "it cannot be reached: %s", strerror(fault));
	return outcome;
}

static int send_all(const struct transfer *t, const uint8_t *octets, size_t size, struct error *e)
{
	int outcome = DONE;
	while (size > 0 && outcome == DONE) {
		ssize_t sent = send(t->fd, octets, size, MSG_NOSIGNAL);
		if (sent > 0) {
			octets += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN)
			outcome = wait_for(t, POLLOUT, e);
		else if (errno != EINTR)
			outcome = fail(e, REFUSED, "the connection broke: %s", strerror(errno));
	}
	return outcome;
}

static int receive_all(const struct transfer *t, uint8_t *octets, size_t size, struct error *e)
{
	int outcome = DONE;
	while (size > 0 && outcome == DONE) {
		ssize_t got = recv(t->fd, octets, size, 0);
		if (got > 0) {
			octets += got;
			size -= (size_t)got;
		} else if (got == 0)
			outcome = fail(e, REFUSED, "the connection was closed before the zone was whole");
		else if (errno == EAGAIN)
			outcome = wait_for(t, POLLIN, e);
		else if (errno != EINTR)
			outcome = fail(e, REFUSED, "the connection broke: %s", strerror(errno));
	}
	return outcome;
}

/* The zone. */

static int take(const struct axfr_record *record, void *context, struct error *e)
{
	struct transfer *t = context;
	const struct zone_rr_read rr = { record->owner, record->type, record->class, record->ttl, record->rdata,
		t->axfr.records };
	if (t->axfr.records > RECORDS_MOST)
		return fail(e, REFUSED, "more than %d records", RECORDS_MOST);
	return zone_records_take(t->records, &rr, e);
}

static int ask(struct transfer *t, const struct name *zone, const struct tsig_key *key, struct error *e)
{
	uint8_t question[2 + AXFR_QUESTION];
	uint16_t id;
	int outcome = secret_random(&id, sizeof id, e);
	size_t size = axfr_begin(&t->axfr, zone, key, id, (uint64_t)clock_date(), question + 2, take, t);
	octets_put_16(question, (uint16_t)size);
	return outcome == DONE ? send_all(t, question, size + 2, e) : outcome;
}

static int take_message(struct transfer *t, struct error *e)
{
	uint8_t length[2];
	int outcome = receive_all(t, length, 2, e);
	size_t size = octets_16(length);
	if (outcome == DONE)
		outcome = receive_all(t, t->message, size, e);
	return outcome == DONE ? axfr_take(&t->axfr, t->message, size, (uint64_t)clock_date(), e) : outcome;
}

static int transfer(struct transfer *t, const struct sockaddr_storage *endpoint, socklen_t size,
	const struct tsig_key *key, struct error *e)
{
	int outcome = connect_to(t, endpoint, size, e);
	if (outcome == DONE)
		outcome = ask(t, &t->records->origin, key, e);
	while (outcome == DONE && !t->axfr.done)
		outcome = take_message(t, e);
	axfr_end(&t->axfr);
	if (t->fd >= 0)
		close(t->fd);
	return outcome;
}

int zone_axfr(struct command *c, const char *from, const char *key_name, const char *origin,
	struct zone_records *records, struct error *e)
{
	struct tsig_key key;
	struct sockaddr_storage endpoint;
	socklen_t size;
	struct transfer *t = calloc(1, sizeof *t);
	int outcome = zone_records_begin(records, from, false, origin, e);
	if (outcome == DONE && t == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE)
		outcome = endpoint_read_peer(from, DNS_PORT, &endpoint, &size, e);
	if (outcome == DONE && key_name != NULL)
		outcome = open_key(c, key_name, &key, e);
	if (outcome == DONE) {
		struct error why;
		c->reading = true;
		t->records = records;
		outcome = transfer(t, &endpoint, size, key_name == NULL ? NULL : &key, &why);
		if (outcome != DONE) /* what is wrong with a record says where it stands */
			outcome = strncmp(why.text, from, strlen(from)) == 0 ? fail(e, outcome, "%s", why.text)
				: fail(e, outcome, "%s: %s", from, why.text);
	}
	secret_forget(&key, sizeof key);
	free(t);
	return outcome == DONE ? zone_records_end(records, e) : outcome;
}
