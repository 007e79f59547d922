// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>Arguments of system calls by which filters tell the good from the bad, by their C names.</summary>
public static class CallArguments
{
    public const uint PROT_EXEC = 4;
    public const uint CLONE_THREAD = 0x10000;
    public const uint PR_SET_NAME = 15;

    public const uint F_GETFD = 1;
    public const uint F_SETFD = 2;
    public const uint F_GETFL = Libc.F_GETFL;
    public const uint F_SETFL = Libc.F_SETFL;
    public const uint F_DUPFD_CLOEXEC = Libc.F_DUPFD_CLOEXEC;
    public const uint F_ADD_SEALS = Libc.F_ADD_SEALS;
    public const uint F_GET_SEALS = Libc.F_GET_SEALS;

    public const uint F_OFD_GETLK = Libc.F_OFD_GETLK;
    public const uint F_OFD_SETLK = Libc.F_OFD_SETLK;

    public const uint AF_UNIX = Libc.AF_UNIX;
    public const uint AF_INET = Libc.AF_INET;
    public const uint AF_INET6 = Libc.AF_INET6;
    public const uint AF_VSOCK = Libc.AF_VSOCK;

    public const uint SOL_SOCKET = Libc.SOL_SOCKET;
    public const uint SO_SNDBUF = Libc.SO_SNDBUF;
    public const uint SO_VM_SOCKETS_BUFFER_SIZE = Libc.SO_VM_SOCKETS_BUFFER_SIZE;
    public const uint SO_VM_SOCKETS_BUFFER_MAX_SIZE = Libc.SO_VM_SOCKETS_BUFFER_MAX_SIZE;

    public const uint TCGETS = 0x5401;
    public const uint TCSETS = 0x5402;
    public const uint TCSETSW = 0x5403;
    public const uint TCSETSF = 0x5404;
    public const uint TIOCGWINSZ = TerminalIoctl.TIOCGWINSZ;
    public const uint FIONREAD = TerminalIoctl.FIONREAD;
    public const uint TIOCSPTLCK = TerminalIoctl.TIOCSPTLCK;
    public const uint TIOCGPTN = TerminalIoctl.TIOCGPTN;
    public const uint TIOCSWINSZ = TerminalIoctl.TIOCSWINSZ;
    public const uint IPPROTO_TCP = Libc.IPPROTO_TCP;

    public const uint BLKROGET = 0x125E;
    public const uint BLKSSZGET = 0x1268;
    public const uint BLKPBSZGET = 0x127B;
    public const uint BLKDISCARD = 0x1277;
    public const uint BLKZEROOUT = 0x127F;

    public const uint SOL_CAN_RAW = CanConstants.SOL_CAN_RAW;
    public const uint SIOCGIFINDEX = CanConstants.SIOCGIFINDEX;
    public const uint I2C_TENBIT = I2cIoctl.I2C_TENBIT;
    public const uint I2C_SLAVE = I2cIoctl.I2C_SLAVE;
    public const uint I2C_RDWR = I2cIoctl.I2C_RDWR;
    public const uint I2C_SMBUS = I2cIoctl.I2C_SMBUS;
    public const uint SPI_IOC_WR_MODE32 = SpiIoctl.SPI_IOC_WR_MODE32;
    public const uint SPI_IOC_MESSAGE_1 = SpiIoctl.SPI_IOC_MESSAGE_1;
    public const uint GPIO_V2_GET_LINEINFO_IOCTL = GpioIoctl.GPIO_V2_GET_LINEINFO_IOCTL;
    public const uint GPIO_V2_GET_LINE_IOCTL = GpioIoctl.GPIO_V2_GET_LINE_IOCTL;
    public const uint GPIO_V2_LINE_SET_CONFIG_IOCTL = GpioIoctl.GPIO_V2_LINE_SET_CONFIG_IOCTL;
    public const uint GPIO_V2_LINE_GET_VALUES_IOCTL = GpioIoctl.GPIO_V2_LINE_GET_VALUES_IOCTL;
    public const uint GPIO_V2_LINE_SET_VALUES_IOCTL = GpioIoctl.GPIO_V2_LINE_SET_VALUES_IOCTL;

    public const uint EVIOCGID = EvdevIoctl.EVIOCGID;
    public const uint EVIOCGRAB = EvdevIoctl.EVIOCGRAB;
    public const uint EVIOCGNAME_128 = EvdevIoctl.EVIOCGNAME_128;
    public const uint EVIOCGUNIQ_128 = EvdevIoctl.EVIOCGUNIQ_128;
    public const uint EVIOCGPROP_128 = EvdevIoctl.EVIOCGPROP_128;
    public const uint EVIOCGKEY_128 = EvdevIoctl.EVIOCGKEY_128;
    public const uint EVIOCGLED_128 = EvdevIoctl.EVIOCGLED_128;
    public const uint EVIOCGSW_128 = EvdevIoctl.EVIOCGSW_128;
    public const uint EVIOCGMTSLOTS_260 = EvdevIoctl.EVIOCGMTSLOTS_260;

    // The first of 32 and of 64 that follow each other.
    public const uint EVIOCGBIT_128 = EvdevIoctl.EVIOCGBIT_128;
    public const uint EVIOCGABS = EvdevIoctl.EVIOCGABS;
}
