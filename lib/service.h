/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager is told, and whether there is one (sd_notify(3)). Where there is none, nothing is done. */
#ifndef LIB_SERVICE_H
#define LIB_SERVICE_H

/* We serve; and this is the process to watch, for the one that was started first may have gone. */
void service_ready(void);

/* We were told to stop. */
void service_stopping(void);

/* Says that we still work. To be called every few seconds: a service manager that hears nothing for long starts us
 * anew. */
void service_alive(void);

/* Gives a socket into the manager's keeping, under a name that others may have, too: a restart gets it back. */
void service_store(const char *name, int fd);

/* Forgets all of that name that were kept. */
void service_forget(const char *name);

/* The sockets that the manager gives us: calls TAKE for each with its name; the descriptor is TAKE's. */
void service_sockets(void (*take)(void *context, const char *name, int fd), void *context);

#endif
