/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys made, written and read as BIND's key files, and what their dates say. */
#include "dnssec/zone_key.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/date.h"
#include "lib/digest.h"
#include "lib/owner.h"
#include "lib/secret.h"
#include "wire/octets.h"
#include "lib/text.h"

enum { FILE_MOST = 4096, PATH_MOST = 1024, PROTOCOL = 3, DIGEST_SHA256 = 2 };

static const char *const date_words[KEY_DATES] = { "Created", "Publish", "Activate", "Inactive", "Delete",
	"SyncPublish", "SyncDelete" };

static const struct {
	uint8_t number;
	uint8_t open_size;
	const char *name, *title;
} algorithms[] = {
	{ ALGORITHM_P256, 64, "ecdsap256sha256", "ECDSAP256SHA256" },
	{ ALGORITHM_ED25519, 32, "ed25519", "ED25519" },
};

static int find_algorithm(uint8_t number)
{
	for (int i = 0; i < 2; i++)
		if (algorithms[i].number == number)
			return i;
	return -1;
}

uint8_t algorithm_read(const char *text)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(algorithms[i].name, text) == 0)
			return algorithms[i].number;
	return 0;
}

const char *algorithm_text(uint8_t algorithm)
{
	int found = find_algorithm(algorithm);
	return found < 0 ? NULL : algorithms[found].name;
}

static size_t open_size(const struct zone_key *key)
{
	return algorithms[find_algorithm(key->algorithm)].open_size;
}

/* RDATA. */

uint16_t zone_key_rdata(const struct zone_key *key, uint8_t rdata[KEY_RDATA_MOST])
{
	size_t size = open_size(key);
	octets_put_16(rdata, key->flags);
	rdata[2] = PROTOCOL;
	rdata[3] = key->algorithm;
	memcpy(rdata + 4, key->open, size);
	return (uint16_t)(4 + size);
}

/* RFC 4034 appendix B. */
static uint16_t find_tag(const struct zone_key *key)
{
	uint8_t rdata[KEY_RDATA_MOST];
	uint16_t size = zone_key_rdata(key, rdata);
	uint32_t sum = 0;
	for (uint16_t i = 0; i < size; i++)
		sum += (i & 1) != 0 ? rdata[i] : (uint32_t)rdata[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

void zone_key_digest(const struct zone_key *key, uint8_t rdata[KEY_DIGEST])
{
	uint8_t bytes[NAME_WIRE + KEY_RDATA_MOST];
	memcpy(bytes, key->zone.wire, key->zone.size);
	size_t size = key->zone.size + (size_t)zone_key_rdata(key, bytes + key->zone.size);
	octets_put_16(rdata, key->tag);
	rdata[2] = key->algorithm;
	rdata[3] = DIGEST_SHA256;
	digest_sha256(bytes, size, rdata + 4);
}

/* What keys do. */

/* Whether a key of this algorithm and these flags is active. */
static bool any_active(const struct zone_key *keys, size_t count, uint8_t algorithm, uint16_t flags, int64_t now)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].algorithm == algorithm && keys[i].flags == flags && key_active(&keys[i], now))
			return true;
	return false;
}

enum key_signs zone_key_signs(const struct zone_key *keys, size_t count, size_t which, int64_t now)
{
	const struct zone_key *k = &keys[which];
	enum key_signs own = k->flags == KEY_ENTRY ? SIGNS_KEYS : SIGNS_DATA;
	uint16_t other = k->flags == KEY_ENTRY ? KEY_ZONE : KEY_ENTRY;
	if (!key_active(k, now))
		return SIGNS_NOTHING;
	return any_active(keys, count, k->algorithm, other, now) ? own : SIGNS_KEYS | SIGNS_DATA;
}

int64_t zone_keys_next(const struct zone_key *keys, size_t count, int64_t now)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < count; i++)
		for (int d = 0; d < KEY_DATES; d++)
			if (keys[i].date[d] > now && keys[i].date[d] < next)
				next = keys[i].date[d];
	return next;
}

/* Making. */

static bool make_p256(struct zone_key *key)
{
	EVP_PKEY *made = EVP_EC_gen("P-256");
	BIGNUM *secret = NULL;
	uint8_t point[65];
	size_t size = 0;
	bool well = made != NULL && EVP_PKEY_get_bn_param(made, OSSL_PKEY_PARAM_PRIV_KEY, &secret)
		&& BN_bn2binpad(secret, key->secret, KEY_SECRET) == KEY_SECRET
		&& EVP_PKEY_set_utf8_string_param(made, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
		&& EVP_PKEY_get_octet_string_param(made, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size)
		&& size == sizeof point;
	if (well)
		memcpy(key->open, point + 1, 64);
	BN_clear_free(secret);
	EVP_PKEY_free(made);
	return well;
}

static bool make_ed25519(struct zone_key *key)
{
	EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t secret = KEY_SECRET, open = 32;
	bool well = made != NULL && EVP_PKEY_get_raw_private_key(made, key->secret, &secret)
		&& EVP_PKEY_get_raw_public_key(made, key->open, &open);
	EVP_PKEY_free(made);
	return well;
}

int zone_key_make(const struct name *zone, uint16_t flags, uint8_t algorithm, struct zone_key *key, struct error *e)
{
	*key = (struct zone_key){ .zone = *zone, .flags = flags, .algorithm = algorithm };
	if (!(algorithm == ALGORITHM_P256 ? make_p256(key) : make_ed25519(key)))
		return fail(e, FAILED, "a key could not be made");
	key->tag = find_tag(key);
	return DONE;
}

/* Writing. */

static void date_write(int64_t date, char text[15])
{
	time_t at = (time_t)date;
	struct tm tm;
	gmtime_r(&at, &tm);
	strftime(text, 15, "%Y%m%d%H%M%S", &tm);
}

/* Whole and durable, or not at all: a temporary file, renamed. */
static int write_whole(const char *directory, const char *registry, const char *name, const struct text *text,
	struct error *e)
{
	char path[PATH_MOST], fresh[PATH_MOST + 4];
	if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path
		|| snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
		return fail(e, REFUSED, "directory %.300s: its name is too long", directory);
	int fd, outcome = text->broken ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE) {
		unlink(fresh); /* what a command left that was killed */
		outcome = owner_make(fresh, registry, OWNER_SECRET, &fd, e);
	}
	if (outcome != DONE)
		return outcome;
	outcome = owner_write(fd, fresh, text->bytes, text->length, e);
	close(fd);
	if (outcome == DONE && rename(fresh, path) != 0)
		outcome = fail(e, FAILED, "key file %s: %s", path, strerror(errno));
	if (outcome != DONE)
		unlink(fresh);
	return outcome == DONE ? owner_keep_names(directory, e) : outcome;
}

/* A file name has no slash in it: names whose text has one are not signed. */
static int file_name(const struct zone_key *key, const char *ending, char name[PATH_MOST], struct error *e)
{
	char zone[NAME_TEXT];
	name_write(key->zone.wire, zone);
	if (strchr(zone, '/') != NULL || strlen(zone) > 200)
		return fail(e, REFUSED, "zone %s: its key files cannot be named", zone);
	snprintf(name, PATH_MOST, "K%s%s+%03u+%05u.%s", zone, strcmp(zone, ".") == 0 ? "" : ".", key->algorithm, key->tag,
		ending);
	return DONE;
}

static void add_dates(struct text *text, const struct zone_key *key, const char *before)
{
	char date[15];
	for (int d = 0; d < KEY_DATES; d++)
		if (key->date[d] != 0) {
			date_write(key->date[d], date);
			text_addf(text, "%s%s: %s\n", before, date_words[d], date);
		}
}

static void write_private(const struct zone_key *key, struct text *text)
{
	text_addf(text, "Private-key-format: v1.3\nAlgorithm: %u (%s)\nPrivateKey: ", key->algorithm,
		algorithms[find_algorithm(key->algorithm)].title);
	base64_write(key->secret, KEY_SECRET, text);
	text_add(text, "\n");
	add_dates(text, key, "");
}

static void write_open(const struct zone_key *key, struct text *text)
{
	char zone[NAME_TEXT];
	name_write(key->zone.wire, zone);
	const char *dot = strcmp(zone, ".") == 0 ? "" : ".";
	text_addf(text, "; This is a %s key, keyid %u, for %s%s\n", key->flags == KEY_ENTRY ? "key-signing" : "zone-signing",
		key->tag, zone, dot);
	add_dates(text, key, "; ");
	text_addf(text, "%s%s IN DNSKEY %u %d %u ", zone, dot, key->flags, PROTOCOL, key->algorithm);
	base64_write(key->open, open_size(key), text);
	text_add(text, "\n");
}

int zone_key_write(const char *directory, const char *registry, const struct zone_key *key, struct error *e)
{
	static void (*const writers[])(const struct zone_key *, struct text *) = { write_private, write_open };
	/* A .private without a .key is passed over; a .key without a .private is a key kept elsewhere. So the first one is
	 * there for good before the second one is made. */
	static const char *const endings[] = { "private", "key" };
	char name[PATH_MOST];
	int outcome = owner_make_directory(directory, registry, e);
	for (int i = key->closed ? 1 : 0; i < 2 && outcome == DONE; i++) {
		struct text text = { 0 };
		outcome = file_name(key, endings[i], name, e);
		writers[i](key, &text);
		if (outcome == DONE)
			outcome = write_whole(directory, registry, name, &text, e);
		if (text.bytes != NULL)
			secret_forget(text.bytes, text.length);
		text_free(&text);
	}
	return outcome;
}

/* Reading. */

static int read_file(const char *path, bool secret, char text[FILE_MOST + 1], struct error *e)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 || fstat(fd, &info) != 0 ? -1 : read(fd, text, FILE_MOST + 1);
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return fail(e, FAILED, "key file %s: %s", path, strerror(why));
	if (size > FILE_MOST)
		return fail(e, REFUSED, "key file %s: longer than a key", path);
	if (secret && (info.st_mode & 07) != 0)
		return fail(e, REFUSED, "key file %s may be read by everybody: chmod o= it", path);
	text[size] = '\0';
	return DONE;
}

/* The text behind "WORD:" at a line's beginning; NULL. */
static const char *line_of(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return NULL;
}

static bool date_read(const char *text, int64_t *date)
{
	struct tm tm = { 0 };
	int end = 0;
	if (sscanf(text, "%4d%2d%2d%2d%2d%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
			&tm.tm_sec, &end) != 6
		|| end != 14)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return date_of(&tm, date) && *date > 0;
}

static int read_private(const char *path, const char *text, struct zone_key *key, struct error *e)
{
	const char *secret = line_of(text, "PrivateKey"), *algorithm = line_of(text, "Algorithm");
	if (strncmp(text, "Private-key-format: v1.", 23) != 0 || secret == NULL || algorithm == NULL
		|| atoi(algorithm) != key->algorithm
		|| base64_read(secret, strcspn(secret, "\r\n "), key->secret, KEY_SECRET) != KEY_SECRET)
		return fail(e, REFUSED, "key file %s: no private key of algorithm %u", path, key->algorithm);
	for (int d = 0; d < KEY_DATES; d++) {
		const char *at = line_of(text, date_words[d]);
		if (at != NULL && !date_read(at, &key->date[d]))
			return fail(e, REFUSED, "key file %s: '%.14s' is not a date", path, at);
	}
	return DONE;
}

/* The flags and the key behind "DNSKEY"; a TTL, a class and comments may stand before. */
static int read_open(const char *path, const char *text, struct zone_key *key, struct error *e)
{
	unsigned flags = 0, protocol = 0, algorithm = 0;
	int end = 0;
	const char *at = strstr(text, "DNSKEY");
	while (at != NULL && (at == text || !isspace((unsigned char)at[-1]) || sscanf(at, "DNSKEY %u %u %u %n", &flags,
			&protocol, &algorithm, &end) != 3))
		at = strstr(at + 1, "DNSKEY");
	if (at == NULL || (flags != KEY_ZONE && flags != KEY_ENTRY) || protocol != PROTOCOL || algorithm != key->algorithm)
		return fail(e, REFUSED, "key file %s: no DNSKEY of algorithm %u with flags 256 or 257", path, key->algorithm);
	char base64[128];
	size_t length = 0;
	for (at += end; *at != '\0' && *at != '\n' && length < sizeof base64; at++)
		if (!isspace((unsigned char)*at))
			base64[length++] = *at;
	key->flags = (uint16_t)flags;
	if (base64_read(base64, length, key->open, sizeof key->open) != (long)open_size(key))
		return fail(e, REFUSED, "key file %s: the key is not whole", path);
	return DONE;
}

/* Of a key whose .private is not here, kept offline or removed: its DNSKEY does not leave at once, for caches hold
 * signatures that it made. BIND's tools write the dates as comments; without any, it is published. */
static int read_open_dates(const char *path, const char *text, struct zone_key *key, struct error *e)
{
	char word[24];
	for (int d = 0; d < KEY_DATES; d++) {
		snprintf(word, sizeof word, "; %s", date_words[d]);
		const char *at = line_of(text, word);
		if (at != NULL && !date_read(at, &key->date[d]))
			return fail(e, REFUSED, "key file %s: '%.14s' is not a date", path, at);
	}
	if (key->date[KEY_PUBLISH] == 0)
		key->date[KEY_PUBLISH] = 1;
	return DONE;
}

static int read_key(const char *directory, const char *stem, struct zone_key *key, struct error *e)
{
	char path[2 * PATH_MOST], text[FILE_MOST + 1];
	if (snprintf(path, sizeof path, "%s/%s.private", directory, stem) >= (int)sizeof path)
		return fail(e, REFUSED, "directory %.300s: its name is too long", directory);
	key->closed = access(path, F_OK) != 0 && errno == ENOENT;
	int outcome = key->closed ? DONE : read_file(path, true, text, e);
	if (outcome == DONE && !key->closed)
		outcome = read_private(path, text, key, e);
	secret_forget(text, sizeof text);
	strcpy(path + strlen(path) - strlen("private"), "key");
	if (outcome == DONE)
		outcome = read_file(path, false, text, e);
	if (outcome == DONE)
		outcome = read_open(path, text, key, e);
	if (outcome == DONE && key->closed)
		outcome = read_open_dates(path, text, key, e);
	if (outcome == DONE && find_tag(key) != key->tag)
		outcome = fail(e, REFUSED, "key file %s: its tag is %u", path, find_tag(key));
	return outcome;
}

/* Whether a file's name is that of a key of the zone, its open half, which is written last: STEM is it without its ending. */
static bool is_key(const char *file, const char *start, struct zone_key *key, char stem[PATH_MOST])
{
	unsigned algorithm, tag;
	int end = 0;
	size_t length = strlen(start);
	if (strncasecmp(file, start, length) != 0 || sscanf(file + length, "+%3u+%5u.key%n", &algorithm, &tag, &end) != 2
		|| end == 0 || file[length + (size_t)end] != '\0' || find_algorithm((uint8_t)algorithm) < 0)
		return false;
	snprintf(stem, PATH_MOST, "%.*s", (int)(strlen(file) - strlen(".key")), file);
	key->algorithm = (uint8_t)algorithm;
	key->tag = (uint16_t)tag;
	return true;
}

static int compare_keys(const void *a, const void *b)
{
	const struct zone_key *x = a, *y = b;
	if (x->date[KEY_CREATED] != y->date[KEY_CREATED])
		return x->date[KEY_CREATED] < y->date[KEY_CREATED] ? -1 : 1;
	return (int)x->tag - (int)y->tag;
}

int zone_keys_read(const char *directory, const struct name *zone, struct zone_key keys[ZONE_KEYS_MOST], size_t *count,
	struct error *e)
{
	char text[NAME_TEXT], start[NAME_TEXT + 2], stem[PATH_MOST];
	name_write(zone->wire, text);
	snprintf(start, sizeof start, "K%s%s", text, strcmp(text, ".") == 0 ? "" : ".");
	DIR *files = opendir(directory);
	int outcome = DONE;
	*count = 0;
	if (files == NULL && errno != ENOENT)
		return fail(e, FAILED, "directory %s: %s", directory, strerror(errno));
	for (struct dirent *file; outcome == DONE && files != NULL && (file = readdir(files)) != NULL;) {
		struct zone_key key = { .zone = *zone };
		if (!is_key(file->d_name, start, &key, stem))
			continue;
		if (*count == ZONE_KEYS_MOST)
			outcome = fail(e, REFUSED, "directory %s: more than %d keys of %s", directory, ZONE_KEYS_MOST, text);
		if (outcome == DONE)
			outcome = read_key(directory, stem, &key, e);
		if (outcome == DONE)
			keys[(*count)++] = key;
		secret_forget(key.secret, sizeof key.secret);
	}
	if (files != NULL)
		closedir(files);
	if (outcome == DONE && *count == 0)
		return fail(e, ABSENT, "there are no keys of zone %s in %s", text, directory);
	qsort(keys, *count, sizeof *keys, compare_keys);
	if (outcome != DONE)
		zone_keys_forget(keys, *count);
	return outcome;
}

void zone_keys_forget(struct zone_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		secret_forget(keys[i].secret, KEY_SECRET);
}
