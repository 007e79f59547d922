// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// The kernel's I2C character devices, /dev/i2c-N. Every call may wait for the bus. None is tried again: a transfer that
/// failed half way may have had its effect.
/// </summary>
public static unsafe class I2cDev
{
    public static Errno Functions(int fd, out I2cFunctions functions)
    {
        // An unsigned long, of which the kernel uses 32 bits.
        nuint mask = 0;
        Errno errno = Libc.ioctl(fd, I2cIoctl.I2C_FUNCS, &mask) < 0 ? Errno.Last : Errno.Success;
        functions = (I2cFunctions)(uint)mask;
        return errno;
    }

    /// <summary>Whom <see cref="Smbus"/> on this descriptor talks to. EBUSY: a driver of the kernel has the address.</summary>
    public static Errno SetAddress(int fd, ushort address, bool tenBit)
    {
        return Libc.ioctl(fd, I2cIoctl.I2C_TENBIT, (void*)(tenBit ? 1 : 0)) < 0 || Libc.ioctl(fd, I2cIoctl.I2C_SLAVE, (void*)address) < 0
            ? Errno.Last
            : Errno.Success;
    }

    /// <summary>A transfer with repeated starts between the messages.</summary>
    /// <param name="messages">1 to <see cref="I2cMessage.MaxMessages"/>.</param>
    /// <returns>Messages that were transferred, or -1.</returns>
    public static int Transfer(int fd, ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        fixed (I2cMessage* m = messages)
        {
            I2cRdwrData data = new() { Messages = m, Count = (uint)messages.Length };
            int n = Libc.ioctl(fd, I2cIoctl.I2C_RDWR, &data);
            errno = n < 0 ? Errno.Last : Errno.Success;
            return n;
        }
    }

    /// <summary>An SMBus transfer with the peripheral of <see cref="SetAddress"/>.</summary>
    /// <param name="data">What to write and what was read, as far as the operation has data.</param>
    public static Errno Smbus(int fd, bool read, byte command, SmbusOperation operation, ref I2cSmbusData data)
    {
        fixed (I2cSmbusData* d = &data)
        {
            I2cSmbusIoctlData call = new()
            {
                ReadWrite = read ? I2cIoctl.I2C_SMBUS_READ : I2cIoctl.I2C_SMBUS_WRITE,
                Command = command,
                Size = (uint)operation,
                Data = d,
            };
            return Libc.ioctl(fd, I2cIoctl.I2C_SMBUS, &call) < 0 ? Errno.Last : Errno.Success;
        }
    }
}
