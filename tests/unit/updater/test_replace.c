/* SPDX-License-Identifier: BSD-2-Clause */
/* An updater beside the one that it replaces, both in this process: who serves, who leaves, and who is refused. */
#include "tests/unit/updater/house.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/place.h"
#include "link/forward.h"
#include "updater/replace.h"

static struct updater *second; /* of the same registry */
static struct replace old, new;
static struct http *old_http, *new_http;
static struct forwarders *old_forwarders, *new_forwarders;
static char address[32], elsewhere[32];
static _Atomic bool stop, replaced;
static pthread_t thread;
static bool runs;
static struct error e;

/* A port that was free a moment ago. */
static void find_port(char text[32])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	close(fd);
	snprintf(text, 32, "127.0.0.1:%u", ntohs(at.sin_port));
}

/* The predecessor's main loop. */
static void *run_old(void *context)
{
	(void)context;
	while (!stop && !replaced) {
		usleep(1000);
		replaced = replace_heed(&old, old_http, old_forwarders);
	}
	return NULL;
}

static int start(void **state)
{
	if (house_open(state) != 0)
		return -1;
	second = calloc(1, sizeof *second);
	assert_non_null(second);
	find_port(address);
	find_port(elsewhere);
	house->settings.listen = address;
	house->settings.listen_tls = "";
	house->settings.connections = house->settings.connections_each = 16;
	second->settings = house->settings;
	stop = replaced = false;
	assert_done(replace_begin(&old, house_path, false, &e), &e);
	assert_int_equal(old.predecessor, -1);
	assert_done(http_open(&old_http, house, &old.inherited, &e), &e);
	assert_done(forwarded_open(&old_forwarders, house, &old.inherited, &e), &e);
	assert_done(replace_listen(&old, house_path, &e), &e);
	replace_serve(&old, old_http);
	runs = pthread_create(&thread, NULL, run_old, NULL) == 0;
	return runs ? 0 : -1;
}

static void join(void)
{
	stop = true;
	if (runs)
		pthread_join(thread, NULL);
	runs = false;
}

static int end(void **state)
{
	join();
	replace_end(&old);
	if (old_http != NULL)
		http_close(old_http);
	forwarded_close(old_forwarders);
	if (new_http != NULL)
		http_close(new_http);
	if (new_forwarders != NULL)
		forwarded_close(new_forwarders);
	new_http = NULL;
	new_forwarders = NULL;
	replace_end(&new);
	arena_free(&second->arena);
	free(second);
	return house_close(state);
}

static void open_new(void)
{
	assert_done(replace_begin(&new, house_path, true, &e), &e);
	assert_true(new.predecessor >= 0);
	assert_int_equal(new.listening, 1);
	assert_done(http_open(&new_http, second, &new.inherited, &e), &e);
	assert_done(forwarded_open(&new_forwarders, second, &new.inherited, &e), &e);
}

/* A connection to where the updaters listen; -1: nobody does. */
static int reach(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	close(fd);
	return -1;
}

static size_t count_of(const struct sockets *all, const char *use)
{
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++)
		count += strcmp(all->passed[i].use, use) == 0 && all->passed[i].fd >= 0;
	return count;
}

static void the_successor_takes_all_and_the_predecessor_leaves(void **state)
{
	(void)state;
	struct sockets offered = { 0 };
	open_new();
	assert_done(replace_listen(&new, house_path, &e), &e);
	assert_int_equal((int)new.inherited.count, 0);
	assert_true(new.takeover.place.fd >= 0); /* where its own successor finds it */
	assert_false(replaced);                  /* not before we serve */
	int predecessor = new.predecessor;
	replace_serve(&new, new_http);
	join();
	assert_true(replaced);
	assert_int_equal(fcntl(predecessor, F_GETFD), -1);
	forwarded_offer(new_forwarders, &offered);
	assert_int_equal(count_of(&offered, "forward"), 1);
}

/* Who comes now is the successor's: the predecessor accepts neither those of HTTP nor name servers. */
static void the_predecessor_accepts_nobody_more(void **state)
{
	(void)state;
	struct sockets offered = { 0 };
	int server = -1;
	open_new();
	assert_done(replace_listen(&new, house_path, &e), &e);
	replace_serve(&new, new_http);
	join();
	int client = reach();
	assert_true(client >= 0);
	assert_done(forward_connect(house_path, &server, &e), &e);
	http_run(old_http);
	forwarded_run(old_forwarders);
	forwarded_offer(old_forwarders, &offered);
	assert_false(http_busy(old_http));
	assert_int_equal(count_of(&offered, "server"), 0);
	http_run(new_http);
	forwarded_run(new_forwarders);
	forwarded_offer(new_forwarders, &offered);
	assert_true(http_busy(new_http));
	assert_int_equal(count_of(&offered, "server"), 1);
	close(client);
	close(server);
}

static void one_that_listens_elsewhere_is_refused(void **state)
{
	(void)state;
	second->settings.listen = elsewhere;
	open_new();
	assert_outcome(replace_listen(&new, house_path, &e), REFUSED, &e);
	assert_says(e.text, "listens elsewhere");
	assert_int_equal((int)new.inherited.count, 0); /* what nobody took is closed */
	close(new.predecessor);
	assert_false(replaced);
	close(reach());
}

/* Who gives up before it serves has replaced nobody. */
static void one_that_gives_up_replaces_nobody(void **state)
{
	(void)state;
	open_new();
	close(new.predecessor);
	http_close(new_http);
	new_http = NULL;
	assert_false(replaced);
	int client = reach();
	assert_true(client >= 0);
	close(client);
}

/* The name beside the registry is made anew when somebody took it away, and goes when we end. */
static void the_place_is_ours_as_long_as_we_are_there(void **state)
{
	(void)state;
	char place[128];
	snprintf(place, sizeof place, "%s%s", house_path, place_suffix(PLACE_UPDATER_SUCCESSOR));
	assert_int_equal(unlink(place), 0);
	for (int i = 0; i < 10000 && access(place, F_OK) != 0; i++)
		usleep(1000);
	assert_int_equal(access(place, F_OK), 0);
	join();
	replace_end(&old);
	assert_int_equal(access(place, F_OK), -1);
	assert_done(replace_begin(&new, house_path, true, &e), &e); /* nobody is there: we just start */
	assert_int_equal(new.predecessor, -1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(the_successor_takes_all_and_the_predecessor_leaves),
		CASE(the_predecessor_accepts_nobody_more), CASE(one_that_listens_elsewhere_is_refused),
		CASE(one_that_gives_up_replaces_nobody), CASE(the_place_is_ours_as_long_as_we_are_there) };
	return cmocka_run_group_tests_name("updater/replace", tests, NULL, NULL);
}
