// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//
// Lets go of the pages of the program that only its start has needed: command line, other devices, the runtime's own
// start. They are clean, and in the page cache; those that serving needs come back at their next use. All but one: the
// runtime writes the stack cookie into its read-only data when it starts. With that page the cookie would be lost, the
// secret be a constant, and a thread that is in a function with a guarded stack at this moment would end the process.

#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "start_pages.h"

// The runtime's own, linked into the program: if it were not there any more, this would not link.
extern const uintptr_t __security_cookie __attribute__((visibility("hidden")));

static void let_go(uintptr_t start, uintptr_t end)
{
    if (start < end)
        (void)madvise((void *)start, end - start, MADV_DONTNEED);
}

static int release(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t cookie = (uintptr_t)&__security_cookie & ~(page - 1);
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        // What can be written may have been: a relocation, for one, would be lost.
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
            continue;
        uintptr_t start = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (cookie >= start && cookie < end) {
            let_go(start, cookie);
            let_go(cookie + page, end);
        } else {
            let_go(start, end);
        }
    }

    // The first one is the program itself; libraries are shared with other processes anyhow.
    return 1;
}

void vhost_device_release_start_pages(void)
{
    (void)dl_iterate_phdr(release, NULL);
}
