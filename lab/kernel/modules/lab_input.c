// SPDX-License-Identifier: GPL-2.0
/*
 * An input device without hardware: the keys from Esc to F10, a mouse button, a
 * wheel, two absolute axes and a LED. Its events are those that somebody writes, as
 * struct input_event, to its /dev/input/eventN.
 */
#include <linux/input.h>
#include <linux/module.h>

static struct input_dev *device;

static int __init lab_input_init(void)
{
	unsigned int key;
	int error;

	device = input_allocate_device();
	if (!device)
		return -ENOMEM;
	device->name = "lab-input";
	device->phys = "lab/input0";
	device->uniq = "0001";
	device->id.bustype = BUS_VIRTUAL;
	device->id.vendor = 0x01ab;
	device->id.product = 1;
	device->id.version = 1;

	for (key = KEY_ESC; key <= KEY_F10; key++)
		input_set_capability(device, EV_KEY, key);
	input_set_capability(device, EV_KEY, BTN_LEFT);
	input_set_capability(device, EV_REL, REL_WHEEL);
	input_set_capability(device, EV_LED, LED_CAPSL);
	input_set_abs_params(device, ABS_X, 0, 1023, 0, 0);
	input_set_abs_params(device, ABS_Y, 0, 767, 0, 0);

	error = input_register_device(device);
	if (error)
		input_free_device(device);
	return error;
}
module_init(lab_input_init);

static void __exit lab_input_exit(void)
{
	input_unregister_device(device);
}
module_exit(lab_input_exit);

MODULE_DESCRIPTION("Input device driven by its own event node");
MODULE_LICENSE("GPL");
