/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket's thread: batches received, answered step by step, limited and sent. */
#include "dnsd/serve/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/serve/forward.h"
#include "dnsd/answer/rate_limit.h"
#include "link/sockets.h"

enum {
	BATCH = 32,               /* more would not fit into the first-level cache */
	BUFFER = 4096,            /* the most that --udp-size can be */
	HUGE_PAGE = 2 << 20,
	CONTROL = 64,             /* one IP_PKTINFO or IPV6_PKTINFO */
	SOCKET_BUFFER = 4 << 20,  /* the default holds some 280 small datagrams */
	WAIT = 250,               /* milliseconds until `leave` is looked at */
};

union peer {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* All of a thread's buffers. */
struct batch {
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_part[BATCH], out_part[BATCH];
	union peer peer[BATCH];
	struct query query[BATCH];
	struct rate_limit rate;
	uint8_t control[BATCH][CONTROL];
	size_t stride;
	uint8_t buffer[BATCH * (BUFFER + SCAN_BEHIND)]; /* STRIDE octets each, close together: fewer pages */
};

/* Lets the kernel tell the address that a datagram came to. It looks up a route for each datagram then, so this is not done
 * for a socket with only one address. */
static bool tell_address(int fd, sa_family_t family)
{
	const int on = 1;
	return family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0
				  : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
}

bool udp_prepare(int fd, sa_family_t family, bool any_address)
{
	const int room = SOCKET_BUFFER, omit = IP_PMTUDISC_OMIT;
	const struct timeval wait = { .tv_usec = WAIT * 1000 };
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	if (family == AF_INET) /* never learn a path's size from forged ICMP: answers are small (RFC 9715) */
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 && (!any_address || tell_address(fd, family));
}

int udp_open(const struct sockaddr *address, socklen_t size, bool any_address, bool shared,
	int *fd, struct error *e)
{
	const int on = 1, off = 0;
	char text[ENDPOINT_TEXT];
	endpoint_write(address, text);
	*fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail(e, FAILED, "UDP socket: %s", strerror(errno));
	if (shared)
		setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (address->sa_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (udp_prepare(*fd, address->sa_family, any_address) && sockets_bind(*fd, address, size) == 0)
		return DONE;
	int outcome = fail(e, FAILED, "UDP %s: %s", text, strerror(errno));
	close(*fd);
	return outcome;
}

/* Sets what stays the same from batch to batch. */
static void prepare(const struct udp_server *server, struct batch *b)
{
	size_t room = server->worker.settings->udp_most; /* as much as our OPT says that we take */
	b->stride = room + SCAN_BEHIND;
	for (int i = 0; i < BATCH; i++) {
		uint8_t *buffer = b->buffer + (size_t)i * b->stride;
		b->in_part[i] = (struct iovec){ buffer, room };
		b->in[i].msg_hdr = (struct msghdr){ .msg_name = &b->peer[i], .msg_iov = &b->in_part[i],
			.msg_iovlen = 1, .msg_control = server->any_address ? b->control[i] : NULL };
		b->out[i].msg_hdr = (struct msghdr){ .msg_iov = &b->out_part[i], .msg_iovlen = 1 };
	}
}

/* Sets anew what the kernel has written into the headers that were used. */
static void ready_in(const struct udp_server *server, struct batch *b, int count)
{
	for (int i = 0; i < count; i++) {
		b->in[i].msg_hdr.msg_namelen = sizeof b->peer[i];
		b->in[i].msg_hdr.msg_controllen = server->any_address ? CONTROL : 0;
	}
}

static bool from_port_0(const union peer *peer)
{
	return (peer->any.sa_family == AF_INET ? peer->v4.sin_port : peer->v6.sin6_port) == 0;
}

/* The answer leaves from the address that the query came to. The interface is cleared, for the routing table chooses it. */
static void clear_interface(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
		/* an IPv6 link-local address keeps its interface: it means nothing without */
	}
}

static void queue_answer(const struct udp_server *server, struct batch *b, int i, size_t size, int *queued)
{
	int o = (*queued)++;
	struct msghdr *header = &b->out[o].msg_hdr;
	b->out_part[o] = (struct iovec){ b->query[i].packet, size };
	header->msg_name = &b->peer[i];
	header->msg_namelen = b->in[i].msg_hdr.msg_namelen;
	if (!server->any_address)
		return;
	clear_interface(&b->in[i].msg_hdr);
	header->msg_control = b->control[i];
	header->msg_controllen = b->in[i].msg_hdr.msg_controllen;
}

static uint64_t microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Applies the rate limit to an answer. Returns how many octets are to be sent; 0 for none. */
static size_t limit(struct udp_server *server, struct batch *b, int i, size_t size, uint64_t now)
{
	struct query *q = &b->query[i];
	if (q->cookie_good)
		return size;
	struct address client = query_client(q);
	if ((atomic_load_explicit(&server->rate_spares_loopback, memory_order_relaxed) && address_loopback(&client))
		|| networks_hold(atomic_load_explicit(&server->rate_exempt, memory_order_acquire), &client))
		return size;
	switch (rate_limit_take(&b->rate, &client, q->limit_key, now)) {
	case RATE_TRUNCATE:
		count_add(&server->counters, COUNT_RATE_TRUNCATED, 1);
		return answer_truncate(q);
	case RATE_DROP:
		count_add(&server->counters, COUNT_RATE_DROPPED, 1);
		return 0;
	case RATE_SEND:
		break;
	}
	return size;
}

/* Forwards an UPDATE. Returns the octets of an answer if that failed; 0 when it is forwarded. */
ASIDE static size_t forward(struct udp_server *server, struct batch *b, int i)
{
	struct query *q = &b->query[i];
	if (server->any_address)
		clear_interface(&b->in[i].msg_hdr);
	return forward_udp(server->worker.settings->forwarder, server->worker.update_key, q->packet, q->size,
			server->fd, &b->in[i].msg_hdr)
		? 0 : answer_failed(&server->worker, q);
}

/* Answers a batch in several passes, so that memory which one query needs is fetched while others are read. */
static int process(struct udp_server *server, struct batch *b, int count)
{
	struct worker *w = &server->worker;
	int queued = 0;
	count_add(w->counters, COUNT_QUERIES, (uint64_t)count);
	lookup_begin(w);
	for (int i = 0; i < count; i++) {
		struct query *q = &b->query[i];
		query_take(q, b->in_part[i].iov_base, b->in[i].msg_len, b->in_part[i].iov_len, &b->peer[i].any, NULL, false);
		query_read(q);
		if (from_port_0(&b->peer[i]))
			q->verdict = QUERY_DROP;
		if (q->verdict == QUERY_LOOKUP)
			lookup_fetch(w, q);
	}
	for (int i = 0; i < count; i++)
		if (b->query[i].verdict == QUERY_LOOKUP)
			lookup_find_zone(w, &b->query[i]);
	for (int i = 0; i < count; i++)
		if (b->query[i].verdict == QUERY_LOOKUP)
			lookup_fetch_node(&b->query[i]);
	uint64_t now = b->rate.interval == 0 ? 0 : microseconds();
	for (int i = 0; i < count; i++) {
		size_t size = answer(w, &b->query[i]);
		if (size > 0 && b->rate.interval != 0)
			size = limit(server, b, i, size, now);
		if (size == 0 && b->query[i].verdict == QUERY_UPDATE)
			size = forward(server, b, i);
		if (size > 0)
			queue_answer(server, b, i, size, &queued);
	}
	return queued;
}

/* Sends the answers. One that cannot be sent (no route, a full buffer) is lost, as a datagram may be. */
static void send_all(int fd, struct batch *b, int count)
{
	for (int sent = 0; sent < count;) {
		int more = sendmmsg(fd, b->out + sent, (unsigned)(count - sent), 0);
		sent += more > 0 ? more : 1;
	}
}

/* Receives a batch. While it waits, the thread is offline for RCU, so that grace periods do not wait for it; that is also
 * its quiescent state. */
static int receive(struct udp_server *server, struct batch *b)
{
	rcu_thread_offline();
	int count = recvmmsg(server->fd, b->in, BATCH, MSG_WAITFORONE, NULL);
	rcu_thread_online();
	return count;
}

static void *run(void *context)
{
	struct udp_server *server = context;
	struct batch *b = server->batch;
	int64_t limited = 0, wanted;
	rcu_register_thread();
	prepare(server, b);
	ready_in(server, b, BATCH);
	while (!atomic_load_explicit(server->leave, memory_order_relaxed)) {
		int count = receive(server, b);
		atomic_fetch_add_explicit(&server->rounds, 1, memory_order_relaxed);
		if (count <= 0)
			continue;
		if ((wanted = atomic_load_explicit(&server->rate_limit, memory_order_relaxed)) != limited)
			rate_limit_set(&b->rate, limited = wanted, server->rate_workers);
		send_all(server->fd, b, process(server, b, count));
		ready_in(server, b, count);
	}
	rcu_unregister_thread();
	free(b);
	return NULL;
}

int udp_start(struct udp_server *server, const char *endpoint, struct error *e)
{
	server->worker.counters = &server->counters;
	server->batch = aligned_alloc(HUGE_PAGE, (sizeof *server->batch + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	if (server->batch == NULL)
		return fail(e, FAILED, "out of memory");
	madvise(server->batch, HUGE_PAGE, MADV_HUGEPAGE);
	memset(server->batch, 0, sizeof *server->batch);
	int code = pthread_create(&server->thread, NULL, run, server);
	if (code != 0)
		return fail(e, FAILED, "starting a thread for UDP %s: %s", endpoint, strerror(code));
	return DONE;
}

void udp_join(struct udp_server *servers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pthread_join(servers[i].thread, NULL);
}
