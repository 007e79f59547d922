// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// The kernel's SPI character devices, /dev/spidevB.C. A transfer may wait for the bus. None is tried again: one that
/// failed half way may have had its effect.
/// </summary>
public static unsafe class SpiDev
{
    public static Errno Modes(int fd, out SpiModes modes)
    {
        uint value = 0;
        Errno errno = Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_RD_MODE32, &value));
        modes = (SpiModes)value;
        return errno;
    }

    /// <summary>The mode of all further transfers, whoever makes them. What the controller cannot do is refused, or left out:
    /// <see cref="Modes"/> says.</summary>
    public static Errno SetModes(int fd, SpiModes modes)
    {
        uint value = (uint)modes;
        return Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_WR_MODE32, &value));
    }

    public static Errno BitsPerWord(int fd, out byte bits)
    {
        byte value = 0;
        Errno errno = Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_RD_BITS_PER_WORD, &value));
        bits = value;
        return errno;
    }

    public static Errno SetBitsPerWord(int fd, byte bits) => Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_WR_BITS_PER_WORD, &bits));

    public static Errno MaxSpeed(int fd, out uint hertz)
    {
        uint value = 0;
        Errno errno = Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_RD_MAX_SPEED_HZ, &value));
        hertz = value;
        return errno;
    }

    /// <summary>One transfer, around which the kernel selects the chip and deselects it.</summary>
    /// <param name="sent">Null: zeros are sent.</param>
    /// <param name="received">Null: what comes is dropped.</param>
    /// <param name="settings">Its words, speed and delays.</param>
    public static Errno Transfer(int fd, byte* sent, byte* received, uint length, in SpiTransferSettings settings)
    {
        SpiIocTransfer transfer = new()
        {
            Sent = (ulong)sent,
            Received = (ulong)received,
            Length = length,
            SpeedHz = settings.SpeedHz,
            DelayMicroseconds = settings.DelayMicroseconds,
            BitsPerWord = settings.BitsPerWord,
            SentLines = settings.SentLines,
            ReceivedLines = settings.ReceivedLines,
            WordDelayMicroseconds = settings.WordDelayMicroseconds,
        };
        return Result(Libc.ioctl(fd, SpiIoctl.SPI_IOC_MESSAGE_1, &transfer));
    }

    private static Errno Result(int value) => value < 0 ? Errno.Last : Errno.Success;
}
