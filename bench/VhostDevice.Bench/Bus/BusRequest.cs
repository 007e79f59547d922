// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Bench.Bus;

/// <summary>A small request, such as those to i2c, gpio, spi and rtc devices, that is made again and again.</summary>
/// <param name="Message">What the device reads.</param>
/// <param name="AnswerBytes">What it writes, status included.</param>
/// <param name="StatusAt">Where in that the status is, which has to be 0.</param>
/// <param name="AnswerDescriptors">Descriptors of the answer: i2c and spi have one for the data and one for the status.</param>
/// <param name="Expected">Byte 0 of an answer with data; -1: whatever comes.</param>
internal sealed record BusRequest(byte[] Message, int AnswerBytes, int StatusAt, int AnswerDescriptors, int Expected = -1)
{
    /// <summary>A read of one byte from a chip of 7 bits of address (virtio 1.3 §5.16.6.1: addr, padding, flags with M_RD).</summary>
    internal static BusRequest I2cRead(byte address, int expected) => new([(byte)(address << 1), 0, 0, 0, 2, 0, 0, 0], 2, StatusAt: 1, 2, expected);

    /// <summary>Bytes both ways: struct virtio_spi_transfer_head, whose first byte is the chip select, and data that begins with 0xa5.</summary>
    internal static BusRequest SpiTransfer(byte chipSelect, int bytes)
    {
        const int headBytes = 32;
        byte[] message = new byte[headBytes + bytes];
        message[0] = chipSelect;
        message[headBytes] = 0xa5;
        return new(message, bytes + 1, StatusAt: bytes, 2, 0xa5);
    }

    /// <summary>VIRTIO_RTC_REQ_READ of a clock: 16 bytes each way, the status first.</summary>
    internal static BusRequest RtcRead(byte clock) => new([1, 0, 0, 0, 0, 0, 0, 0, clock, 0, 0, 0, 0, 0, 0, 0], 16, StatusAt: 0, 1);

    /// <summary>VIRTIO_RTC_REQ_SET_ALARM of the first clock, enabled.</summary>
    internal static BusRequest RtcSetAlarm(long nanoseconds)
    {
        byte[] message = new byte[24];
        (message[0], message[1], message[18]) = (4, 0x10, 1);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(8), nanoseconds);
        return new(message, 8, StatusAt: 0, 1);
    }

    /// <summary>SENSOR_READING_GET of a sensor with one value: header, status, value and time stamp.</summary>
    internal static BusRequest ScmiRead(byte sensor) => new([6, 0x54, 0, 0, sensor, 0, 0, 0, 0, 0, 0, 0], 24, StatusAt: 4, 1);

    /// <summary>VIRTIO_GPIO_MSG_GET_VALUE of a line.</summary>
    internal static BusRequest GpioGet(byte line) => new([4, 0, line, 0, 0, 0, 0, 0], 2, StatusAt: 0, 1);

    /// <summary>VIRTIO_GPIO_MSG_SET_DIRECTION of a line: 1 output, 2 input.</summary>
    internal static BusRequest GpioDirection(byte line, byte direction) => new([3, 0, line, 0, direction, 0, 0, 0], 2, StatusAt: 0, 1);

    /// <summary>VIRTIO_GPIO_MSG_SET_VALUE of a line.</summary>
    internal static BusRequest GpioSet(byte line, byte value) => new([5, 0, line, 0, value, 0, 0, 0], 2, StatusAt: 0, 1);

    /// <summary>VIRTIO_GPIO_MSG_SET_IRQ_TYPE of a line: 3 is both edges.</summary>
    internal static BusRequest GpioInterrupt(byte line, byte type) => new([6, 0, line, 0, type, 0, 0, 0], 2, StatusAt: 0, 1);
}
