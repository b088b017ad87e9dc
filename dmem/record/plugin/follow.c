/*
 * Of itself qemu-user lets exec run the new program natively. Here it runs under qemu again.
 *
 * The program's memory is ours, at the same addresses; it is read through the kernel, as any
 * pointer may be wrong.
 */
#define _GNU_SOURCE
#include "follow.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPTIONS = 16, INTERPRETERS = 4, SCRIPT_HEAD = 256 };

static char *options[OPTIONS]; /* of qemu, up to "-0" */
static int num_options;

int follow_set_up(void)
{
	static char text[8192];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	for (char *p = text; n > 0 && p < text + n && num_options < OPTIONS; p += strlen(p) + 1) {
		options[num_options++] = p;
		if (strcmp(p, "-0") == 0)
			return 0;
	}
	return -1;
}

static bool peek(void *to, uint64_t from, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)from, n };
	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n;
}

/* text returns a copy of a string of the program. */
static char *text(uint64_t from)
{
	size_t n = 0, room = 0;
	char *s = NULL;
	do {
		/* Up to the end of a page, as the next may not be there. */
		size_t more = 4096 - (from + n) % 4096;
		if (n + more > room && !(s = realloc(s, room = 2 * (n + more))))
			return NULL;
		if (!peek(s + n, from + n, more))
			return NULL;
		if (memchr(s + n, 0, more))
			return s;
		n += more;
	} while (n < 1 << 20);
	return NULL;
}

/* texts returns copies of an array of strings with room for some more in front. */
static char **texts(uint64_t from, size_t front, size_t *count)
{
	char **list = NULL;
	for (size_t n = 0;; n++) {
		uint64_t p = 0;
		if (n > 1 << 20 || (from && !peek(&p, from + 8 * n, 8)))
			return NULL;
		if (n % 64 == 0 && !(list = realloc(list, (front + n + 64) * sizeof *list)))
			return NULL;
		list[front + n] = p ? text(p) : NULL;
		if (!p) {
			*count = n;
			return list;
		}
		if (!list[front + n])
			return NULL;
	}
}

/* can_run tells whether a file is executable, and puts its beginning in head. */
static bool can_run(const char *path, char head[SCRIPT_HEAD])
{
	struct stat s;
	if (strncmp(path, "/proc/", 6) == 0 || access(path, X_OK) || stat(path, &s) || !S_ISREG(s.st_mode))
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	memset(head, 0, SCRIPT_HEAD);
	ssize_t n = read(fd, head, SCRIPT_HEAD - 1);
	close(fd);
	return n > (ssize_t)sizeof(Elf64_Ehdr) || strncmp(head, "#!", 2) == 0;
}

static bool is_program(const char *head)
{
	const Elf64_Ehdr *e = (const void *)head;
	return memcmp(head, ELFMAG, SELFMAG) == 0 && e->e_ident[EI_CLASS] == ELFCLASS64 && e->e_machine == EM_X86_64 && (e->e_type == ET_EXEC || e->e_type == ET_DYN);
}

/* interpreter takes the first line of a script apart; the argument may be NULL. */
static bool interpreter(char *head, char **name, char **argument)
{
	static const char blank[] = " \t";
	char *end = strchr(head, '\n');
	if (strncmp(head, "#!", 2) != 0 || !end)
		return false;
	while (strchr(" \t\r\n", *end))
		*end-- = 0;
	*name = head + 2 + strspn(head + 2, blank);
	char *rest = *name + strcspn(*name, blank);
	if (rest == *name)
		return false;
	*argument = NULL;
	if (*rest) {
		*rest++ = 0;
		*argument = rest + strspn(rest, blank);
	}
	return true;
}

void follow(uint64_t path, uint64_t argv, uint64_t envp)
{
	const size_t front = OPTIONS + 2 * INTERPRETERS + 2;
	char *file = text(path), *self = realpath("/proc/self/exe", NULL);
	size_t n, ignored;
	char **args = texts(argv, front, &n), **env = texts(envp, 0, &ignored);
	if (!file || !self || !args || !env)
		return; /* what is lost here is little */
	char *first = n > 0 ? args[front] : file;
	char **a = args + front + (n > 0); /* what follows the path */
	char head[SCRIPT_HEAD];
	for (int i = 0;; i++) {
		if (i > INTERPRETERS || !can_run(file, head))
			return;
		if (is_program(head))
			break;
		char *name, *argument;
		if (!interpreter(head, &name, &argument))
			return;
		*--a = file;
		if (argument)
			*--a = strdup(argument);
		first = file = strdup(name);
	}
	*--a = file;
	*--a = first;
	a -= num_options;
	memcpy(a, options, num_options * sizeof *a);
	a[0] = self;
	execve(self, a, env);
}
