// SPDX-License-Identifier: GPL-2.0
/*
 * A machine without a device tree has to say that its chips have power: drivers ask for their supplies, and get a dummy
 * only then. Loaded before chips are put on buses.
 */
#include <linux/module.h>
#include <linux/regulator/machine.h>

static int __init lab_supplies_init(void)
{
	regulator_has_full_constraints();
	return 0;
}
module_init(lab_supplies_init);

MODULE_DESCRIPTION("All chips have power");
MODULE_LICENSE("GPL");
