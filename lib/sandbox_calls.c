/* SPDX-License-Identifier: BSD-2-Clause */
/* A filter of system calls, by libseccomp.
 *
 * There are three answers to a call. What is listed as needed is done. What is listed as an intruder's ends the process
 * at once: no libc makes it of its own accord, so that a daemon which does is no longer ours. Any other call fails with
 * ENOSYS, as on a kernel too old to have it: libc asks for new calls first and knows a way without each, so that a
 * daemon outlives an upgrade of its libraries. */
#include "lib/sandbox_calls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const needed[] = {
	/* files, by libc and SQLite; which ones is landlock's business (lib/sandbox_files.h) */
	"open", "openat", "close", "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek",
	"stat", "fstat", "lstat", "newfstatat", "fstatat64", "statx", "fstatfs", "access", "faccessat", "faccessat2",
	"readlink", "readlinkat", "getdents64", "getcwd", "fcntl", "flock", "fsync", "fdatasync", "ftruncate", "fallocate", "unlink",
	"unlinkat", "rename", "renameat", "renameat2", "fchmod", "fchown", "lchown", "fchownat", "umask",
	/* memory */
	"brk", "munmap", "mremap", "madvise", "mlock", "munlock", "membarrier",
	/* threads and signals */
	"futex", "set_robust_list", "rseq", "gettid", "getpid", "exit", "exit_group", "sched_yield", "sched_getaffinity",
	"getcpu", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall",
	/* waiting and time */
	"poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "pipe2",
	"clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep",
	/* sockets */
	"connect", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg",
	"shutdown",
	/* who and where we are */
	"getuid", "geteuid", "getgid", "getegid", "getrlimit", "uname", "sysinfo", "getrandom",
#ifdef __SANITIZE_ADDRESS__ /* its leak checker stops all threads from another process, and reads their registers */
	"ptrace", "clone", "wait4", "getppid", "prctl", "getdents", "process_vm_readv",
#endif
};

static const char *const fatal[] = {
	/* another program in our place, or beside us */
	"execve", "execveat", "fork", "vfork",
	/* other processes */
#ifndef __SANITIZE_ADDRESS__
	"ptrace", "process_vm_readv",
#endif
	"process_vm_writev", "pidfd_getfd", "kcmp",
	/* another view of the file system, other rights */
	"mount", "umount2", "pivot_root", "chroot", "fsopen", "fsmount", "move_mount", "open_tree", "mount_setattr", "unshare",
	"setns", "open_by_handle_at", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
	"setfsuid", "setfsgid", "capset", "personality",
	/* the kernel and the machine */
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
	"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key", "request_key", "keyctl", "reboot",
	"swapon", "swapoff", "iopl", "ioperm", "acct", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
	"sethostname", "setdomainname",
};

/* Calls that are right with some arguments only: where the one of that number is so. Rows of one call: any of them. */
struct condition {
	const char *call;
	uint32_t action;
	unsigned argument;
	enum scmp_compare how;
	uint64_t a, b; /* SCMP_CMP_MASKED_EQ: the mask, and what is left under it; else the value */
};

static const struct condition conditions[] = {
	{ "socket", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, AF_UNIX, 0 },
	{ "socket", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, AF_INET, 0 },
	{ "socket", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, AF_INET6, 0 },
	{ "socketpair", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, AF_UNIX, 0 },
	/* memory is written to or executed, never both; libraries that are loaded late bring their code in a file */
	{ "mmap", SCMP_ACT_ALLOW, 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
	{ "mmap", SCMP_ACT_ALLOW, 2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0 },
	{ "mprotect", SCMP_ACT_ALLOW, 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
	{ "prlimit64", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, 0, 0 }, /* our own */
#ifndef __SANITIZE_ADDRESS__
	/* threads, but no processes. clone3 has its flags in memory, where no filter can read them: it fails, and libc takes
	 * this one */
	{ "clone", SCMP_ACT_ALLOW, 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD },
	{ "clone", SCMP_ACT_KILL_PROCESS, 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0 },
	{ "prctl", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, PR_SET_NAME, 0 },
#endif
};

/* libseccomp leaves out of itself what this kind of processor does not have. A name that it does not know is of no use to
 * a program built against it. */
static bool add(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);
	return call == __NR_SCMP_ERROR || seccomp_rule_add(filter, action, call, 0) == 0;
}

static bool add_each(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	bool well = true;
	for (size_t i = 0; i < count && well; i++)
		well = add(filter, action, names[i]);
	return well;
}

static bool add_condition(scmp_filter_ctx filter, const struct condition *c)
{
	const struct scmp_arg_cmp when = { c->argument, c->how, c->a, c->b };
	int call = seccomp_syscall_resolve_name(c->call);
	return call == __NR_SCMP_ERROR || seccomp_rule_add_array(filter, c->action, call, 1, &when) == 0;
}

static bool fill(scmp_filter_ctx filter, const char *const *more)
{
	const struct condition ours = { "tgkill", SCMP_ACT_ALLOW, 0, SCMP_CMP_EQ, (uint64_t)getpid(), 0 }; /* abort() */
	bool well = add_each(filter, SCMP_ACT_ALLOW, needed, sizeof needed / sizeof needed[0])
		&& add_each(filter, SCMP_ACT_KILL_PROCESS, fatal, sizeof fatal / sizeof fatal[0])
		&& add_condition(filter, &ours);
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0] && well; i++)
		well = add_condition(filter, &conditions[i]);
	for (; *more != NULL && well; more++)
		well = add(filter, SCMP_ACT_ALLOW, *more);
	return well;
}

int sandbox_calls_limit(const char *const *more, struct error *e)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return fail(e, ABSENT, "the kernel has no seccomp, which keeps us from system calls: %s", strerror(errno));
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (filter == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = DONE, code = 0;
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0
		|| seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 || !fill(filter, more))
		outcome = fail(e, FAILED, "the filter of system calls cannot be made");
	else if ((code = seccomp_load(filter)) != 0)
		outcome = fail(e, code == -ENOSYS || code == -EINVAL || code == -EOPNOTSUPP ? ABSENT : FAILED,
			"the kernel takes no filter of system calls: %s", strerror(-code));
	seccomp_release(filter);
	return outcome;
}
