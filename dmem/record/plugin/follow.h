#include <stdint.h>

/* follow_set_up remembers how qemu was called. It returns 0, or -1 if that is not as expected. */
int follow_set_up(void);

/* follow does what the system call execve would, but under qemu and with this plugin. The
 * arguments are addresses of the program's. It returns only if the new program is none that
 * can be recorded, or the call would fail: then qemu can do it. */
void follow(uint64_t path, uint64_t argv, uint64_t envp);
