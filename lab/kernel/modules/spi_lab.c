// SPDX-License-Identifier: GPL-2.0
/*
 * insmod spi_lab.ko [ncs=N]
 *     A controller that returns what is sent (0xff where nothing is), with a spidev
 *     node on each of its N chip selects.
 *
 * insmod spi_lab.ko bus=B [ncs=N] [modalias=NAME,...] [speed=HZ] [gpio=LABEL dc=LINE reset=LINE]
 *     Devices on the controller spiB that is there already: without a device tree a
 *     virtio controller has none. The first NAME is for chip select 0, and so on;
 *     an empty one makes no device, and without any a chip select gets a spidev node.
 *     Displays have two more wires, to lines of the GPIO chip LABEL.
 */
#include <linux/gpio/machine.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/regulator/machine.h>
#include <linux/spi/spi.h>

#define MOST_CHIP_SELECTS 8

static int ncs = 2;
module_param(ncs, int, 0444);
MODULE_PARM_DESC(ncs, "chip selects, 1 to 8 (default 2)");

static int bus = -1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number of a controller that exists");

static char *modalias[MOST_CHIP_SELECTS];
static int modaliases;
module_param_array(modalias, charp, &modaliases, 0444);
MODULE_PARM_DESC(modalias, "what sits at each chip select (default spidev nodes)");

static int speed = 10 * 1000 * 1000;
module_param(speed, int, 0444);
MODULE_PARM_DESC(speed, "of the devices, in Hz (default 10000000)");

/* The driver of port expanders asks which addresses there are. */
static const struct property_entry expander_properties[] = {
	PROPERTY_ENTRY_U8("microchip,spi-present-mask", 1),
	{ }
};
static const struct software_node expander = { .properties = expander_properties };

/* Without properties the driver of card slots does not look whether a card comes or goes. */
static const struct software_node slot = { };

static char *gpio;
module_param(gpio, charp, 0444);
MODULE_PARM_DESC(gpio, "label of the GPIO chip that displays are wired to");

static int dc;
module_param(dc, int, 0444);
MODULE_PARM_DESC(dc, "line that says whether a byte is a command or data");

static int reset = 1;
module_param(reset, int, 0444);
MODULE_PARM_DESC(reset, "line that resets a display, active low");

static char display_name[16];
static struct gpiod_lookup_table display_lines = { .table = { {}, {}, {} } };

static struct platform_device *parent;
static struct spi_controller *controller;
static struct spi_device *nodes[MOST_CHIP_SELECTS];

static int transfer_one(struct spi_controller *c, struct spi_device *s, struct spi_transfer *t)
{
	if (t->rx_buf && t->tx_buf)
		memcpy(t->rx_buf, t->tx_buf, t->len);
	else if (t->rx_buf)
		memset(t->rx_buf, 0xff, t->len);
	return 0;
}

static int setup(struct spi_device *s)
{
	return 0;
}

static void set_cs(struct spi_device *s, bool enable)
{
}

static int register_loopback(struct spi_controller *c)
{
	c->bus_num = -1;
	c->num_chipselect = ncs;
	c->max_speed_hz = 50 * 1000 * 1000;
	c->bits_per_word_mask = SPI_BPW_RANGE_MASK(1, 32);
	c->mode_bits = SPI_CPHA | SPI_CPOL | SPI_CS_HIGH | SPI_LSB_FIRST | SPI_3WIRE | SPI_LOOP |
		       SPI_TX_DUAL | SPI_TX_QUAD | SPI_TX_OCTAL |
		       SPI_RX_DUAL | SPI_RX_QUAD | SPI_RX_OCTAL;
	c->setup = setup;
	c->set_cs = set_cs;
	c->transfer_one = transfer_one;
	return spi_register_controller(c);
}

/* Any controller, also one that is not registered, leads to the class of them all. */
static struct spi_controller *find_controller(const struct spi_controller *any)
{
	struct device *found;
	char name[16];

	snprintf(name, sizeof(name), "spi%d", bus);
	found = class_find_device_by_name(any->dev.class, name);
	return found ? container_of(found, struct spi_controller, dev) : NULL;
}

static const struct software_node *properties_of(const char *name)
{
	if (strstarts(name, "mcp23"))
		return &expander;
	return strcmp(name, "mmc-spi-slot") ? NULL : &slot;
}

/* Before the device: its driver asks for its lines at once. */
static void wire_display(int chip_select)
{
	snprintf(display_name, sizeof(display_name), "spi%d.%d", bus, chip_select);
	display_lines.dev_id = display_name;
	display_lines.table[0] = GPIO_LOOKUP(gpio, dc, "dc", GPIO_ACTIVE_HIGH);
	/* The driver of displays says 1 when a display may run. */
	display_lines.table[1] = GPIO_LOOKUP(gpio, reset, "reset", GPIO_ACTIVE_HIGH);
	gpiod_add_lookup_table(&display_lines);
}

static int __init spi_lab_init(void)
{
	struct spi_board_info info = { .max_speed_hz = speed };
	struct spi_controller *own;
	const char *name;
	int error, i;

	if (ncs < 1 || ncs > MOST_CHIP_SELECTS)
		return -EINVAL;
	/* A machine without a device tree has to say that its chips have power: drivers ask for their supplies. */
	regulator_has_full_constraints();
	parent = platform_device_register_simple("spi-lab", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	own = spi_alloc_host(&parent->dev, 0);
	if (!own) {
		error = -ENOMEM;
		goto drop_parent;
	}

	if (bus < 0) {
		error = register_loopback(own);
		if (error) {
			spi_controller_put(own);
			goto drop_parent;
		}
		controller = own;
	} else {
		controller = find_controller(own);
		spi_controller_put(own);
		if (!controller) {
			error = -ENODEV;
			goto drop_parent;
		}
	}

	for (i = 0; i < min_t(int, ncs, controller->num_chipselect); i++) {
		/* one of the names that spidev answers to */
		name = i < modaliases ? modalias[i] : "dh2228fv";
		if (!*name)
			continue;
		strscpy(info.modalias, name, sizeof(info.modalias));
		info.chip_select = i;
		info.swnode = properties_of(name);
		if (gpio && !strcmp(name, "jd-t18003-t01"))
			wire_display(i);
		nodes[i] = spi_new_device(controller, &info);
	}
	return 0;

drop_parent:
	platform_device_unregister(parent);
	return error;
}
module_init(spi_lab_init);

static void __exit spi_lab_exit(void)
{
	int i;

	for (i = 0; i < MOST_CHIP_SELECTS; i++)
		if (nodes[i])
			spi_unregister_device(nodes[i]);
	if (display_lines.dev_id)
		gpiod_remove_lookup_table(&display_lines);
	if (bus < 0)
		spi_unregister_controller(controller);
	else
		spi_controller_put(controller);
	platform_device_unregister(parent);
}
module_exit(spi_lab_exit);

MODULE_DESCRIPTION("SPI loopback, and spidev nodes");
MODULE_LICENSE("GPL");
