// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//
// What happens when a front-end truncates a file that is mapped here. The next access beyond its new end raises
// SIGBUS, whose default is the end of the process. This handler puts zeroed memory of our own in place of the mapping,
// so that the access that faulted goes through when it is tried again, and signals the mapping's alarm, so that the
// connection can be ended.
//
// It is C because a signal handler must not enter the .NET runtime. It takes no lock and calls nothing that
// signal-safety(7) forbids: other threads may add and remove mappings meanwhile.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapping_guard.h"

enum { ENTRIES_PER_CHUNK = 128 };

// One mapping. The version is odd while the rest is being changed: a reader that sees it odd, or changed afterwards,
// has read nonsense, and may pass the entry over, because a mapping that somebody uses is not being changed.
struct entry {
    atomic_uint taken;
    atomic_uint version;
    _Atomic uintptr_t start; // 0: not in force
    _Atomic uintptr_t end;
    atomic_int alarm;
    int *_Atomic lost;
    atomic_bool replaced;
};

// Never freed, so that the handler may walk along them at any time.
struct chunk {
    struct entry entries[ENTRIES_PER_CHUNK];
    struct chunk *_Atomic next;
};

static struct chunk first_chunk;
static struct sigaction previous;
static uintptr_t page_size;

static void begin_change(struct entry *entry)
{
    atomic_fetch_add_explicit(&entry->version, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static void end_change(struct entry *entry)
{
    atomic_fetch_add_explicit(&entry->version, 1, memory_order_release);
}

static bool map_zeroes(uintptr_t start, uintptr_t length)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    return mmap((void *)start, length, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
}

// The whole mapping goes, also what is still good of it: the connection ends anyhow, further faults cost nothing, and a
// part of huge pages could not be replaced. Where memory is strictly accounted for, there may be too little for that,
// and it must be page by page.
static bool replace(struct entry *entry, uintptr_t start, uintptr_t end, uintptr_t address)
{
    if (atomic_exchange(&entry->replaced, true))
        return map_zeroes(address & ~(page_size - 1), page_size);
    return map_zeroes(start, end - start) || map_zeroes(address & ~(page_size - 1), page_size);
}

static void raise_alarm(int alarm)
{
    const uint64_t one = 1;
    if (alarm < 0)
        return;
    // A full counter has been heard already, and there is nobody to tell about other errors.
    ssize_t ignored = write(alarm, &one, sizeof one);
    (void)ignored;
}

static bool survive(uintptr_t address)
{
    for (struct chunk *chunk = &first_chunk; chunk; chunk = atomic_load_explicit(&chunk->next, memory_order_acquire)) {
        for (int i = 0; i < ENTRIES_PER_CHUNK; i++) {
            struct entry *entry = &chunk->entries[i];
            unsigned version = atomic_load_explicit(&entry->version, memory_order_acquire);
            uintptr_t start = atomic_load_explicit(&entry->start, memory_order_relaxed);
            uintptr_t end = atomic_load_explicit(&entry->end, memory_order_relaxed);
            int alarm = atomic_load_explicit(&entry->alarm, memory_order_relaxed);
            int *lost = atomic_load_explicit(&entry->lost, memory_order_relaxed);
            atomic_thread_fence(memory_order_acquire);
            if ((version & 1) != 0 || atomic_load_explicit(&entry->version, memory_order_relaxed) != version)
                continue;
            if (start == 0 || address < start || address >= end)
                continue;
            if (!replace(entry, start, end, address))
                return false;
            *(volatile int *)lost = 1;
            raise_alarm(alarm);
            return true;
        }
    }

    return false;
}

// As if this handler were not there.
static void pass_on(int number, siginfo_t *info, void *context)
{
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
    } else if (info->si_code == BUS_MCEERR_AO) {
        // Tells of lost memory that nobody has touched yet (prctl(2), PR_MCE_KILL_EARLY), and no instruction faults: this
        // handler must stay for the one that does. Guests that never touch that memory go on.
    } else if (info->si_code > 0 || previous.sa_handler == SIG_DFL) {
        // The instruction faults again at once; a signal that somebody sent must be sent again.
        struct sigaction fallback = { .sa_handler = SIG_DFL };
        sigaction(number, &fallback, NULL);
        if (info->si_code <= 0)
            raise(number);
    }
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const int saved = errno;
    // Other codes: a misaligned access, which zeroes would not cure, or a signal that somebody sent.
    bool missing = info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR || info->si_code == BUS_MCEERR_AR;
    if (!missing || !survive((uintptr_t)info->si_addr))
        pass_on(number, info, context);
    errno = saved;
}

int vhost_device_guard_install(void)
{
    struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    // The runtime stops threads with signals; none needs to come in between.
    sigfillset(&action.sa_mask);
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    return sigaction(SIGBUS, &action, &previous) == 0 ? 0 : errno;
}

void *vhost_device_guard_add(void *start, size_t length, int alarm, int *lost)
{
    struct chunk *chunk = &first_chunk;
    while (true) {
        for (int i = 0; i < ENTRIES_PER_CHUNK; i++) {
            struct entry *entry = &chunk->entries[i];
            if (atomic_load_explicit(&entry->taken, memory_order_relaxed) != 0 ||
                atomic_exchange_explicit(&entry->taken, 1, memory_order_acquire) != 0)
                continue;
            begin_change(entry);
            atomic_store_explicit(&entry->end, (uintptr_t)start + length, memory_order_relaxed);
            atomic_store_explicit(&entry->alarm, alarm, memory_order_relaxed);
            atomic_store_explicit(&entry->lost, lost, memory_order_relaxed);
            atomic_store_explicit(&entry->replaced, false, memory_order_relaxed);
            atomic_store_explicit(&entry->start, (uintptr_t)start, memory_order_relaxed);
            end_change(entry);
            return entry;
        }

        struct chunk *next = atomic_load_explicit(&chunk->next, memory_order_acquire);
        if (!next) {
            struct chunk *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (made == MAP_FAILED)
                return NULL;
            if (atomic_compare_exchange_strong(&chunk->next, &next, made))
                next = made;
            else
                munmap(made, sizeof *made); // another thread was faster
        }

        chunk = next;
    }
}

void vhost_device_guard_remove(void *handle)
{
    struct entry *entry = handle;
    begin_change(entry);
    atomic_store_explicit(&entry->start, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->end, 0, memory_order_relaxed);
    end_change(entry);
    atomic_store_explicit(&entry->taken, 0, memory_order_release);
}
