/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that settings name, tried as the user that the daemon runs as. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "settings/tables.h"
#include "tools/config/config.h"

/* Who tries. NAME "" and not known: as we are, for only root can be somebody else, and only somebody who is there. */
struct user {
	char name[64];
	bool known;
	uid_t uid;
	gid_t gid;
};

static struct user find_user(const struct config *f, const struct option_table *table)
{
	struct user user = { "", false, 0, 0 };
	snprintf(user.name, sizeof user.name, "%s", f->user != NULL ? f->user : table->program);
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user.name) : NULL;
	if (entry == NULL && (entry = getpwuid(geteuid())) != NULL) {
		snprintf(user.name, sizeof user.name, "%s", entry->pw_name);
	} else if (entry != NULL) {
		user.known = true;
		user.uid = entry->pw_uid;
		user.gid = entry->pw_gid;
	}
	return user;
}

/* In a process of its own: tries, and ends with errno for a status, or with 0. */
static void try(const struct user *user, const char *path, enum option_file how)
{
	char parent[4096];
	if (user->known && (initgroups(user->name, user->gid) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0))
		_exit(errno);
	int flags = how == OPTION_FILE_FOLDER ? O_RDONLY | O_DIRECTORY : how == OPTION_FILE_READ ? O_RDONLY : O_RDWR;
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		_exit(0);
	if (errno != ENOENT || how != OPTION_FILE_MADE)
		_exit(errno);
	snprintf(parent, sizeof parent, "%s", path);
	_exit(faccessat(AT_FDCWD, dirname(parent), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno);
}

/* 0, or the errno of what the user could not do. */
static int attempt(const struct user *user, const char *path, enum option_file how)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		try(user, path, how);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return EAGAIN;
	return WEXITSTATUS(status);
}

static void check_row(struct config *f, const struct option_table *table, const struct option_row *row)
{
	int line;
	const char *path = config_value(f, table, row, &line);
	struct user user = find_user(f, table);
	bool named = row->file != OPTION_FILE_NONE && *path != '\0' && strcmp(path, "none") != 0;
	int trouble = named ? attempt(&user, path, row->file) : 0;
	if (trouble == ENOENT && row->file == OPTION_FILE_CHANGED)
		config_fault(f, line, "%s: there is no %s: 'windsock init' makes it", row->name, path);
	else if (trouble != 0)
		config_fault(f, line, "%s: %s: %s, for %s as %s", row->name, path, strerror(trouble), table->program, user.name);
}

/* A setting without which another one is refused. */
static void check_need(struct config *f, const struct option_table *table, const char *name, const char *needed)
{
	int line, other;
	const struct option_row *row = option_find(table, name, strlen(name)), *with = option_find(table, needed, strlen(needed));
	const char *value = config_value(f, table, row, &line);
	if (*value != '\0' && *config_value(f, table, with, &other) == '\0')
		config_fault(f, line, "%s wants %s, too", name, needed);
}

/* Whether a program that is one of those before has the same to say: it is told once. */
static bool is_told(const struct option_table *const *tables, size_t t, const struct option_row *row)
{
	bool told = false;
	for (size_t i = 0; i < t; i++)
		told |= row->common && option_find(tables[i], row->name, strlen(row->name)) != NULL;
	return told;
}

void config_check_files(struct config *f)
{
	check_need(f, &settings_dnsd, "listen-tls", "tls-certificate");
	check_need(f, &settings_dnsd, "listen-tls", "tls-key");
	check_need(f, &settings_updater, "listen-tls", "certificates");
	for (size_t t = 0; settings_tables[t] != NULL; t++) {
		struct user user = find_user(f, settings_tables[t]);
		int trouble = attempt(&user, f->path, OPTION_FILE_READ);
		if (trouble != 0 && trouble != ENOENT)
			config_fault(f, 0, "%s, for %s as %s", strerror(trouble), settings_tables[t]->program, user.name);
		for (size_t i = 0; i < settings_tables[t]->count; i++)
			if (!is_told(settings_tables, t, &settings_tables[t]->rows[i]))
				check_row(f, settings_tables[t], &settings_tables[t]->rows[i]);
	}
}
