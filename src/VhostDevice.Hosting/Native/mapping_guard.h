// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//
// Mappings whose file may be truncated by somebody else: the table that the handler of SIGBUS looks into.
// All functions may be called from any thread.

#ifndef VHOST_DEVICE_MAPPING_GUARD_H
#define VHOST_DEVICE_MAPPING_GUARD_H

#include <stddef.h>

// Installs the handler; once. Returns 0 or an errno.
int vhost_device_guard_install(void);

// Guards a mapping of whole pages. The alarm is an eventfd that must stay open until the mapping is removed, or -1.
// What lost points to, which must stay as long, is set to 1 before an access that failed goes through.
// Returns a handle, or NULL when there is no memory for one.
void *vhost_device_guard_add(void *start, size_t length, int alarm, int *lost);

// Ends the guard, before the mapping is unmapped.
void vhost_device_guard_remove(void *handle);

#endif
