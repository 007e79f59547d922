// SPDX-License-Identifier: GPL-2.0
/*
 * A key and a LED on GPIO lines: what a board's firmware tables would say, for chips
 * that no firmware knows of.
 *
 *   modprobe gpio_lab key=N led=N
 *
 * N are global numbers of lines: the base in /sys/class/gpio/gpiochipB and the line. The
 * key is Enter and active low, the LED is called lab:led.
 */
#include <linux/gpio_keys.h>
#include <linux/input.h>
#include <linux/leds.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static int key = -1;
module_param(key, int, 0444);
MODULE_PARM_DESC(key, "global number of the key's line");

static int led = -1;
module_param(led, int, 0444);
MODULE_PARM_DESC(led, "global number of the LED's line");

static struct gpio_keys_button button = {
	.code = KEY_ENTER,
	.active_low = 1,
	.desc = "lab key",
	.type = EV_KEY,
	.debounce_interval = 1,
};

static const struct gpio_keys_platform_data keys = {
	.buttons = &button,
	.nbuttons = 1,
	.name = "lab-keys",
};

static struct gpio_led light = {
	.name = "lab:led",
};

static const struct gpio_led_platform_data lights = {
	.num_leds = 1,
	.leds = &light,
};

static struct platform_device *keys_device, *lights_device;

static int __init gpio_lab_init(void)
{
	if (key < 0 || led < 0)
		return -EINVAL;
	button.gpio = key;
	light.gpio = led;
	keys_device = platform_device_register_data(NULL, "gpio-keys", PLATFORM_DEVID_AUTO, &keys, sizeof(keys));
	if (IS_ERR(keys_device))
		return PTR_ERR(keys_device);
	lights_device = platform_device_register_data(NULL, "leds-gpio", PLATFORM_DEVID_AUTO, &lights, sizeof(lights));
	if (!IS_ERR(lights_device))
		return 0;
	platform_device_unregister(keys_device);
	return PTR_ERR(lights_device);
}
module_init(gpio_lab_init);

static void __exit gpio_lab_exit(void)
{
	platform_device_unregister(lights_device);
	platform_device_unregister(keys_device);
}
module_exit(gpio_lab_exit);

MODULE_DESCRIPTION("A key and a LED on lines of choice");
MODULE_LICENSE("GPL");
