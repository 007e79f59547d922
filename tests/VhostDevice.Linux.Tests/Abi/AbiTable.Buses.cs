// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests.Abi;

// The structures of I2C, SPI, GPIO, CAN and input devices.
internal static partial class AbiTable
{
    // A property: fields of different files have no order.
    private static CStruct[] BusStructs =>
    [
        CStruct.For<I2cMessage>("struct i2c_msg", ("Address", "addr"), ("Flags", "flags"), ("Length", "len"), ("Buffer", "buf")),
        CStruct.For<I2cRdwrData>("struct i2c_rdwr_ioctl_data", ("Messages", "msgs"), ("Count", "nmsgs")),
        CStruct.For<I2cSmbusIoctlData>(
            "struct i2c_smbus_ioctl_data", ("ReadWrite", "read_write"), ("Command", "command"), ("Size", "size"), ("Data", "data")),
        CStruct.For<I2cSmbusData>("union i2c_smbus_data", ("_bytes", "block")),
        CStruct.For<CanFrame>(
            "struct canfd_frame",
            ("_id", "can_id"),
            ("_length", "len"),
            ("_flags", "flags"),
            ("_reserved0", "__res0"),
            ("_reserved1", "__res1"),
            ("_data", "data")),
        CStruct.For<CanData>("__typeof__(((struct canfd_frame *)0)->data)", ("_first", null)),
        CStruct.For<CanFilter>("struct can_filter", ("_id", "can_id"), ("_mask", "can_mask")),
        CStruct.For<SockAddrCan>(
            "struct sockaddr_can",
            ("Family", "can_family"), ("InterfaceIndex", "can_ifindex"), ("FirstAddress", null), ("SecondAddress", null)),
        CStruct.For<IfName>("__typeof__(((struct ifreq *)0)->ifr_name)", ("_first", null)),
        CStruct.For<IfReq>(
            "struct ifreq", ("Name", "ifr_name"), ("Value", "ifr_ifindex"), ("Padding", null), ("FirstRest", null), ("SecondRest", null)),
        CStruct.For<EvdevEvent>(
            "struct input_event",
            ("Seconds", "time.tv_sec"),
            ("Microseconds", "time.tv_usec"),
            ("Type", "type"),
            ("Code", "code"),
            ("Value", "value")),
        CStruct.For<InputId>("struct input_id", ("BusType", "bustype"), ("Vendor", "vendor"), ("Product", "product"), ("Version", "version")),
        CStruct.For<InputAbsInfo>(
            "struct input_absinfo",
            ("Value", "value"),
            ("Minimum", "minimum"),
            ("Maximum", "maximum"),
            ("Fuzz", "fuzz"),
            ("Flat", "flat"),
            ("Resolution", "resolution")),
        CStruct.For<SpiIocTransfer>(
            "struct spi_ioc_transfer",
            ("Sent", "tx_buf"),
            ("Received", "rx_buf"),
            ("Length", "len"),
            ("SpeedHz", "speed_hz"),
            ("DelayMicroseconds", "delay_usecs"),
            ("BitsPerWord", "bits_per_word"),
            ("ChipSelectChange", "cs_change"),
            ("SentLines", "tx_nbits"),
            ("ReceivedLines", "rx_nbits"),
            ("WordDelayMicroseconds", "word_delay_usecs"),
            ("Padding", "pad")),
        CStruct.For<GpioChipInfo>("struct gpiochip_info", ("Name", "name"), ("Label", "label"), ("Lines", "lines")),
        CStruct.For<GpioV2LineAttribute>("struct gpio_v2_line_attribute", ("Id", "id"), ("_padding", "padding"), ("Values", "values")),
        CStruct.For<GpioV2LineConfigAttribute>("struct gpio_v2_line_config_attribute", ("Attribute", "attr"), ("Mask", "mask")),
        CStruct.For<GpioV2LineAttributes>("__typeof__(((struct gpio_v2_line_info *)0)->attrs)", ("_first", null)),
        CStruct.For<GpioV2LineConfigAttributes>("__typeof__(((struct gpio_v2_line_config *)0)->attrs)", ("_first", null)),
        CStruct.For<GpioV2Offsets>("__typeof__(((struct gpio_v2_line_request *)0)->offsets)", ("_first", null)),
        CStruct.For<GpioV2LineConfig>(
            "struct gpio_v2_line_config",
            ("Flags", "flags"),
            ("AttributeCount", "num_attrs"),
            ("_padding", "padding"),
            ("Attributes", "attrs")),
        CStruct.For<GpioV2LineRequest>(
            "struct gpio_v2_line_request",
            ("Offsets", "offsets"),
            ("Consumer", "consumer"),
            ("Config", "config"),
            ("LineCount", "num_lines"),
            ("EventBufferSize", "event_buffer_size"),
            ("_padding", "padding"),
            ("Fd", "fd")),
        CStruct.For<GpioV2LineInfo>(
            "struct gpio_v2_line_info",
            ("Name", "name"),
            ("Consumer", "consumer"),
            ("Offset", "offset"),
            ("AttributeCount", "num_attrs"),
            ("Flags", "flags"),
            ("Attributes", "attrs"),
            ("_padding", "padding")),
        CStruct.For<GpioV2LineValues>("struct gpio_v2_line_values", ("Bits", "bits"), ("Mask", "mask")),
        CStruct.For<GpioV2LineEvent>(
            "struct gpio_v2_line_event",
            ("Nanoseconds", "timestamp_ns"),
            ("Id", "id"),
            ("Offset", "offset"),
            ("Sequence", "seqno"),
            ("LineSequence", "line_seqno"),
            ("_padding", "padding")),
    ];
}
