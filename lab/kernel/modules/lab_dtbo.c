// SPDX-License-Identifier: GPL-2.0
/*
 * insmod lab_dtbo.ko path=FILE applies the compiled device tree overlay FILE for as
 * long as the module is loaded, also on a machine that was booted without a tree.
 */
#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

static char *path;
module_param(path, charp, 0444);
MODULE_PARM_DESC(path, "the overlay to apply");

static int changeset;

static int __init lab_dtbo_init(void)
{
	void *overlay = NULL;
	ssize_t size;
	int error;

	if (!path)
		return -EINVAL;
	size = kernel_read_file_from_path(path, 0, &overlay, SZ_1M, NULL, READING_UNKNOWN);
	if (size < 0)
		return size;
	error = of_overlay_fdt_apply(overlay, size, &changeset, NULL);
	if (error)
		of_overlay_remove(&changeset); /* what was applied up to the error */
	vfree(overlay);
	return error;
}
module_init(lab_dtbo_init);

static void __exit lab_dtbo_exit(void)
{
	of_overlay_remove(&changeset);
}
module_exit(lab_dtbo_exit);

MODULE_DESCRIPTION("Applies a device tree overlay");
MODULE_LICENSE("GPL");
