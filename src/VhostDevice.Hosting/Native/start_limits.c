// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//
// Limits of the process (setrlimit(2)) under which the runtime, or the program, would end half-way with words that help
// nobody. Looked at before the runtime starts, which is why this is C: it needs both descriptors and address space itself.

#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

// A daemon with one socket and a guest has 15 descriptors open; its sandbox opens a few more for a moment.
#define LEAST_DESCRIPTORS 24ul

// The program, the heap's tables, the stacks of a few threads. Measured: 64 MiB are too little to end in good order,
// 128 are enough.
#define LEAST_ADDRESS_SPACE_MIB 128ul

// Returns if so much is allowed, and ends the process otherwise.
static void require(int resource, unsigned long least, unsigned int shift, const char *what, const char *options)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >> shift >= least)
        return;
    char text[256];
    int length = snprintf(text, sizeof text, "%s: %lu %s are allowed, and at least %lu are needed: raise the limit (%s)\n",
        program_invocation_short_name, (unsigned long)(limit.rlim_cur >> shift), what, least, options);
    if (length > 0 && write(STDERR_FILENO, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1) < 0)
        _exit(1); // there is nobody to tell
    _exit(1);
}

// Each thread that allocates would otherwise reserve up to 128 MiB of address space for an arena of its own, at the same
// time as the garbage collector reserves its half of what is allowed: whoever comes second gets nothing, and the runtime
// ends without a word. Threads here hardly ever allocate in C, so they can share one arena. Musl has no arenas.
static void share_arena(void)
{
#ifdef M_ARENA_MAX
    (void)mallopt(M_ARENA_MAX, 1);
#endif
}

__attribute__((constructor)) static void check_limits(void)
{
    share_arena();
    require(RLIMIT_NOFILE, LEAST_DESCRIPTORS, 0, "open files", "ulimit -n, LimitNOFILE=");
    require(RLIMIT_AS, LEAST_ADDRESS_SPACE_MIB, 20, "MiB of address space", "ulimit -v, LimitAS=");
}
