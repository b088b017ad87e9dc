// Package record runs a real program and yields what it touches, as a [trace.RefSource]
// that a front end turns into misses.
//
//	r, err := record.Start(ctx, []string{"sort", "words.txt"}, record.Options{})
//	...                     // read r.Next until io.EOF
//	outcome, err := r.Close()
//
// # Tools
//
// [QEMU], the default, runs an x86-64 Linux program under qemu-user with a plugin of ours
// (in folder plugin), which gcc compiles on first use into the folder of Options.Cache.
// Threads run side by side; each has a number, that of its virtual processor, counted from 0
// and given again when a thread has ended.
//
// [Lackey] runs it under valgrind's tool of that name: fifty to a hundred times slower, its
// threads take turns and are all number 0. It is the fallback of [Auto].
//
// Both report loads and stores, and with each how many instructions the thread began since
// its last. Fetches of instructions are no references; those that lackey reports are
// counted as instructions.
//
// # What is recorded
//
// Everything the program's own instructions load and store in user mode, start-up and
// dynamic linker included: static and dynamically linked programs, all threads.
//
//   - An operand is one reference, of up to 64 bytes; the pieces in which qemu moves a long
//     one are put together again.
//   - An atomic operation is a load and a store.
//   - A repeated string instruction (rep movs) is one or two references an iteration. The
//     processor does not announce fast ones (erms, fsrm), so that libraries do without.
//   - A block of instructions that a fault or signal cuts short counts whole.
//
// # What is not
//
//   - What the kernel does: system calls that read or write the program's buffers.
//   - Prefetch instructions, walks of page tables, speculation.
//   - Other processes. Children, by fork, vfork or posix_spawn, run on but are not
//     recorded; [Outcome] counts them.
//
// A program that replaces itself by another (exec, as env, sh -c and wrappers do) is followed
// under [QEMU]: the trace holds both, at addresses of one process. Under [Lackey], and if
// the new program is not for x86-64, the recording holds what was until then; of the latter
// [Outcome.Replaced] tells.
//
// # Order
//
// A thread's references are in its order. Threads are interleaved in quanta of at most
// 1023 references, as they ran under the tool; what a thread did is handed over before each
// system call, in which it might sleep. One thread's recording is the same each time as far
// as the program is; how several threads interleave is a matter of chance.
//
// # Ends
//
// A program may end by itself, crash, be killed, or be ended by [Recording.Stop] or the
// context: politely, by SIGTERM, and five seconds later by SIGKILL. In each case the
// references up to there are delivered, and [Outcome] tells which it was.
package record
