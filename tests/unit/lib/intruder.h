/* SPDX-License-Identifier: BSD-2-Clause */
/* What an intruder would try, each in a process of its own that has entered a daemon's walls before. */
#ifndef TESTS_UNIT_LIB_INTRUDER_H
#define TESTS_UNIT_LIB_INTRUDER_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

#ifdef __SANITIZE_ADDRESS__
enum { INTRUDER_SANITIZED = 1 }; /* the leak checker may do some of this */
#else
enum { INTRUDER_SANITIZED = 0 };
#endif

/* Folders that tests make: that of the registry, which a daemon changes; one that it reads; one that is not its business. */
static char intruder_own[] = "/tmp/windsock-own-XXXXXX", intruder_read[] = "/tmp/windsock-read-XXXXXX",
	intruder_other[] = "/tmp/windsock-other-XXXXXX";
static char intruder_path[PATH_MAX];
static int (*intruder_walls)(struct error *); /* enters those of the daemon that is tested */

static inline const char *intruder_file(const char *folder, const char *name)
{
	snprintf(intruder_path, sizeof intruder_path, "%s/%s", folder, name);
	return intruder_path;
}

static inline void intruder_write(const char *folder, const char *name)
{
	FILE *f = fopen(intruder_file(folder, name), "w");
	assert_non_null(f);
	fputs("text\n", f);
	fclose(f);
}

static inline int intruder_set_up(void **state)
{
	(void)state;
	if (mkdtemp(intruder_own) == NULL || mkdtemp(intruder_read) == NULL || mkdtemp(intruder_other) == NULL)
		return -1;
	intruder_write(intruder_own, "registry");
	intruder_write(intruder_read, "certificate");
	intruder_write(intruder_other, "secret");
	return 0;
}

static inline int intruder_tear_down(void **state)
{
	char command[256];
	(void)state;
	snprintf(command, sizeof command, "rm -r %s %s %s", intruder_own, intruder_read, intruder_other);
	return system(command);
}

/* How a process ended that entered the walls, and then tried: 0, the error's number, or -signal. */
static inline int intruder_fate(int (*attempt)(void))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct error e;
		if (intruder_walls(&e) != DONE) {
			print_error("%s\n", e.text);
			_exit(255);
		}
		errno = 0;
		_exit(attempt() == 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline bool intruder_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

/* Attempts: 0 when they succeed. */

static inline int intruder_opens(const char *folder, const char *name, int flags)
{
	return open(intruder_file(folder, name), flags, 0600) < 0;
}

static inline int reads_own(void) { return intruder_opens(intruder_own, "registry", O_RDONLY); }
static inline int makes_own(void) { return intruder_opens(intruder_own, "made", O_RDWR | O_CREAT); }
static inline int reads_certificate(void) { return intruder_opens(intruder_read, "certificate", O_RDONLY); }
static inline int writes_certificate(void) { return intruder_opens(intruder_read, "certificate", O_WRONLY); }
static inline int makes_certificate(void) { return intruder_opens(intruder_read, "made", O_RDWR | O_CREAT); }
static inline int reads_other(void) { return intruder_opens(intruder_other, "secret", O_RDONLY); }
static inline int writes_other(void) { return intruder_opens(intruder_other, "secret", O_WRONLY); }
static inline int makes_other(void) { return intruder_opens(intruder_other, "made", O_RDWR | O_CREAT); }
static inline int reads_passwords(void) { return intruder_opens("/etc", "passwd", O_RDONLY); }
static inline int writes_passwords(void) { return intruder_opens("/etc", "passwd", O_WRONLY); }
static inline int reads_libraries(void) { return intruder_opens("/usr", "lib", O_RDONLY | O_DIRECTORY); }
static inline int removes_other(void) { return unlink(intruder_file(intruder_other, "secret")); }

static inline int renames_other(void)
{
	char from[PATH_MAX];
	strcpy(from, intruder_file(intruder_other, "secret"));
	return rename(from, intruder_file(intruder_own, "secret"));
}

static inline int takes_a_renewed_certificate(void)
{
	return intruder_opens(intruder_read, "renewed", O_RDONLY);
}

static inline int makes_a_folder(void) { return mkdir(intruder_file(intruder_own, "folder"), 0700); }
static inline int makes_a_link(void) { return symlink("/etc/passwd", intruder_file(intruder_own, "link")); }
static inline int makes_it_everybodys(void) { return chmod(intruder_file(intruder_own, "registry"), 0666); }

static inline void *intruder_thread(void *context)
{
	return context;
}

static inline int starts_a_thread(void)
{
	pthread_t thread;
	errno = pthread_create(&thread, NULL, intruder_thread, NULL);
	return errno != 0 || pthread_join(thread, NULL) != 0;
}

static inline int binds_a_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", intruder_own);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	return fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 1) != 0;
}

static inline int opens_inet(void) { return socket(AF_INET6, SOCK_STREAM, 0) < 0; }
static inline int opens_packet(void) { return socket(AF_PACKET, SOCK_RAW, 0) < 0; }
static inline int opens_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0) < 0; }
static inline int opens_vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0) < 0; }
static inline int kills_its_parent(void) { return kill(getppid(), SIGTERM); }

static inline int maps_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static inline int makes_code_of_data(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0;
}

static inline int executes(void)
{
	char *const none[] = { NULL };
	return execve("/bin/true", none, none);
}

static inline int forks(void) { return fork() < 0; }
static inline int traces(void) { return (int)syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, 1, 0, 0); }
static inline int mounts(void) { return (int)syscall(SYS_mount, "none", intruder_own, "tmpfs", 0, 0); }
static inline int unshares(void) { return (int)syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */); }
static inline int becomes_root(void) { return (int)syscall(SYS_setuid, 0); }
static inline int changes_root(void) { return (int)syscall(SYS_chroot, intruder_own); }
static inline int loads_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }
static inline int uses_io_uring(void) { return (int)syscall(SYS_io_uring_setup, 1, NULL); }
static inline int reads_keys(void) { return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static inline int writes_elsewhere(void) { return (int)syscall(SYS_process_vm_writev, 1, NULL, 0, NULL, 0, 0); }
static inline int loads_a_module(void) { return (int)syscall(SYS_finit_module, 0, "", 0); }
static inline int sets_the_clock(void) { return (int)syscall(SYS_clock_settime, 0, NULL); }

struct attempt {
	const char *what;
	int (*attempt)(void);
	int fate;
};

static inline void intruder_try(const struct attempt *attempts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fate = intruder_fate(attempts[i].attempt);
		if (fate != attempts[i].fate)
			fail_msg("%s: fate %d, wanted %d", attempts[i].what, fate, attempts[i].fate);
	}
}

#define TRIES(name, wanted) { #name, name, wanted }

/* What no daemon does. */

static inline void ends_at_once_who_does_what_only_intruders_do(void **state)
{
	static const struct attempt attempts[] = { TRIES(executes, -SIGSYS), TRIES(mounts, -SIGSYS), TRIES(unshares, -SIGSYS),
		TRIES(becomes_root, -SIGSYS), TRIES(changes_root, -SIGSYS), TRIES(loads_bpf, -SIGSYS),
		TRIES(uses_io_uring, -SIGSYS), TRIES(reads_keys, -SIGSYS), TRIES(writes_elsewhere, -SIGSYS),
		TRIES(loads_a_module, -SIGSYS), TRIES(sets_the_clock, -SIGSYS) };
	static const struct attempt unsanitized[] = { TRIES(forks, -SIGSYS), TRIES(traces, -SIGSYS) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
	if (!INTRUDER_SANITIZED)
		intruder_try(unsanitized, COUNT_OF(unsanitized));
}

static inline void is_refused_what_it_does_not_need(void **state)
{
	static const struct attempt attempts[] = { TRIES(opens_packet, ENOSYS), TRIES(opens_netlink, ENOSYS),
		TRIES(opens_vsock, ENOSYS), TRIES(maps_code, ENOSYS), TRIES(makes_code_of_data, ENOSYS),
		TRIES(makes_a_folder, ENOSYS), TRIES(makes_a_link, ENOSYS), TRIES(makes_it_everybodys, ENOSYS) };
	static const struct attempt unsanitized[] = { TRIES(kills_its_parent, ENOSYS) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
	if (!INTRUDER_SANITIZED)
		intruder_try(unsanitized, COUNT_OF(unsanitized));
}

static inline void cannot_open_what_is_not_its_business(void **state)
{
	static const struct attempt attempts[] = { TRIES(reads_other, EACCES), TRIES(writes_other, EACCES),
		TRIES(makes_other, EACCES), TRIES(reads_passwords, EACCES), TRIES(writes_passwords, EACCES),
		TRIES(removes_other, EACCES) };
	(void)state;
	if (!intruder_has_landlock())
		skip();
	intruder_try(attempts, COUNT_OF(attempts));
	int fate = intruder_fate(renames_other);
	assert_true(fate == EACCES || fate == EXDEV);
}

static inline void does_what_all_need(void **state)
{
	static const struct attempt attempts[] = { TRIES(reads_own, 0), TRIES(makes_own, 0), TRIES(reads_libraries, 0),
		TRIES(starts_a_thread, 0), TRIES(opens_inet, 0) };
	(void)state;
	intruder_try(attempts, COUNT_OF(attempts));
}

/* The certificates' folder of those that have one: read, also what comes later, and never written. */
static inline void reads_certificates_and_no_more(void **state)
{
	static const struct attempt read[] = { TRIES(reads_certificate, 0) }, renewed[] = { TRIES(takes_a_renewed_certificate, 0) };
	static const struct attempt written[] = { TRIES(writes_certificate, EACCES), TRIES(makes_certificate, EACCES) };
	(void)state;
	intruder_try(read, COUNT_OF(read));
	intruder_write(intruder_read, "renewed");
	intruder_try(renewed, COUNT_OF(renewed));
	if (intruder_has_landlock())
		intruder_try(written, COUNT_OF(written));
}

#define INTRUDER_TESTS                                                           \
	cmocka_unit_test(ends_at_once_who_does_what_only_intruders_do),          \
		cmocka_unit_test(is_refused_what_it_does_not_need),              \
		cmocka_unit_test(cannot_open_what_is_not_its_business), cmocka_unit_test(does_what_all_need)

#endif
