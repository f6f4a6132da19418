/* SPDX-License-Identifier: BSD-2-Clause */
/* A library to be preloaded that counts a program's calls of the system, by kind, and fails the one it is told to fail.
 *
 * Why not libfiu: its POSIX module knows neither of memory nor threads of a program in a sanitizer's hands, fails by chance or
 * for ever rather than the k-th call, and tells nobody which call it struck. This one is told, and tells, in a page that it
 * shares with the driver (FAULT_PAGE names the file): a fault can be asked for while a daemon runs, and its calls so far,
 * and the stack above the one that failed, are read without a word to it.
 *
 * What libc calls within itself (stdio's own write, getaddrinfo's open) is not seen; what it takes from malloc is. Of clocks
 * only the date is wrong for one call: the kernel cannot fail to tell one that asks with a good pointer.
 *
 * A program of the sanitizers has theirs behind ours (ASAN_OPTIONS=verify_asan_link_order=0): ours is asked first, and passes on. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Each kind is counted by itself. */
enum kind { OPEN, READ, WRITE, SYNC, TRUNCATE, RENAME, UNLINK, STAT, LOCK, OWNER, MAP, MEMORY, SEND, RECEIVE, ACCEPT, SOCKET,
	BIND, CONNECT, WAIT, WATCH, THREAD, CLOCK, RANDOM, KINDS };

static const char names[KINDS][16] = { "open", "read", "write", "sync", "truncate", "rename", "unlink", "stat", "lock", "owner",
	"map", "memory", "send", "receive", "accept", "socket", "bind", "connect", "wait", "watch", "thread", "clock", "random" };

enum { SITES = 65536, FRAMES = 27 };
enum how { ONCE, FROM_THEN_ON, HALF /* of a read or write is done, once */ };

/* Shared with the driver (trial/page.py has the same). Whoever arms writes KIND last, 1 above its number; 0 disarms. */
struct page {
	char names[32][16];
	_Atomic int64_t counts[32];
	_Atomic int32_t armed;
	int32_t how, error, depth; /* error: errno; for a clock, the seconds that it is off. depth: of the stack */
	_Atomic int64_t countdown; /* 1: the next one of the kind */
	_Atomic int64_t struck;    /* how many failed */
	char call[32];
	char stack[24][104];
	_Atomic int32_t tracing;       /* whether sites are noted */
	uint64_t sites[SITES];         /* of each call for memory, the first one first: a hash of who called */
};

static struct page *page;
static uintptr_t program, program_end; /* where the program itself lies in memory */
static __thread bool within __attribute__((tls_model("initial-exec")));

/* The next one's, which the linker found. */
#define NEXT(name) ((__typeof__(&name))next_of(&next_##name, #name))
#define DECLARE(name) static _Atomic(void *) next_##name

static void *next_of(_Atomic(void *) *known, const char *name)
{
	void *found = atomic_load_explicit(known, memory_order_relaxed);
	if (found == NULL) {
		found = dlsym(RTLD_NEXT, name);
		atomic_store_explicit(known, found, memory_order_relaxed);
	}
	return found;
}

/* Raw: none of ours is asked, and no sanitizer's. */
static struct page *share(const char *path)
{
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	long at = syscall(SYS_mmap, NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	return at == -1 ? NULL : (struct page *)at;
}

static int find_program(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size, (void)context;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			program_end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	program = info->dlpi_addr;
	return 1; /* it is the first one */
}

/* Before main: what the loader and the libraries' own beginnings call is no call of ours. */
__attribute__((constructor)) static void begin(void)
{
	void *frames[4];
	const char *path = getenv("FAULT_PAGE");
	within = true;
	backtrace(frames, 4); /* it loads its library the first time */
	dl_iterate_phdr(find_program, NULL);
	within = false;
	struct page *shared = path == NULL ? NULL : share(path);
	if (shared == NULL)
		return;
	memcpy(shared->names, names, sizeof names);
	page = shared;
}

/* As LIBRARY+OFFSET, which addr2line takes. */
static void note_stack(const char *call)
{
	void *frames[FRAMES];
	int depth = backtrace(frames, FRAMES), kept = 0;
	for (int i = 3; i < depth && kept < 24; i++) {
		Dl_info info;
		if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL)
			continue;
		const char *name = strrchr(info.dli_fname, '/');
		snprintf(page->stack[kept++], sizeof page->stack[0], "%.80s+0x%lx", name == NULL ? info.dli_fname : name + 1,
			(unsigned long)((char *)frames[i] - (char *)info.dli_fbase) - 1);
	}
	strncpy(page->call, call, sizeof page->call - 1);
	page->depth = kept;
}

/* There are far more calls for memory than ways to them: a site is all callers within the program, and the two nearest. */
static void note_site(int64_t number)
{
	void *frames[FRAMES];
	int depth = backtrace(frames, FRAMES);
	uint64_t hash = 14695981039346656037u;
	for (int i = 3; i < depth; i++) {
		uintptr_t at = (uintptr_t)frames[i];
		if (i < 5 || (at >= program && at < program_end))
			hash = (hash ^ at) * 1099511628211u;
	}
	page->sites[number] = hash;
}

/* Counts a call; whether it is the one. HALVED is NULL where nothing can be done by half. */
static bool strikes(enum kind kind, const char *call, bool *halved)
{
	if (page == NULL || within)
		return false;
	int64_t number = atomic_fetch_add_explicit(&page->counts[kind], 1, memory_order_relaxed);
	if (kind == MEMORY && number < SITES && atomic_load_explicit(&page->tracing, memory_order_relaxed)) {
		within = true;
		note_site(number);
		within = false;
	}
	if (atomic_load_explicit(&page->armed, memory_order_acquire) != (int)kind + 1)
		return false;
	int64_t left = atomic_fetch_sub_explicit(&page->countdown, 1, memory_order_relaxed) - 1;
	if (left > 0 || (left < 0 && page->how != FROM_THEN_ON) || (page->how == HALF && halved == NULL))
		return false;
	within = true;
	if (left == 0)
		note_stack(call);
	within = false;
	atomic_fetch_add_explicit(&page->struck, 1, memory_order_release);
	if (halved != NULL)
		*halved = page->how == HALF;
	errno = page->error;
	return true;
}

/* A call that fails with -1 and errno. */
#define FAILS(kind, type, name, bad, parameters, arguments)      \
	DECLARE(name);                                            \
	type name parameters;                                     \
	type name parameters                                      \
	{                                                         \
		return strikes(kind, #name, NULL) ? bad : NEXT(name) arguments; \
	}

/* One of SIZE octets, half of which may be done instead. */
#define HALVES(kind, name, size, parameters, arguments)          \
	DECLARE(name);                                            \
	ssize_t name parameters;                                  \
	ssize_t name parameters                                   \
	{                                                         \
		bool halved = false;                              \
		if (strikes(kind, #name, &halved)) {              \
			if (!halved || size < 2)                  \
				return -1;                        \
			size /= 2;                                \
		}                                                 \
		return NEXT(name) arguments;                      \
	}

/* Files. */

#define OPENS(name, before, passed)                                          \
	DECLARE(name);                                                        \
	int name(before const char *path, int flags, ...);                    \
	int name(before const char *path, int flags, ...)                     \
	{                                                                     \
		va_list list;                                                 \
		va_start(list, flags);                                        \
		mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; \
		va_end(list);                                                 \
		return strikes(OPEN, #name, NULL) ? -1 : NEXT(name)(passed path, flags, mode); \
	}
#define NOTHING
#define COMMA ,
OPENS(open, NOTHING, NOTHING)
OPENS(open64, NOTHING, NOTHING)
OPENS(openat, int at COMMA, at COMMA)
OPENS(openat64, int at COMMA, at COMMA)
FAILS(OPEN, FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
FAILS(OPEN, FILE *, fopen64, NULL, (const char *path, const char *mode), (path, mode))
FAILS(OPEN, DIR *, opendir, NULL, (const char *path), (path))

HALVES(READ, read, size, (int fd, void *bytes, size_t size), (fd, bytes, size))
HALVES(READ, pread, size, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at))
HALVES(READ, pread64, size, (int fd, void *bytes, size_t size, off64_t at), (fd, bytes, size, at))
HALVES(WRITE, write, size, (int fd, const void *bytes, size_t size), (fd, bytes, size))
HALVES(WRITE, pwrite, size, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
HALVES(WRITE, pwrite64, size, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at))
FAILS(WRITE, ssize_t, writev, -1, (int fd, const struct iovec *parts, int count), (fd, parts, count))
FAILS(SYNC, int, fsync, -1, (int fd), (fd))
FAILS(SYNC, int, fdatasync, -1, (int fd), (fd))
FAILS(TRUNCATE, int, ftruncate, -1, (int fd, off_t size), (fd, size))
FAILS(TRUNCATE, int, ftruncate64, -1, (int fd, off64_t size), (fd, size))
FAILS(RENAME, int, rename, -1, (const char *from, const char *to), (from, to))
FAILS(UNLINK, int, unlink, -1, (const char *path), (path))
FAILS(STAT, int, stat, -1, (const char *restrict path, struct stat *restrict to), (path, to))
FAILS(STAT, int, stat64, -1, (const char *restrict path, struct stat64 *restrict to), (path, to))
FAILS(STAT, int, lstat64, -1, (const char *restrict path, struct stat64 *restrict to), (path, to))
FAILS(STAT, int, fstat, -1, (int fd, struct stat *to), (fd, to))
FAILS(STAT, int, fstat64, -1, (int fd, struct stat64 *to), (fd, to))
FAILS(OWNER, int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
FAILS(OWNER, int, fchown, -1, (int fd, uid_t user, gid_t group), (fd, user, group))
FAILS(OWNER, int, mkdir, -1, (const char *path, mode_t mode), (path, mode))

/* Whoever locks: SQLite. All of what fcntl takes is as long as a pointer. No system refuses to let go of a lock. */
#define LOCKS(name)                                                                               \
	DECLARE(name);                                                                             \
	int name(int fd, int command, ...);                                                        \
	int name(int fd, int command, ...)                                                         \
	{                                                                                          \
		va_list list;                                                                      \
		va_start(list, command);                                                           \
		void *value = va_arg(list, void *);                                                \
		va_end(list);                                                                      \
		bool locks = (command == F_SETLK || command == F_SETLKW || command == F_GETLK)     \
			&& ((struct flock *)value)->l_type != F_UNLCK;                              \
		return locks && strikes(LOCK, #name, NULL) ? -1 : NEXT(name)(fd, command, value); \
	}
LOCKS(fcntl)
LOCKS(fcntl64)

/* Memory. */

FAILS(MAP, void *, mmap, MAP_FAILED, (void *at, size_t size, int may, int flags, int fd, off_t from),
	(at, size, may, flags, fd, from))
FAILS(MAP, void *, mmap64, MAP_FAILED, (void *at, size_t size, int may, int flags, int fd, off64_t from),
	(at, size, may, flags, fd, from))
FAILS(MEMORY, void *, malloc, NULL, (size_t size), (size))
FAILS(MEMORY, void *, calloc, NULL, (size_t count, size_t size), (count, size))
FAILS(MEMORY, void *, realloc, NULL, (void *old, size_t size), (old, size))
FAILS(MEMORY, void *, aligned_alloc, NULL, (size_t border, size_t size), (border, size))

/* Sockets. */

FAILS(SEND, ssize_t, send, -1, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags))
FAILS(SEND, ssize_t, sendto, -1,
	(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t length),
	(fd, bytes, size, flags, to, length))
FAILS(SEND, ssize_t, sendmsg, -1, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
FAILS(SEND, int, sendmmsg, -1, (int fd, struct mmsghdr *messages, unsigned count, int flags), (fd, messages, count, flags))
HALVES(RECEIVE, recv, size, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags))
FAILS(RECEIVE, ssize_t, recvfrom, -1,
	(int fd, void *restrict bytes, size_t size, int flags, struct sockaddr *restrict from, socklen_t *restrict length),
	(fd, bytes, size, flags, from, length))
FAILS(RECEIVE, ssize_t, recvmsg, -1, (int fd, struct msghdr *message, int flags), (fd, message, flags))
FAILS(RECEIVE, int, recvmmsg, -1, (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *wait),
	(fd, messages, count, flags, wait))
FAILS(ACCEPT, int, accept4, -1, (int fd, struct sockaddr *restrict from, socklen_t *restrict length, int flags),
	(fd, from, length, flags))
FAILS(SOCKET, int, socket, -1, (int family, int type, int protocol), (family, type, protocol))
FAILS(SOCKET, int, epoll_create1, -1, (int flags), (flags))
FAILS(SOCKET, int, eventfd, -1, (unsigned value, int flags), (value, flags))
FAILS(SOCKET, int, signalfd, -1, (int fd, const void *set, int flags), (fd, set, flags))
FAILS(SOCKET, int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
FAILS(SOCKET, int, pipe, -1, (int fds[2]), (fds))
FAILS(SOCKET, int, pipe2, -1, (int fds[2], int flags), (fds, flags))
FAILS(BIND, int, bind, -1, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length))
FAILS(BIND, int, listen, -1, (int fd, int waiting), (fd, waiting))
FAILS(BIND, int, setsockopt, -1, (int fd, int level, int option, const void *value, socklen_t length),
	(fd, level, option, value, length))
FAILS(BIND, int, getsockname, -1, (int fd, struct sockaddr *restrict address, socklen_t *restrict length),
	(fd, address, length))
FAILS(CONNECT, int, connect, -1, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length))
FAILS(WAIT, int, epoll_wait, -1, (int fd, struct epoll_event *events, int most, int wait), (fd, events, most, wait))
FAILS(WAIT, int, poll, -1, (void *fds, unsigned long count, int wait), (fds, count, wait))
FAILS(WAIT, int, __poll_chk, -1, (void *fds, unsigned long count, int wait, size_t size), (fds, count, wait, size))
FAILS(WATCH, int, epoll_ctl, -1, (int fd, int what, int watched, struct epoll_event *event), (fd, what, watched, event))

/* Threads, clocks, chance. */

FAILS(THREAD, int, pthread_create, page->error,
	(pthread_t *restrict thread, const pthread_attr_t *restrict how, void *(*run)(void *), void *restrict with),
	(thread, how, run, with))
FAILS(RANDOM, ssize_t, getrandom, -1, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))

DECLARE(clock_gettime);
int clock_gettime(clockid_t clock, struct timespec *now)
{
	bool off = clock == CLOCK_REALTIME && strikes(CLOCK, "clock_gettime", NULL);
	int result = NEXT(clock_gettime)(clock, now);
	if (off)
		now->tv_sec += page->error;
	return result;
}

DECLARE(time);
time_t time(time_t *to)
{
	bool off = strikes(CLOCK, "time", NULL);
	time_t now = NEXT(time)(NULL) + (off ? page->error : 0);
	if (to != NULL)
		*to = now;
	return now;
}

DECLARE(gettimeofday);
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	bool off = strikes(CLOCK, "gettimeofday", NULL);
	int result = NEXT(gettimeofday)(now, zone);
	if (off)
		now->tv_sec += page->error;
	return result;
}
