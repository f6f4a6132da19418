/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that goes on behind the one that was started. */
#include "lib/background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"

/* The process that was started. It has nothing to clean up: all is the other's. */
static _Noreturn void await(pid_t child, int ready)
{
	char word;
	int status = 1;
	if (read(ready, &word, 1) == 1)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

int background_enter(int *ready, struct error *e)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail(e, FAILED, "pipe: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		return fail(e, FAILED, "fork: %s", strerror(errno));
	close(ends[child != 0]);
	if (child != 0)
		await(child, ends[0]);
	*ready = ends[1];
	setsid(); /* the terminal's signals are not for us */
	return DONE;
}

void background_ready(int ready)
{
	if (write(ready, "", 1) != 1)
		log_warning("whoever started us is gone");
	close(ready);
}
