/* SPDX-License-Identifier: BSD-2-Clause */
/* Records packed into messages, each as full as it may be. */
#include "dnsd/serve/transfer_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/record.h"
#include "wire/tsig.h"

enum { MOST = STREAM_MESSAGE - TSIG_ROOM };

void stream_header(uint8_t *header, uint8_t rcode)
{
	header[HEADER_FLAGS] = FLAG_QR | FLAG_AA;
	header[HEADER_RCODE] = rcode;
	octets_put_16(header + HEADER_QUESTIONS, 1);
	memset(header + HEADER_ANSWERS, 0, HEADER_SIZE - HEADER_ANSWERS);
}

int stream_begin(struct stream *s, const uint8_t *header_and_question, size_t question_end, const struct name *apex,
	struct error *e)
{
	*s = (struct stream){ .fd = memfd_create("windsock-transfer", MFD_CLOEXEC), .apex = *apex,
		.message = malloc(STREAM_MESSAGE), .question_end = question_end, .at = question_end };
	if (s->fd < 0 || s->message == NULL)
		return fail(e, FAILED, "memory for a transfer: %s", strerror(errno));
	memcpy(s->message, header_and_question, question_end);
	stream_header(s->message, RCODE_NOERROR);
	return DONE;
}

static int write_out(struct stream *s, struct error *e)
{
	uint8_t length[2];
	octets_put_16(length, (uint16_t)s->at);
	octets_put_16(s->message + HEADER_ANSWERS, (uint16_t)s->answers);
	if (write(s->fd, length, 2) != 2 || write(s->fd, s->message, s->at) != (ssize_t)s->at)
		return fail(e, FAILED, "memory for a transfer: %s", strerror(errno));
	s->at = s->question_end;
	s->answers = s->last_owner = 0;
	return DONE;
}

/* The last owner once more, or what stands before the apex and a pointer to it (RFC 1035 section 4.1.4). */
static void put_owner(struct stream *s, const struct name *owner)
{
	uint8_t *at = s->message + s->at;
	if (s->last_owner != 0 && name_equal(owner, &s->last_name)) {
		octets_put_16(at, pointer_to(s->last_owner));
		s->at += 2;
		return;
	}
	size_t own = owner->size - s->apex.size;
	s->last_owner = own == 0 ? QUESTION_NAME : s->at;
	s->last_name = *owner;
	memcpy(at, owner->wire, own);
	octets_put_16(at + own, pointer_to(QUESTION_NAME));
	s->at += own + 2;
}

int stream_add(struct stream *s, const struct zone_rr *rr, struct error *e)
{
	size_t most = rr->owner->size + 1u + RECORD_FIXED + rr->length;
	if (s->answers > 0 && (s->at >= STREAM_FULL || s->at + most > MOST)) {
		int outcome = write_out(s, e);
		if (outcome != DONE)
			return outcome;
	}
	if (s->at + most > MOST)
		return DONE; /* no message has room for it: it cannot be answered, either */
	put_owner(s, rr->owner);
	record_put_fixed(s->message + s->at, rr->type, rr->ttl, rr->length);
	memcpy(s->message + s->at + RECORD_FIXED, rr->rdata, rr->length);
	s->at += RECORD_FIXED + rr->length;
	s->answers++;
	s->records++;
	return DONE;
}

static bool read_all(int fd, uint8_t *octets, size_t size)
{
	return read(fd, octets, size) == (ssize_t)size;
}

size_t stream_take(struct stream *s, uint8_t *message)
{
	uint8_t length[2];
	if (!s->reading) {
		s->reading = true;
		if ((s->answers > 0 && write_out(s, NULL) != DONE) || lseek(s->fd, 0, SEEK_SET) != 0)
			return 0;
	}
	if (!read_all(s->fd, length, 2))
		return 0;
	size_t size = octets_16(length);
	return read_all(s->fd, message, size) ? size : 0;
}

void stream_end(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->message);
}
