// SPDX-License-Identifier: GPL-2.0
/*
 * An I2C adapter with two memories of 256 bytes, at 0x50 and 0x51, which speak plain
 * I2C transfers; the kernel's own i2c-stub knows SMBus only.
 *
 * The first byte written sets the memory's pointer, all others are stored there; a
 * read starts at the pointer. It wraps at the end of the memory.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define FIRST_ADDRESS 0x50

static struct memory {
	u8 bytes[256];
	u8 at;
} memories[2];

static struct platform_device *parent;

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	struct i2c_msg *msg;
	struct memory *memory;
	u16 i;

	for (msg = messages; msg < messages + count; msg++) {
		if (msg->addr < FIRST_ADDRESS || msg->addr >= FIRST_ADDRESS + ARRAY_SIZE(memories))
			return -ENXIO;
		memory = &memories[msg->addr - FIRST_ADDRESS];
		i = 0;
		if (!(msg->flags & I2C_M_RD) && msg->len > 0)
			memory->at = msg->buf[i++];
		for (; i < msg->len; i++) {
			if (msg->flags & I2C_M_RD)
				msg->buf[i] = memory->bytes[memory->at++];
			else
				memory->bytes[memory->at++] = msg->buf[i];
		}
	}
	return count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = {
	.xfer = transfer,
	.functionality = functionality,
};

static struct i2c_adapter adapter = {
	.owner = THIS_MODULE,
	.algo = &algorithm,
	.name = "i2c lab memory",
};

static int __init i2c_lab_init(void)
{
	int error;

	parent = platform_device_register_simple("i2c-lab", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	adapter.dev.parent = &parent->dev;
	error = i2c_add_adapter(&adapter);
	if (error)
		platform_device_unregister(parent);
	return error;
}
module_init(i2c_lab_init);

static void __exit i2c_lab_exit(void)
{
	i2c_del_adapter(&adapter);
	platform_device_unregister(parent);
}
module_exit(i2c_lab_exit);

MODULE_DESCRIPTION("I2C memories in software");
MODULE_LICENSE("GPL");
