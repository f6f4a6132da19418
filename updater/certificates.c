/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a directory of certificates, and finding one by name. */
#include "updater/certificates.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/array.h"
#include "lib/certificate.h"
#include "lib/log.h"
#include "lib/name.h"
#include "lib/text.h"

enum {
	LOOK = 1000,  /* milliseconds between looks */
	READS = 16,   /* that one look may take: requests wait meanwhile */
	PATIENCE = 2, /* looks at which something may be amiss: whoever renews a certificate writes two files, one by one */
};

/* The index. */

static int compare_names(const void *a, const void *b)
{
	const struct certificate_name *left = a, *right = b;
	int order = strcmp(left->name, right->name);
	if (order != 0)
		return order;
	if (left->certificate->expires != right->certificate->expires) /* of two, the one that lasts longer comes first */
		return left->certificate->expires > right->certificate->expires ? -1 : 1;
	return strcmp(left->certificate->file, right->certificate->file);
}

/* Cuts a certificate's names into words, each of which goes into the index. */
static bool index_names(struct certificates *c, const struct certificate *one, char *names)
{
	for (char *rest = names, *name; (name = strtok_r(NULL, " ", &rest)) != NULL;) {
		if (!array_room(&c->names, &c->name_room, c->name_count + 1, sizeof *c->names))
			return false;
		c->names[c->name_count++] = (struct certificate_name){ name, one };
	}
	return true;
}

/* Makes the index anew. The texts are copies, which live until the next one. */
static bool index_all(struct certificates *c)
{
	c->name_count = 0;
	c->standard = NULL;
	arena_free(&c->texts);
	for (size_t i = 0; i < c->count; i++) {
		const struct certificate *one = c->list[i];
		if (one->identity.certificate == NULL)
			continue;
		char *names = arena_text(&c->texts, one->names);
		if (names == NULL || !index_names(c, one, names))
			return false;
		if (c->standard == NULL || strcmp(one->file, "default") == 0)
			c->standard = one;
	}
	if (c->name_count > 0)
		qsort(c->names, c->name_count, sizeof *c->names, compare_names);
	return true;
}

static const struct certificate *find_exactly(const struct certificates *c, const char *name)
{
	size_t low = 0, high = c->name_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(c->names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->name_count && strcmp(c->names[low].name, name) == 0 ? c->names[low].certificate : NULL;
}

const struct certificate *certificates_find(const struct certificates *c, const char *name)
{
	char normal[NAME_TEXT + 1];
	if (name == NULL || name_normal(name, normal + 1, NULL) != DONE)
		return c->standard;
	const struct certificate *found = find_exactly(c, normal + 1);
	char *dot = strchr(normal + 1, '.');
	if (found == NULL && dot != NULL && dot > normal + 1) {
		dot[-1] = '*';
		found = find_exactly(c, dot - 1);
	}
	return found != NULL ? found : c->standard;
}

bool certificates_show(struct certificates *c, SSL *tls)
{
	pthread_mutex_lock(&c->lock);
	const struct certificate *one = certificates_find(c, SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name));
	bool shown = one != NULL
		&& SSL_use_cert_and_key(tls, one->identity.certificate, one->identity.key, one->identity.chain, 1) == 1;
	pthread_mutex_unlock(&c->lock);
	return shown;
}

/* One certificate. */

struct paths {
	char chain[PATH_MAX], key[PATH_MAX];
};

static bool mark_file(const char *path, struct file_mark *mark)
{
	struct stat info;
	*mark = (struct file_mark){ 0 };
	if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
		return false;
	*mark = (struct file_mark){ info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec, info.st_size,
		(int64_t)info.st_ino };
	return true;
}

static bool same_mark(const struct file_mark *a, const struct file_mark *b)
{
	return a->changed == b->changed && a->size == b->size && a->inode == b->inode;
}

static void add_name(void *context, const char *name, size_t length)
{
	struct text *names = context;
	if (names->bytes != NULL && text_lists(names->bytes, name))
		return;
	if (names->length > 0)
		text_add(names, " ");
	text_add_part(names, name, length);
}

/* Says what is amiss, once, and not before it was so for a while. */
static void complain(struct certificate *one, const char *why, unsigned patience)
{
	if (++one->failed != patience)
		return;
	snprintf(one->trouble, sizeof one->trouble, "%s", why);
	log_warning("a certificate cannot be used%s file=%s why=\"%s\"",
		one->identity.certificate == NULL ? "" : "; the old one stays", one->file, why);
}

/* Reads it anew. False when what is there is no use. */
static bool read_one(struct certificates *c, struct certificate *one, const struct paths *paths, unsigned patience)
{
	struct tls_identity fresh;
	struct text names = { 0 };
	struct error e;
	if (tls_identity_read(paths->chain, paths->key, &fresh, &e) != DONE) {
		complain(one, e.text, patience);
		return false;
	}
	certificate_names(fresh.certificate, add_name, &names);
	text_add(&names, "");
	if (names.broken) {
		tls_identity_free(&fresh);
		text_free(&names);
		return false;
	}
	pthread_mutex_lock(&c->lock);
	tls_identity_free(&one->identity);
	free(one->names);
	one->identity = fresh;
	one->names = names.bytes;
	one->expires = certificate_expires(fresh.certificate);
	pthread_mutex_unlock(&c->lock);
	one->failed = 0;
	one->trouble[0] = '\0';
	log_notice("took up a certificate file=%s names=\"%s\"", one->file, one->names);
	return true;
}

/* The list. */

static void free_one(struct certificate *one)
{
	tls_identity_free(&one->identity);
	free(one->names);
	free(one);
}

static int compare_files(const void *a, const void *b)
{
	const struct certificate *const *left = a, *const *right = b;
	return strcmp((*left)->file, (*right)->file);
}

static struct certificate *find_file(struct certificates *c, const char *file)
{
	size_t low = 0, high = c->sorted;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(c->list[middle]->file, file) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t at = low < c->sorted && strcmp(c->list[low]->file, file) == 0 ? low : c->sorted; at < c->count; at++)
		if (strcmp(c->list[at]->file, file) == 0)
			return c->list[at];
	return NULL;
}

static struct certificate *add_file(struct certificates *c, const char *file)
{
	if (c->count == CERTIFICATES_MOST || !array_room(&c->list, &c->room, c->count + 1, sizeof *c->list))
		return NULL;
	struct certificate *one = calloc(1, sizeof *one);
	if (one == NULL)
		return NULL;
	snprintf(one->file, sizeof one->file, "%s", file);
	c->list[c->count++] = one;
	return one;
}

/* A look that is under way. */
struct look {
	struct certificates *certificates;
	unsigned patience;
	size_t reads;      /* that are left */
	bool changed;      /* the index is no longer right */
	bool full;
};

static void look_at(struct look *l, const char *file, const struct paths *paths)
{
	struct certificate *one = find_file(l->certificates, file);
	struct file_mark marks[2];
	mark_file(paths->chain, &marks[0]);
	mark_file(paths->key, &marks[1]);
	if (one == NULL)
		one = add_file(l->certificates, file);
	if (one == NULL)
		l->full = true;
	if (one == NULL || one->seen)
		return;
	one->seen = true;
	bool fresh = !same_mark(&marks[0], &one->marks[0]) || !same_mark(&marks[1], &one->marks[1]);
	if ((!fresh && one->failed == 0) || l->reads == 0)
		return;
	if (fresh)
		one->failed = 0;
	l->reads--;
	memcpy(one->marks, marks, sizeof marks);
	l->changed |= read_one(l->certificates, one, paths, l->patience);
}

/* Makes DIRECTORY/NAME, the first LENGTH octets of NAME, and what is behind it. */
static bool make_path(char *path, const struct certificates *c, const char *name, size_t length, const char *behind)
{
	int size = snprintf(path, PATH_MAX, "%s/%.*s%s", c->directory, (int)length, name, behind);
	return size > 0 && size < PATH_MAX;
}

static bool is_there(const struct certificates *c, const char *name, size_t length, const char *behind)
{
	char path[PATH_MAX];
	struct file_mark mark;
	return make_path(path, c, name, length, behind) && mark_file(path, &mark);
}

static bool ends_in(const char *name, size_t length, const char *ending)
{
	size_t wide = strlen(ending);
	return length > wide && memcmp(name + length - wide, ending, wide) == 0;
}

/* What of the directory's entries is a certificate: whose octets before the ending are its file's name. Of several
 * forms of one name, the first of these counts. */
static bool find_paths(const struct certificates *c, const char *name, size_t length, struct paths *paths, size_t *bare)
{
	bool pem = ends_in(name, length, ".pem"), crt = ends_in(name, length, ".crt");
	*bare = pem || crt ? length - 4 : length;
	if (pem)
		return make_path(paths->chain, c, name, length, "")
			&& make_path(paths->key, c, name, *bare, is_there(c, name, *bare, ".key") ? ".key" : ".pem");
	if (is_there(c, name, *bare, ".pem"))
		return false;
	if (crt)
		return is_there(c, name, *bare, ".key") && make_path(paths->chain, c, name, length, "")
			&& make_path(paths->key, c, name, *bare, ".key");
	return !is_there(c, name, *bare, ".crt") && is_there(c, name, length, "/fullchain.pem")
		&& make_path(paths->chain, c, name, length, "/fullchain.pem")
		&& make_path(paths->key, c, name, length, "/privkey.pem");
}

static int look_through(struct look *l, struct error *e)
{
	struct certificates *c = l->certificates;
	DIR *directory = opendir(c->directory);
	if (directory == NULL)
		return fail(e, REFUSED, "the directory of certificates %s: %s", c->directory, strerror(errno));
	for (const struct dirent *entry; (errno = 0, entry = readdir(directory)) != NULL;) {
		char file[CERTIFICATE_FILE];
		struct paths paths;
		size_t length = strlen(entry->d_name), bare;
		if (entry->d_name[0] == '.' || strpbrk(entry->d_name, "\"\\\n") != NULL || length >= sizeof file || !find_paths(c, entry->d_name, length, &paths, &bare))
			continue;
		snprintf(file, sizeof file, "%.*s", (int)bare, entry->d_name);
		look_at(l, file, &paths);
	}
	int trouble = errno;
	closedir(directory);
	if (trouble != 0)
		return fail(e, REFUSED, "the directory of certificates %s: %s", c->directory, strerror(trouble));
	return l->full ? fail(e, UNCHANGED, "more than %d certificates in %s", CERTIFICATES_MOST, c->directory) : DONE;
}

/* Those that have not been there for a while. */
static size_t take_out_gone(struct look *l, struct certificate **gone)
{
	struct certificates *c = l->certificates;
	size_t kept = 0, taken = 0;
	for (size_t i = 0; i < c->count; i++) {
		struct certificate *one = c->list[i];
		bool stays = one->seen || ++one->failed < PATIENCE;
		one->seen = false;
		if (stays)
			c->list[kept++] = one;
		else
			gone[taken++] = one;
	}
	c->count = kept;
	l->changed |= taken > 0;
	return taken;
}

/* Ends a look: the list is in order, and the index is right. */
static void settle(struct look *l)
{
	struct certificates *c = l->certificates;
	struct certificate *gone[CERTIFICATES_MOST];
	size_t count = take_out_gone(l, gone);
	if (c->count > 0)
		qsort(c->list, c->count, sizeof(struct certificate *), compare_files);
	c->sorted = c->count;
	if (l->changed) {
		pthread_mutex_lock(&c->lock);
		bool whole = index_all(c);
		pthread_mutex_unlock(&c->lock);
		if (!whole)
			log_error("out of memory for the names of certificates: some are not served");
	}
	for (size_t i = 0; i < count; i++) {
		log_notice("a certificate is gone file=%s", gone[i]->file);
		free_one(gone[i]);
	}
}

static int look(struct certificates *c, unsigned patience, size_t reads, struct error *e)
{
	struct look l = { .certificates = c, .patience = patience, .reads = reads };
	int outcome = look_through(&l, e);
	if (outcome != REFUSED) /* else all that there were stay */
		settle(&l);
	return outcome;
}

int certificates_open(struct certificates *c, const char *directory, struct error *e)
{
	*c = (struct certificates){ .directory = directory };
	pthread_mutex_init(&c->lock, NULL);
	int outcome = look(c, 1, CERTIFICATES_MOST, e);
	if (outcome == UNCHANGED)
		log_warning("%s", e->text);
	if (outcome != REFUSED && c->standard == NULL)
		log_warning("there is no certificate yet; clients are turned away directory=%s", directory);
	return outcome == UNCHANGED ? DONE : outcome;
}

void certificates_look(struct certificates *c, int64_t now)
{
	struct error e = { "" };
	if (now < c->looked + LOOK)
		return;
	c->looked = now;
	look(c, PATIENCE, READS, &e);
	if (strcmp(c->trouble, e.text) != 0 && e.text[0] != '\0')
		log_warning("%s; those that were there stay", e.text);
	snprintf(c->trouble, sizeof c->trouble, "%s", e.text);
}

size_t certificates_troubled(const struct certificates *c)
{
	size_t count = 0;
	for (size_t i = 0; i < c->count; i++)
		count += c->list[i]->trouble[0] != '\0';
	return count;
}

void certificates_close(struct certificates *c)
{
	for (size_t i = 0; i < c->count; i++)
		free_one(c->list[i]);
	free(c->list);
	free(c->names);
	arena_free(&c->texts);
	pthread_mutex_destroy(&c->lock);
	*c = (struct certificates){ 0 };
}
