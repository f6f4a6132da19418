/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd's protocols, by its library. */
#include "lib/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { SERVICE_TEXT = 128 };

void service_ready(void)
{
	sd_notifyf(0, "READY=1\nMAINPID=%ld", (long)getpid());
}

void service_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void service_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

static void notify(const char *what, const char *name, const int *fd)
{
	char text[SERVICE_TEXT];
	snprintf(text, sizeof text, "%s\nFDNAME=%s", what, name);
	sd_pid_notify_with_fds(0, 0, text, fd, fd == NULL ? 0 : 1);
}

void service_store(const char *name, int fd)
{
	notify("FDSTORE=1\nFDPOLL=0", name, &fd);
}

void service_forget(const char *name)
{
	notify("FDSTOREREMOVE=1", name, NULL);
}

void service_sockets(void (*take)(void *context, const char *name, int fd), void *context)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);
	for (int i = 0; i < count; i++) {
		take(context, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
}
