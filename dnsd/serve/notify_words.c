/* SPDX-License-Identifier: BSD-2-Clause */
/* Words in a list: which is due, which was answered, which is given up. */
#include "dnsd/serve/notify_words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dnsd/answer/query.h"
#include "lib/log.h"
#include "wire/message.h"

bool words_begin(struct words *s)
{
	s->list = calloc(WORDS_MOST, sizeof *s->list);
	return s->list != NULL;
}

void words_end(struct words *s)
{
	free(s->list);
}

static struct word *find_word(struct words *s, const struct name *zone, const struct secondary_view *to)
{
	for (size_t i = 0; i < s->count; i++)
		if (name_equal(&s->list[i].zone, zone) && s->list[i].to.size == to->size
			&& memcmp(&s->list[i].to.endpoint, &to->endpoint, to->size) == 0)
			return &s->list[i];
	return NULL;
}

/* When a word that exists already is to be said because of another change. */
static int64_t say_anew(const struct word *w, int64_t now)
{
	if (w->tries == 0)
		return w->next; /* it was not said since the last change */
	return w->said + WORD_APART > now ? w->said + WORD_APART : now;
}

void words_add(struct words *s, const struct name *zone, const struct secondary_view *to, int64_t now)
{
	struct word *w = find_word(s, zone, to);
	if (w == NULL && s->count == WORDS_MOST) {
		if (!s->full)
			log_warning("more than %d words to secondaries are not answered; some are not said", WORDS_MOST);
		s->full = true;
		return;
	}
	int64_t said = w == NULL ? 0 : w->said, next = w == NULL ? now : say_anew(w, now);
	if (w == NULL)
		w = &s->list[s->count++];
	*w = (struct word){ .zone = *zone, .to = *to, .said = said, .next = next };
}

/* RFC 1996 section 3. */
size_t word_write(const struct word *w, uint8_t message[NOTIFY_MOST], int64_t date)
{
	size_t size = message_question(message, w->id, OPCODE_NOTIFY << OPCODE_SHIFT | FLAG_AA, &w->zone, TYPE_SOA);
	struct tsig_context context;
	if (w->to.has_key)
		tsig_sign_request(&context, &w->to.key, message, &size, (uint64_t)date);
	return size;
}

static void give_up(const struct word *w)
{
	char zone[NAME_TEXT], endpoint[ENDPOINT_TEXT];
	name_write(w->zone.wire, zone);
	endpoint_write((const struct sockaddr *)&w->to.endpoint, endpoint);
	log_warning("a secondary does not answer NOTIFY zone=%s secondary=%s", zone, endpoint);
}

static bool is_over(const struct word *w, int64_t now)
{
	if (w->answered)
		return now >= w->said + WORD_APART;
	if (w->tries < WORD_TRIES || w->next > now)
		return false;
	give_up(w);
	return true;
}

void words_say(struct words *s, int64_t now, void (*say)(const struct word *, void *context), void *context)
{
	size_t kept = 0, said = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct word *w = &s->list[i];
		if (is_over(w, now))
			continue;
		bool due = !w->answered && w->next <= now && said < WORDS_AT_ONCE;
		if (due && getrandom(&w->id, sizeof w->id, 0) == sizeof w->id) {
			say(w, context);
			w->said = now;
			w->next = now + (WORD_AGAIN << w->tries++);
		}
		said += due;
		if (kept != i)
			s->list[kept] = *w;
		kept++;
	}
	s->count = kept;
	s->full &= kept == WORDS_MOST;
}

static bool same_peer(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	char left[ENDPOINT_TEXT], right[ENDPOINT_TEXT];
	endpoint_write((const struct sockaddr *)a, left);
	endpoint_write((const struct sockaddr *)b, right);
	return strcmp(left, right) == 0;
}

void words_hear(struct words *s, const uint8_t *message, size_t size, const struct sockaddr_storage *peer)
{
	if (size < HEADER_SIZE || (message[HEADER_FLAGS] & (FLAG_QR | OPCODE_MASK)) != (FLAG_QR | OPCODE_NOTIFY << OPCODE_SHIFT))
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct word *w = &s->list[i];
		if (w->tries == 0 || w->id != octets_16(message + HEADER_ID) || !same_peer(peer, &w->to.endpoint))
			continue;
		w->answered = true;
		return;
	}
}
