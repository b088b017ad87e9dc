/*
 * A TCG plugin of qemu-user that records what a program touches: a record a load or store.
 *
 * The records go to the recorder through shared memory, the file that the argument memory
 * names. Memory is safer than a pipe: the program can neither see nor close it, and what is
 * in it outlives the program, whatever ends it.
 *
 *	header   counters and flags, see struct header
 *	rings    numbers of blocks, published by us and given back by the recorder
 *	open     by thread: the number of the block it fills, plus one
 *	blocks   records of one thread each, in its order
 *
 * A thread fills a block and publishes it when it is full and before each system call, in
 * which it might sleep. If the recorder is slow the threads wait for blocks. Each thread
 * holds at most one, and there are always more blocks than threads: so some block is always
 * on its way to the recorder.
 *
 * When the program becomes another one by exec, that runs under qemu with this plugin as
 * well, and goes on where its predecessor stopped. Processes it forks record nothing.
 */
#define _GNU_SOURCE
#include "follow.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What we use of qemu's plugin interface, version 1; no package has its header. */

typedef uint64_t plugin_id;
typedef uint32_t mem_info; /* bits 16 and 17: it reads, it writes */
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { NO_REGISTERS = 0 };
enum { READS = 1, WRITES = 2 };

void qemu_plugin_register_vcpu_init_cb(plugin_id, void (*)(plugin_id, unsigned int));
void qemu_plugin_register_vcpu_exit_cb(plugin_id, void (*)(plugin_id, unsigned int));
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *), int, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, void (*)(unsigned int, mem_info, uint64_t, void *), int, int, void *);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, void (*)(plugin_id, unsigned int, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
void qemu_plugin_register_vcpu_syscall_ret_cb(plugin_id, void (*)(plugin_id, unsigned int, int64_t, int64_t));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
unsigned int qemu_plugin_mem_size_shift(mem_info);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id, const void *, int, char **);

/* The shared memory; layout.go has the same numbers. */

static const char magic[8] = "DMEMREC1";

enum {
	POOL = 64,           /* blocks that the recorder gives out at the start */
	THREADS = 4032,      /* at once, at most */
	BLOCKS = POOL + THREADS,
	RECORDS = 1023,      /* a block: a quantum of a thread */
	WHOLE_REFERENCE = 64 /* bytes that pieces are joined to, at most */
};

enum { LOAD, STORE };
enum { TOO_MANY_THREADS = 1 };

struct record {
	uint64_t address;
	uint32_t instructions; /* begun since the record before, up to this one */
	uint8_t size, kind;
	uint16_t zero;
};

struct block {
	uint32_t thread, count;
	uint64_t zero;
	struct record records[RECORDS];
};

struct header {
	char magic[8];
	uint32_t started;  /* set by us when we are ready */
	uint32_t stop;     /* set by the recorder: record no more */
	uint32_t fault;    /* set by us: why we record no more */
	uint32_t children; /* processes that were forked, counted by them */
	uint32_t exec;     /* a call of exec is under way, or came to its end */
	uint32_t threads;  /* most at once */

	_Alignas(64) uint32_t published; /* blocks; a futex */
	uint32_t recorder_waits;
	_Alignas(64) uint32_t taken;     /* blocks, by the recorder */
	_Alignas(64) uint32_t returned;  /* blocks, by the recorder; a futex */
	uint32_t threads_wait;
	_Alignas(64) uint32_t reused;    /* of the blocks returned */
	uint32_t fresh;                  /* the first block that was never used */

	_Alignas(4096) uint32_t publish_ring[BLOCKS];
	uint32_t return_ring[BLOCKS];
	uint32_t open[BLOCKS];
};

struct shared {
	struct header header;
	struct block blocks[BLOCKS];
};

_Static_assert(sizeof(struct record) == 16 && sizeof(struct block) == 16384 && sizeof(struct header) == 4096 + 3 * 16384, "layout");

static struct shared *shared;
static int off;      /* record no more */
static pid_t parent; /* the recorder */

/* By vCPU, which is a thread; only the thread itself touches it. */
static struct thread {
	struct block *block;
	uint64_t before;  /* instructions begun before the translation block that runs */
	uint64_t running; /* instructions of that block */
	uint64_t told;    /* instructions up to the last record */
	char pad[32];
} threads[THREADS] __attribute__((aligned(64)));

/* Guards publishing and taking of blocks. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define load(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define store(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)

static void futex_wait(uint32_t *word, uint32_t value)
{
	const struct timespec most = { .tv_nsec = 100 * 1000 * 1000 };
	syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
}

static void futex_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0); }

/* publish hands the open block of a thread to the recorder. The lock is held. */
static void publish(unsigned int thread)
{
	struct header *h = &shared->header;
	uint32_t n = h->published;
	h->publish_ring[n % BLOCKS] = h->open[thread] - 1;
	store(&h->published, n + 1);
	store(&h->open[thread], 0);
	threads[thread].block = NULL;
	/* Not for each block: waking takes its time, and the recorder looks now and then itself. */
	if (n + 1 - load(&h->taken) >= POOL / 4 && load(&h->recorder_waits)) {
		store(&h->recorder_waits, 0);
		futex_wake(&h->published);
	}
}

/* take returns a block for a thread, or NULL if there is no more recording. The lock is held. */
static struct block *take(struct thread *t)
{
	struct header *h = &shared->header;
	uint32_t number;
	for (;;) {
		uint32_t returned = load(&h->returned);
		if (load(&h->stop) || off)
			return NULL;
		if (h->reused != returned) {
			number = h->return_ring[h->reused++ % BLOCKS] % BLOCKS;
			break;
		}
		if (h->fresh < POOL + h->threads) {
			number = h->fresh++;
			break;
		}
		store(&h->threads_wait, 1);
		futex_wake(&h->published);
		futex_wait(&h->returned, returned);
		if (getppid() != parent)
			return NULL;
	}
	struct block *b = &shared->blocks[number];
	b->thread = t - threads;
	b->zero = 0;
	store(&b->count, 0);
	store(&h->open[t - threads], number + 1);
	return b;
}

/* renew gives a thread a block with room; false if there is no more recording. */
static bool renew(struct thread *t)
{
	pthread_mutex_lock(&lock);
	if (t->block)
		publish(t - threads);
	t->block = take(t);
	pthread_mutex_unlock(&lock);
	if (!t->block)
		off = 1;
	return t->block;
}

/* flush publishes what a thread has, so that nothing waits while it sleeps. */
static void flush(struct thread *t)
{
	if (off || !t->block || !t->block->count)
		return;
	pthread_mutex_lock(&lock);
	publish(t - threads);
	pthread_mutex_unlock(&lock);
}

static void put(struct thread *t, uint64_t address, unsigned int size, int kind, uint64_t instructions)
{
	struct block *b = t->block;
	if (b && b->count) {
		/* qemu splits what is longer than 8 bytes. */
		struct record *last = &b->records[b->count - 1];
		if (instructions == t->told && last->kind == kind && last->address + last->size == address && last->size + size <= WHOLE_REFERENCE) {
			last->size += size;
			return;
		}
	}
	if (!b || b->count == RECORDS) {
		if (!renew(t))
			return;
		b = t->block;
	}
	uint64_t since = instructions - t->told;
	if (since > UINT32_MAX)
		since = UINT32_MAX;
	t->told += since;
	b->records[b->count] = (struct record){ .address = address, .instructions = since, .size = size, .kind = kind };
	__atomic_store_n(&b->count, b->count + 1, __ATOMIC_RELEASE);
}

/* touched is called at each load and store; nth counts the instructions of its block. */
static void touched(unsigned int vcpu, mem_info info, uint64_t address, void *nth)
{
	if (off || vcpu >= THREADS)
		return;
	struct thread *t = &threads[vcpu];
	uint64_t instructions = t->before + (uintptr_t)nth;
	unsigned int size = 1u << qemu_plugin_mem_size_shift(info);
	unsigned int rw = info >> 16;
	if (rw & READS)
		put(t, address, size, LOAD, instructions);
	if (rw & WRITES) /* an atomic operation does both */
		put(t, address, size, STORE, instructions);
}

/* entered is called at the start of each translation block. */
static void entered(unsigned int vcpu, void *instructions)
{
	if (vcpu >= THREADS)
		return;
	struct thread *t = &threads[vcpu];
	t->before += t->running;
	t->running = (uintptr_t)instructions;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, entered, NO_REGISTERS, (void *)n);
	for (size_t i = 0; i < n; i++)
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), touched, NO_REGISTERS, READS | WRITES, (void *)(i + 1));
}

static void started(plugin_id id, unsigned int vcpu)
{
	if (off)
		return;
	struct header *h = &shared->header;
	pthread_mutex_lock(&lock);
	if (vcpu >= THREADS) {
		store(&h->fault, TOO_MANY_THREADS);
		off = 1;
	} else {
		memset(&threads[vcpu], 0, sizeof threads[vcpu]);
		if (vcpu >= h->threads)
			store(&h->threads, vcpu + 1);
	}
	pthread_mutex_unlock(&lock);
}

static void ended(plugin_id id, unsigned int vcpu)
{
	if (vcpu < THREADS)
		flush(&threads[vcpu]);
}

enum { EXECVE = 59, EXECVEAT = 322 };

static void calls(plugin_id id, unsigned int vcpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
	if (off || vcpu >= THREADS)
		return;
	flush(&threads[vcpu]);
	if (number == EXECVE)
		follow(a1, a2, a3);
	if (number == EXECVE || number == EXECVEAT)
		store(&shared->header.exec, 1);
}

/* returned is called when a system call comes back, which a successful exec does not. */
static void returned(plugin_id id, unsigned int vcpu, int64_t number, int64_t value)
{
	if (!off && (number == EXECVE || number == EXECVEAT))
		store(&shared->header.exec, 0);
}

/* forked runs in a new process. Its references are not ours: they would mix with those of
 * the process that is recorded. */
static void forked(void)
{
	if (!off)
		__atomic_fetch_add(&shared->header.children, 1, __ATOMIC_SEQ_CST);
	off = 1;
}

static int refuse(const char *why)
{
	fprintf(stderr, "recorder: %s\n", why);
	return -1;
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	const char *path = NULL;
	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], "memory=", 7) == 0)
			path = argv[i] + 7;
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat s;
	if (fd < 0 || fstat(fd, &s) || s.st_size != sizeof *shared)
		return refuse("want memory=FILE of the right size");
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd); /* the program must not see it */
	if (shared == MAP_FAILED)
		return refuse("the shared memory cannot be mapped");
	struct header *h = &shared->header;
	if (memcmp(h->magic, magic, sizeof magic) != 0)
		return refuse("the shared memory is of another version");
	if (follow_set_up())
		return refuse("want -0 among the first options");
	if (!h->started)
		h->fresh = POOL;
	for (unsigned int i = 0; i < THREADS; i++) /* of threads that an exec ended */
		if (h->open[i])
			publish(i);
	parent = getppid();
	if (pthread_atfork(NULL, NULL, forked))
		return refuse("no notice of forks");
	qemu_plugin_register_vcpu_init_cb(id, started);
	qemu_plugin_register_vcpu_exit_cb(id, ended);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_vcpu_syscall_cb(id, calls);
	qemu_plugin_register_vcpu_syscall_ret_cb(id, returned);
	store(&h->started, 1);
	return 0;
}
