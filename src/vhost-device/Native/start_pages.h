// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

#ifndef VHOST_DEVICE_START_PAGES_H
#define VHOST_DEVICE_START_PAGES_H

// Lets go of the program's clean pages, once its start is over. From any thread.
void vhost_device_release_start_pages(void);

#endif
