/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of MACs in memory, and in a file of the same form. What was written to it is there for the next process however this
 * one ends; only a crash of the machine loses it. */
#include "updater/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"
#include "lib/place.h"

/* What the file begins with; behind it stand the slots. */
struct head {
	char form[16];
	char boot[48]; /* the machine's boot in which it was written */
};
static const char form[16] = "windsock seen 1";

/* Where the kernel does not say which boot this is, all are the same. */
static void read_boot(struct head *h)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, h->boot, sizeof h->boot) < 0)
		memset(h->boot, 0, sizeof h->boot);
	if (fd >= 0)
		close(fd);
}

static int open_file(const char *registry, int *fd, bool *fresh, char path[PLACE_MOST], struct error *e)
{
	place_real(registry, place_suffix(PLACE_SEEN), path);
	int outcome = owner_make(path, registry, OWNER_DATA, fd, e);
	*fresh = outcome == DONE;
	if (outcome != DONE && outcome != EXISTS)
		return outcome;
	if (outcome == DONE)
		close(*fd); /* it was opened for writing alone */
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return *fd >= 0 ? DONE : fail(e, FAILED, "%s: %s", path, strerror(errno));
}

/* A new file is empty. One of another form, or of another boot, is begun anew. */
static int begin(struct seen *s, bool fresh, const char *path, int64_t now, struct error *e)
{
	struct head mine = { .boot = "" }, there = { .boot = "" };
	memcpy(mine.form, form, sizeof form);
	read_boot(&mine);
	bool known = pread(s->fd, &there, sizeof there, 0) == sizeof there && memcmp(&mine, &there, sizeof mine) == 0;
	s->since = fresh || known ? 0 : now;
	if (known || (ftruncate(s->fd, 0) == 0 && pwrite(s->fd, &mine, sizeof mine, 0) == sizeof mine))
		return DONE;
	return fail(e, FAILED, "writing %s: %s", path, strerror(errno));
}

int seen_open(struct seen *s, const char *registry, int64_t now, struct error *e)
{
	char path[PLACE_MOST];
	bool fresh;
	int outcome = open_file(registry, &s->fd, &fresh, path, e);
	if (outcome != DONE)
		return FAILED;
	outcome = begin(s, fresh, path, now, e);
	s->kept = outcome == DONE;
	if (!s->kept)
		close(s->fd);
	return outcome;
}

void seen_close(struct seen *s)
{
	if (s->kept)
		close(s->fd);
	s->kept = false;
}

static size_t slot_of(const uint8_t *mac)
{
	uint32_t hash;
	memcpy(&hash, mac, sizeof hash); /* a MAC is as good as random to whoever has no key */
	return hash % SEEN_UPDATES;
}

static off_t place_of(const uint8_t *mac)
{
	return (off_t)(sizeof(struct head) + slot_of(mac) * SEEN_MAC);
}

/* What cannot be written for want of room is known to this process all the same. */
void seen_note(struct seen *s, const uint8_t *mac, size_t size)
{
	if (size < SEEN_MAC)
		return;
	memcpy(s->macs[slot_of(mac)], mac, SEEN_MAC);
	if (s->kept)
		(void)!pwrite(s->fd, mac, SEEN_MAC, place_of(mac));
}

bool seen_before(const struct seen *s, const uint8_t *mac, size_t size)
{
	uint8_t there[SEEN_MAC];
	if (size < SEEN_MAC)
		return false;
	if (memcmp(s->macs[slot_of(mac)], mac, SEEN_MAC) == 0)
		return true;
	return s->kept && pread(s->fd, there, SEEN_MAC, place_of(mac)) == SEEN_MAC && memcmp(there, mac, SEEN_MAC) == 0;
}
