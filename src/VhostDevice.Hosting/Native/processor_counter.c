// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//
// The counter of the processor, which no function of .NET or of the C library reads.

#include <stdint.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

int vhost_device_counter(uint64_t *cycles);

// Returns the counter's number as VIRTIO_RTC_COUNTER_* has it, or -1 if there is none. Neither instruction is done before
// what stands before it.
int vhost_device_counter(uint64_t *cycles)
{
#if defined(__x86_64__)
    _mm_lfence();
    *cycles = __rdtsc();
    return 1;
#elif defined(__aarch64__)
    uint64_t now;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
    *cycles = now;
    return 0;
#else
    *cycles = 0;
    return -1;
#endif
}
