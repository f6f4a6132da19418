/* SPDX-License-Identifier: BSD-2-Clause */
/* The words between a daemon and the one that takes its place. */
#include "link/takeover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ready.h"

enum takeover_word { TAKEOVER_GIVE, TAKEOVER_SOCKET, TAKEOVER_GIVEN, TAKEOVER_SERVING, TAKEOVER_COUNTED };

/* Sent both ways, as it lies in memory: both ends are on one machine, and refuse each other by FORM. */
struct note {
	uint32_t form;
	uint32_t word;
	char use[SOCKET_USE];
	int64_t counts[TAKEOVER_COUNTS];
};
enum { NOTE_FORM = 0x77730101 };

/* A note with a socket, or with -1 for none. False when it did not go. */
static bool send_note(int to, struct note *note, int passed)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { note, sizeof *note };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	note->form = NOTE_FORM;
	if (passed >= 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof control.room;
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof passed) };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &passed, sizeof passed);
	}
	return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof *note;
}

/* DONE, UNCHANGED when there is none, ABSENT when the other side is gone, REFUSED for what is no note. *PASSED is the
 * socket with it, or -1. */
static int take_note(int from, struct note *note, int *passed)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { note, sizeof *note };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof control.room };
	*passed = -1;
	ssize_t taken = recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (taken < 0 && (errno == EAGAIN || errno == EINTR))
		return UNCHANGED;
	if (taken <= 0)
		return ABSENT;
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(passed, CMSG_DATA(head), sizeof *passed);
	if (taken == sizeof *note && note->form == NOTE_FORM && (message.msg_flags & MSG_CTRUNC) == 0) {
		note->use[SOCKET_USE - 1] = '\0';
		return DONE;
	}
	if (*passed >= 0)
		close(*passed);
	*passed = -1;
	return REFUSED;
}

/* The predecessor's end. */

int takeover_listen(struct takeover *t, const char *registry, const char *suffix, int fd, struct error *e)
{
	t->successor = -1;
	int outcome = beside_listen(&t->place, registry, suffix, fd, e);
	if (outcome == UNCHANGED)
		log_notice("another daemon of this registry can be replaced, this one cannot; %s", e->text);
	return outcome == UNCHANGED ? DONE : outcome;
}

void takeover_keep(struct takeover *t)
{
	beside_keep(&t->place);
}

bool takeover_stirs(const struct takeover *t)
{
	struct pollfd ready[] = { { .fd = t->place.fd, .events = POLLIN }, { .fd = t->successor, .events = POLLIN } };
	return ready_wait(ready, 2, 0) > 0;
}

static void part(struct takeover *t)
{
	if (t->successor >= 0)
		close(t->successor);
	t->successor = -1;
}

static bool may_succeed(int fd)
{
	struct ucred who;
	socklen_t size = sizeof who;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == geteuid() || who.uid == 0);
}

/* A second successor waits in vain: there can be one. */
static void admit(struct takeover *t)
{
	int fd = beside_accept(&t->place);
	if (fd < 0)
		return;
	if (t->successor >= 0 || !may_succeed(fd)) {
		close(fd);
		return;
	}
	t->successor = fd;
}

static void give(struct takeover *t, const struct sockets *offered)
{
	struct note note = { .word = TAKEOVER_SOCKET };
	bool sent = true;
	for (size_t i = 0; i < offered->count && sent; i++) {
		memcpy(note.use, offered->passed[i].use, SOCKET_USE);
		sent = send_note(t->successor, &note, offered->passed[i].fd);
	}
	note = (struct note){ .word = TAKEOVER_GIVEN };
	if (!sent || !send_note(t->successor, &note, -1)) {
		log_warning("a successor does not take our sockets");
		part(t);
	}
}

/* True when the successor serves. */
static bool hear(struct takeover *t, const struct sockets *offered)
{
	struct note note;
	int passed, outcome;
	while (t->successor >= 0 && (outcome = take_note(t->successor, &note, &passed)) != UNCHANGED) {
		if (passed >= 0)
			close(passed); /* nobody asked for it */
		if (outcome == DONE && note.word == TAKEOVER_SERVING)
			return true;
		if (outcome == DONE && note.word == TAKEOVER_GIVE)
			give(t, offered);
		else
			part(t); /* it failed, and we go on */
	}
	return false;
}

/* First the one that is here, which may be gone by now, then a newcomer. */
bool takeover_heed(struct takeover *t, const struct sockets *offered)
{
	if (hear(t, offered))
		return true;
	admit(t);
	return hear(t, offered);
}

void takeover_tell(const struct takeover *t, const int64_t counts[TAKEOVER_COUNTS])
{
	struct note note = { .word = TAKEOVER_COUNTED };
	memcpy(note.counts, counts, sizeof note.counts);
	if (t->successor >= 0)
		send_note(t->successor, &note, -1);
}

void takeover_leave(struct takeover *t)
{
	if (t->successor >= 0)
		beside_hand_over(&t->place);
	else
		beside_leave(&t->place);
	part(t);
}

/* The successor's end. */

/* The next note, which is waited for. */
static int await(int fd, struct note *note, int *passed, struct error *e)
{
	int64_t deadline = clock_ticks() + TAKEOVER_PATIENCE;
	int outcome;
	while ((outcome = take_note(fd, note, passed)) == UNCHANGED) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_ticks();
		if (left <= 0)
			return fail(e, FAILED, "the daemon to be replaced does not answer");
		ready_wait(&ready, 1, (int)left);
	}
	if (outcome == REFUSED)
		return fail(e, FAILED, "the daemon to be replaced is of another version, which speaks otherwise");
	return outcome == DONE ? DONE : fail(e, ABSENT, "the daemon to be replaced has ended");
}

static int take_sockets(int fd, struct sockets *s, struct error *e)
{
	struct note note = { .word = TAKEOVER_GIVE };
	int passed, outcome = send_note(fd, &note, -1) ? DONE : fail(e, ABSENT, "the daemon to be replaced has ended");
	while (outcome == DONE) {
		outcome = await(fd, &note, &passed, e);
		if (outcome != DONE || note.word == TAKEOVER_GIVEN)
			break;
		if (note.word != TAKEOVER_SOCKET || passed < 0)
			return fail(e, FAILED, "the daemon to be replaced gives no sockets");
		sockets_add(s, note.use, passed);
	}
	return outcome;
}

int takeover_ask(const char *registry, const char *suffix, struct sockets *s, int *fd, struct error *e)
{
	int outcome = beside_connect(registry, suffix, fd, e);
	if (outcome != DONE)
		return outcome;
	outcome = take_sockets(*fd, s, e);
	if (outcome == DONE)
		return DONE;
	sockets_close(s);
	close(*fd);
	*fd = -1;
	return FAILED;
}

int takeover_ask_any(const char *registry, const char *suffix, struct sockets *s, int *fd, struct error *e)
{
	int outcome = takeover_ask(registry, suffix, s, fd, e);
	if (outcome != ABSENT)
		return outcome;
	log_notice("there is nobody to replace; %s", e->text);
	*fd = -1;
	return DONE;
}

int takeover_serve(int fd, int64_t counts[TAKEOVER_COUNTS], struct error *e)
{
	struct note note = { .word = TAKEOVER_SERVING };
	int passed, outcome = send_note(fd, &note, -1) ? await(fd, &note, &passed, e) : ABSENT;
	if (outcome == DONE && note.word == TAKEOVER_COUNTED)
		memcpy(counts, note.counts, sizeof note.counts);
	return outcome == ABSENT ? DONE : outcome;
}

void takeover_serve_any(int fd, int64_t counts[TAKEOVER_COUNTS])
{
	struct error e;
	if (fd >= 0 && takeover_serve(fd, counts, &e) != DONE)
		log_warning("it is not known whether the process that we replace still takes what comes why=\"%s\"", e.text);
}

bool takeover_ended(int fd, int64_t counts[TAKEOVER_COUNTS])
{
	struct note note;
	int passed, outcome = take_note(fd, &note, &passed);
	if (outcome == UNCHANGED)
		return false;
	if (outcome == DONE && note.word == TAKEOVER_COUNTED)
		memcpy(counts, note.counts, sizeof note.counts);
	close(fd);
	return true;
}
