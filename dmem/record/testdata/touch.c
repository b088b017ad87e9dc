/*
 * touch THREADS LINES ROUNDS: each thread stores to each line of an array of its own, so many
 * rounds. The stores are in assembly: one a line, so that they can be counted by hand.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static long lines, rounds;
static pthread_barrier_t all; /* so that no thread takes the number of one that has ended */

static void *touch(void *array)
{
	pthread_barrier_wait(&all);
	for (long r = 0; r < rounds; r++) {
		char *p = array;
		long n = lines;
		__asm__ volatile("1: movq %1, (%0)\n add $64, %0\n dec %1\n jnz 1b" : "+r"(p), "+r"(n) : : "memory", "cc");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[1]);
	pthread_t t[64];
	lines = atol(argv[2]);
	rounds = atol(argv[3]);
	/* Staggered by a page, so that the arrays do not fall on the same sets. */
	char *arrays = mmap(NULL, threads * (lines * 64 + 4096) + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_barrier_init(&all, NULL, threads);
	for (int i = 1; i < threads; i++)
		pthread_create(&t[i], NULL, touch, arrays + i * (lines * 64 + 4096));
	touch(arrays);
	for (int i = 1; i < threads; i++)
		pthread_join(t[i], NULL);
	return 7;
}
