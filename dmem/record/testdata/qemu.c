/*
 * Stands for qemu-x86_64 in tests: loads a plugin, has it instrument one block of six
 * instructions, and plays the part that the program's last argument names.
 *
 *	gcc -rdynamic -o qemu-x86_64 qemu.c -ldl -pthread
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INSTRUCTIONS = 6 };

static void (*begin_vcpu)(uint64_t, unsigned);
static void (*end_vcpu)(uint64_t, unsigned);
static void (*translate)(uint64_t, void *);
static void (*enter)(unsigned, void *);
static void *enter_data;
static void (*touch[INSTRUCTIONS])(unsigned, uint32_t, uint64_t, void *);
static void *touch_data[INSTRUCTIONS];
static void (*call)(uint64_t, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
static void (*call_returns)(uint64_t, unsigned, int64_t, int64_t);

void qemu_plugin_register_vcpu_init_cb(uint64_t id, void *f) { begin_vcpu = f; }
void qemu_plugin_register_vcpu_exit_cb(uint64_t id, void *f) { end_vcpu = f; }
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void *f) { translate = f; }
void qemu_plugin_register_vcpu_syscall_cb(uint64_t id, void *f) { call = f; }
void qemu_plugin_register_vcpu_syscall_ret_cb(uint64_t id, void *f) { call_returns = f; }
void qemu_plugin_register_vcpu_tb_exec_cb(void *tb, void *f, int flags, void *data)
{
	enter = f;
	enter_data = data;
}
void qemu_plugin_register_vcpu_mem_cb(void *insn, void *f, int flags, int rw, void *data)
{
	size_t i = (size_t)insn - 1;
	touch[i] = f;
	touch_data[i] = data;
}
size_t qemu_plugin_tb_n_insns(const void *tb) { return INSTRUCTIONS; }
void *qemu_plugin_tb_get_insn(const void *tb, size_t i) { return (void *)(i + 1); }
unsigned qemu_plugin_mem_size_shift(uint32_t info) { return info & 15; }

enum { R = 1 << 16, W = 2 << 16, BYTE = 0, FOUR = 2, EIGHT = 3 };

static void block(unsigned cpu) { enter(cpu, enter_data); }
static void at(unsigned cpu, int insn, uint32_t info, uint64_t address) { touch[insn](cpu, info, address, touch_data[insn]); }
static void write_call(unsigned cpu) { call(1, cpu, 1, 0, 0, 0, 0, 0, 0, 0, 0); }

/* stream loads the lines from base on, one a block of instructions. */
static void stream(unsigned cpu, uint64_t base, long n)
{
	for (long i = 0; i < n; i++) {
		block(cpu);
		at(cpu, 2, R | EIGHT, base + 64 * i);
	}
}

static long count;

static void *thread(void *arg)
{
	unsigned cpu = (uintptr_t)arg;
	stream(cpu, (uint64_t)cpu << 32, count);
	end_vcpu(1, cpu);
	return NULL;
}

int main(int argc, char **argv)
{
	char *spec = NULL, *part = argv[argc - 1];
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-plugin") == 0)
			spec = strdup(argv[i + 1]);
	char *option = strstr(spec, ",memory=");
	*option++ = 0;
	for (char *p = spec; (p = strstr(p, ",,")); p++) /* as qemu's options have it */
		memmove(p, p + 1, strlen(p));
	if (strcmp(part, "refuse") == 0)
		option = "memory=/nowhere";
	void *library = dlopen(spec, RTLD_NOW);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	int (*install)(uint64_t, const void *, int, char **) = (int (*)(uint64_t, const void *, int, char **))dlsym(library, "qemu_plugin_install");
	if (*(int *)dlsym(library, "qemu_plugin_version") != 1 || install(1, NULL, 1, &option))
		return 1;
	translate(1, NULL);
	begin_vcpu(1, 0);
	if (strcmp(part, "kinds") == 0) {
		block(0);
		at(0, 0, R | FOUR, 0x1000);
		at(0, 3, R | EIGHT, 0x2000); /* sixteen bytes in two pieces */
		at(0, 3, R | EIGHT, 0x2008);
		at(0, 3, W | EIGHT, 0x2010); /* adjacent, but a store */
		block(0);
		block(0);
		at(0, 1, R | W | FOUR, 0x3004); /* atomic */
		at(0, 4, W | BYTE, 0x7fffffffffff);
		at(0, 5, R | EIGHT, 0x4000);
		block(0);
		at(0, 0, R | EIGHT, 0x4008); /* adjacent, but of another instruction */
	} else if (strcmp(part, "crash") == 0) {
		stream(0, 0, 2500);
		abort();
	} else if (strcmp(part, "hang") == 0) {
		stream(0, 0, 10);
		write_call(0);
		for (;;)
			pause();
	} else if (strcmp(part, "endless") == 0) {
		stream(0, 0, INT64_MAX);
	} else if (strcmp(part, "fork") == 0) {
		stream(0, 0, 5);
		int status;
		pid_t child = fork();
		if (child == 0) {
			stream(0, 1 << 20, 5000);
			call(1, 0, 59, 0, 0, 0, 0, 0, 0, 0, 0);
			_exit(0);
		}
		waitpid(child, &status, 0);
		stream(0, 1 << 21, 5);
	} else if (strcmp(part, "exec") == 0) {
		stream(0, 0, 5);
		const char *args[] = { "again", "kinds", NULL }, *none[] = { NULL };
		call(1, 0, 59, (uintptr_t) "/nowhere/at/all", (uintptr_t)args, (uintptr_t)none, 0, 0, 0, 0, 0);
		call_returns(1, 0, 59, -2);
		call(1, 0, 59, 8, 16, 24, 0, 0, 0, 0, 0); /* wild pointers */
		call_returns(1, 0, 59, -14);
		call(1, 0, 59, (uintptr_t)argv[argc - 2], (uintptr_t)args, (uintptr_t)none, 0, 0, 0, 0, 0);
		return 3;
	} else if (strcmp(part, "unfollowed") == 0) {
		stream(0, 0, 5);
		call(1, 0, 59, 0, 0, 0, 0, 0, 0, 0, 0);
	} else if (strcmp(part, "crowd") == 0) {
		for (unsigned i = 1; i < 5000; i++)
			begin_vcpu(1, i);
		stream(0, 0, 5);
	} else {
		unsigned threads = atoi(part); /* THREADS:REFERENCES */
		count = atol(strchr(part, ':') + 1);
		pthread_t t[4096];
		for (uintptr_t i = 1; i < threads; i++) {
			begin_vcpu(1, i);
			pthread_create(&t[i], NULL, thread, (void *)i);
		}
		thread(0);
		for (unsigned i = 1; i < threads; i++)
			pthread_join(t[i], NULL);
	}
	return 42;
}
