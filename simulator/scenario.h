/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario: who the clients are, what the relays run, and what the operator does when.
 *
 *	from 2016-03-01                        the first day
 *	until 2018-05-31                       the last
 *	clients 100000
 *	networks 4000                          IPv4 /24s that they are spread over
 *	fresh 1%                               of the clients begin anew each day, with nothing in memory
 *	prober on                              off: relays are known only by what `relay add tls=` says
 *	os debian7 tls=ssl3-1.2                what a relay's system speaks; pings= what it answers
 *	client pagekite.py 1.5.3 pools=fe4_153 tls=1.2-1.3    a release that the registry does not know
 *	use pagekite.py 0.5.6d 60%             clients by release on the first day
 *	2016-04-01 move pagekite.py 0.5.6d pagekite.py 0.5.9.3 share=30% days=180
 *	2016-03-01 09:00 relay add fe1 os=debian7 addresses=192.0.2.1
 *
 * A line that begins with a date is done then, at 00:00 UTC or at the time that follows; lines of the same moment
 * are done in the order of the file. Actions are in simulator/action.h. */
#ifndef SIMULATOR_SCENARIO_H
#define SIMULATOR_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/pings.h"
#include "lib/tls.h"
#include "simulator/action.h"

/* Limits of a scenario: days, and relays that it adds. */
enum { DAYS_MOST = 36500, MACHINES_MOST = 1024 };

/* What a relay can do by its operating system. */
struct os {
	const char *name;
	tls_set tls;
	ping_set pings;
};

/* A release that clients run. A `client` line or a `release add` says what it can speak. */
struct product {
	struct release traits; /* what it can speak; always with product and version */
	bool known, fixed;     /* whether the traits are known; whether a `client` line fixed them */
	int line;              /* the line that first names it */
};

struct use {
	size_t product; /* an index into the products */
	int64_t share;  /* hundredths of a percent */
};

/* A share (hundredths of a percent) of the clients of one product upgrade to another, evenly over so many days. */
struct move {
	int64_t at, share, days;
	size_t from, to;
};

struct scenario {
	int64_t from, until, clients, networks, fresh;
	bool prober;
	struct os *oses;
	struct product *products;
	struct use *uses;
	struct move *moves;
	struct action *actions; /* sorted by date by scenario_finish */
	size_t os_count, product_count, use_count, move_count, action_count;
	struct arena arena;
	int line; /* the number of the line that was read last, from 1 */
};

void scenario_init(struct scenario *);
void scenario_free(struct scenario *);

/* Takes the next line, without its newline. REFUSED says what is wrong with it. */
int scenario_line(struct scenario *, const char *line, struct error *);

/* Checks the whole when all lines were taken, and sorts its actions. REFUSED says what is missing or wrong. */
int scenario_finish(struct scenario *, struct error *);

/* How many relays it adds in all. */
size_t scenario_relays(const struct scenario *);

/* NULL when there is none of that name. */
const struct os *scenario_os(const struct scenario *, const char *name);

#endif
