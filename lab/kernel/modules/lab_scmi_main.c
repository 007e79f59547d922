// SPDX-License-Identifier: GPL-2.0
/*
 * insmod lab_scmi.ko adds the device tree of scmi.dtso for as long as it is loaded, and a driver for
 * the device in it that consumes SCMI's resources. In the folder of that device:
 *   clock        rate in hertz            clock_on       0 or 1
 *   voltage      in microvolts            voltage_on     0 or 1
 *   reset        1: assert, 0: deassert, 2: both, one after the other
 *   power_on     0 or 1: whether the device needs its power domain
 *   performance  the level that it needs
 */
#include <linux/clk.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/pm_domain.h>
#include <linux/pm_runtime.h>
#include <linux/regulator/consumer.h>
#include <linux/reset.h>

extern u8 __dtbo_scmi_begin[];
extern u8 __dtbo_scmi_end[];

struct consumer {
	struct clk *clk;
	struct reset_control *reset;
	struct regulator *supply;
	struct device *power;
	struct device *perf;
	bool clk_on, supply_on, power_on;
	unsigned int level;
};

static int changeset;

static ssize_t clock_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct consumer *c = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lu\n", clk_get_rate(c->clk));
}

static ssize_t clock_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);
	unsigned long rate;
	int error = kstrtoul(buf, 0, &rate);

	return error ?: clk_set_rate(c->clk, rate) ?: count;
}
static DEVICE_ATTR_RW(clock);

/* Switches something that counts its users, once in each direction. */
static ssize_t switch_store(const char *buf, size_t count, bool *state, int (*on)(struct consumer *c),
			    int (*off)(struct consumer *c), struct consumer *c)
{
	bool wanted;
	int error = kstrtobool(buf, &wanted);

	if (!error && wanted != *state)
		error = wanted ? on(c) : off(c);
	if (error)
		return error;
	*state = wanted;
	return count;
}

static int clk_on(struct consumer *c)
{
	return clk_prepare_enable(c->clk);
}

static int clk_off(struct consumer *c)
{
	clk_disable_unprepare(c->clk);
	return 0;
}

static ssize_t clock_on_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);

	return switch_store(buf, count, &c->clk_on, clk_on, clk_off, c);
}
static DEVICE_ATTR_WO(clock_on);

static ssize_t voltage_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct consumer *c = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", regulator_get_voltage(c->supply));
}

static ssize_t voltage_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);
	int volts;
	int error = kstrtoint(buf, 0, &volts);

	return error ?: regulator_set_voltage(c->supply, volts, volts) ?: count;
}
static DEVICE_ATTR_RW(voltage);

static int supply_on(struct consumer *c)
{
	return regulator_enable(c->supply);
}

static int supply_off(struct consumer *c)
{
	return regulator_disable(c->supply);
}

static ssize_t voltage_on_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);

	return switch_store(buf, count, &c->supply_on, supply_on, supply_off, c);
}
static DEVICE_ATTR_WO(voltage_on);

static ssize_t reset_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);
	int what;
	int error = kstrtoint(buf, 0, &what);

	if (!error)
		error = what == 2 ? reset_control_reset(c->reset)
			: what ? reset_control_assert(c->reset) : reset_control_deassert(c->reset);
	return error ?: count;
}
static DEVICE_ATTR_WO(reset);

static int domain_on(struct consumer *c)
{
	return pm_runtime_resume_and_get(c->power);
}

static int domain_off(struct consumer *c)
{
	return pm_runtime_put_sync(c->power);
}

static ssize_t power_on_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);

	return switch_store(buf, count, &c->power_on, domain_on, domain_off, c);
}
static DEVICE_ATTR_WO(power_on);

static ssize_t performance_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct consumer *c = dev_get_drvdata(dev);
	unsigned int level;
	int error = kstrtouint(buf, 0, &level);

	return error ?: dev_pm_genpd_set_performance_state(c->perf, level) ?: count;
}
static DEVICE_ATTR_WO(performance);

static struct attribute *consumer_attrs[] = {
	&dev_attr_clock.attr, &dev_attr_clock_on.attr, &dev_attr_voltage.attr, &dev_attr_voltage_on.attr,
	&dev_attr_reset.attr, &dev_attr_power_on.attr, &dev_attr_performance.attr, NULL,
};
ATTRIBUTE_GROUPS(consumer);

static int consumer_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct consumer *c = devm_kzalloc(dev, sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->clk = devm_clk_get(dev, NULL);
	if (IS_ERR(c->clk))
		return dev_err_probe(dev, PTR_ERR(c->clk), "no clock\n");
	c->reset = devm_reset_control_get_exclusive(dev, NULL);
	if (IS_ERR(c->reset))
		return dev_err_probe(dev, PTR_ERR(c->reset), "no reset\n");
	c->supply = devm_regulator_get_exclusive(dev, "lab");
	if (IS_ERR(c->supply))
		return dev_err_probe(dev, PTR_ERR(c->supply), "no regulator\n");
	c->power = dev_pm_domain_attach_by_name(dev, "power");
	if (IS_ERR_OR_NULL(c->power))
		return dev_err_probe(dev, c->power ? PTR_ERR(c->power) : -ENODEV, "no power domain\n");
	c->perf = dev_pm_domain_attach_by_name(dev, "perf");
	if (IS_ERR_OR_NULL(c->perf)) {
		dev_pm_domain_detach(c->power, false);
		return dev_err_probe(dev, c->perf ? PTR_ERR(c->perf) : -ENODEV, "no performance domain\n");
	}
	/* what is asked of a domain by somebody asleep is only noted */
	pm_runtime_resume_and_get(c->perf);
	platform_set_drvdata(pdev, c);
	return 0;
}

static void consumer_remove(struct platform_device *pdev)
{
	struct consumer *c = platform_get_drvdata(pdev);

	if (c->clk_on)
		clk_off(c);
	if (c->supply_on)
		supply_off(c);
	if (c->power_on)
		domain_off(c);
	pm_runtime_put_sync(c->perf);
	dev_pm_domain_detach(c->perf, false);
	dev_pm_domain_detach(c->power, false);
}

static const struct of_device_id consumer_match[] = { { .compatible = "lab,scmi-consumer" }, { } };

static struct platform_driver consumer_driver = {
	.probe = consumer_probe,
	.remove = consumer_remove,
	.driver = { .name = "lab-scmi-consumer", .of_match_table = consumer_match, .dev_groups = consumer_groups },
};

static int __init lab_scmi_init(void)
{
	int error = of_overlay_fdt_apply(__dtbo_scmi_begin, __dtbo_scmi_end - __dtbo_scmi_begin, &changeset, NULL);

	if (!error)
		error = platform_driver_register(&consumer_driver);
	if (error)
		of_overlay_remove(&changeset); /* what was applied up to the error */
	return error;
}
module_init(lab_scmi_init);

static void __exit lab_scmi_exit(void)
{
	platform_driver_unregister(&consumer_driver);
	of_overlay_remove(&changeset);
}
module_exit(lab_scmi_exit);

MODULE_DESCRIPTION("Device tree of SCMI, and a consumer of its resources");
MODULE_LICENSE("GPL");
