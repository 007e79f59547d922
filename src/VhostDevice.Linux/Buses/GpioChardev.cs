// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux;

/// <summary>The facts about a GPIO chip.</summary>
/// <param name="Name">The kernel's name, such as "gpiochip0".</param>
/// <param name="Label">What it is; may be empty.</param>
/// <param name="Lines">Number of its lines.</param>
public readonly record struct GpioChipFacts(string Name, string Label, uint Lines);

/// <summary>The facts about a line of a GPIO chip, as of now.</summary>
/// <param name="Name">Empty when it has none.</param>
/// <param name="Consumer">Who has it, where that one said so.</param>
/// <param name="Flags">Direction, bias, and whether somebody has it.</param>
public readonly record struct GpioLineFacts(string Name, string Consumer, GpioLineFlags Flags);

/// <summary>
/// GPIO character devices, ABI v2 of the kernel (Linux 5.10 on): /dev/gpiochipN, and the descriptors of lines requested
/// there, each for one line. None of the calls waits for anything but the chip's bus.
/// </summary>
public static unsafe class GpioChardev
{
    /// <summary>
    /// Edges that the kernel keeps for a line until they are read; the oldest go first. More than two are of no use to
    /// an interrupt that is latched once, and these are for a loop that is late.
    /// </summary>
    private const uint EventBufferSize = 16;

    /// <summary>What kind of chip a descriptor is. ENOTTY and the like: none.</summary>
    public static Errno ChipInfo(int chip, out GpioChipFacts facts)
    {
        GpioChipInfo info = default;
        Errno errno = Call(chip, GpioIoctl.GPIO_GET_CHIPINFO_IOCTL, &info);
        facts = errno.IsError ? default : new GpioChipFacts(Text(info.Name), Text(info.Label), info.Lines);
        return errno;
    }

    /// <summary>What is known about a line, requested or not.</summary>
    public static Errno LineInfo(int chip, uint line, out GpioLineFacts facts)
    {
        GpioV2LineInfo info = new() { Offset = line };
        Errno errno = Call(chip, GpioIoctl.GPIO_V2_GET_LINEINFO_IOCTL, &info);
        facts = errno.IsError ? default : new GpioLineFacts(Text(info.Name), Text(info.Consumer), (GpioLineFlags)info.Flags);
        return errno;
    }

    /// <summary>Takes a line. Closing the descriptor gives it back.</summary>
    /// <param name="consumer">Who takes it; cut to 31 bytes.</param>
    /// <param name="value">The level of an output.</param>
    /// <param name="fd">For the calls below; readable when there are edges, and never waits.</param>
    /// <returns>EBUSY: somebody has it.</returns>
    public static Errno RequestLine(int chip, uint line, string consumer, GpioLineFlags flags, bool value, out OwnedFd? fd)
    {
        fd = null;
        GpioV2LineRequest request = new() { LineCount = 1, EventBufferSize = EventBufferSize, Config = Config(flags, value) };
        request.Offsets[0] = line;
        byte[] name = Encoding.UTF8.GetBytes(consumer);
        name.AsSpan(0, Math.Min(name.Length, GpioIoctl.GPIO_MAX_NAME_SIZE - 1))
            .CopyTo(new Span<byte>(request.Consumer, GpioIoctl.GPIO_MAX_NAME_SIZE));
        Errno errno = Call(chip, GpioIoctl.GPIO_V2_GET_LINE_IOCTL, &request);
        if (errno.IsError)
            return errno;
        OwnedFd made = new(request.Fd);
        errno = Files.SetNonBlocking(made.Fd);
        if (errno.IsError)
        {
            made.Dispose();
            return errno;
        }

        fd = made;
        return Errno.Success;
    }

    /// <summary>Sets up a requested line anew.</summary>
    public static Errno SetConfig(int line, GpioLineFlags flags, bool value)
    {
        GpioV2LineConfig config = Config(flags, value);
        return Call(line, GpioIoctl.GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
    }

    /// <summary>The level of a requested line.</summary>
    public static Errno GetValue(int line, out bool high)
    {
        GpioV2LineValues values = new() { Mask = 1 };
        Errno errno = Call(line, GpioIoctl.GPIO_V2_LINE_GET_VALUES_IOCTL, &values);
        high = (values.Bits & 1) != 0;
        return errno;
    }

    /// <summary>Drives a requested line. EPERM: it is no output.</summary>
    public static Errno SetValue(int line, bool high)
    {
        GpioV2LineValues values = new() { Mask = 1, Bits = high ? 1u : 0 };
        return Call(line, GpioIoctl.GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
    }

    /// <summary>Takes the edges that were seen, up to the number that the kernel keeps.</summary>
    /// <returns>How many; 0 when there are none.</returns>
    public static int TakeEdges(int line, out Errno errno)
    {
        GpioV2LineEvent* events = stackalloc GpioV2LineEvent[(int)EventBufferSize];
        nint n = FileIo.Read(line, (byte*)events, EventBufferSize * (nuint)sizeof(GpioV2LineEvent), out errno);
        if (errno == Errno.EAGAIN)
            errno = Errno.Success;
        return n > 0 ? (int)(n / sizeof(GpioV2LineEvent)) : 0;
    }

    private static GpioV2LineConfig Config(GpioLineFlags flags, bool value)
    {
        GpioV2LineConfig config = new() { Flags = (ulong)flags };
        if ((flags & GpioLineFlags.Output) == 0)
            return config;
        config.AttributeCount = 1;
        config.Attributes[0].Attribute = new GpioV2LineAttribute { Id = GpioIoctl.GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES, Values = value ? 1u : 0 };
        config.Attributes[0].Mask = 1;
        return config;
    }

    private static Errno Call(int fd, uint request, void* argument)
    {
        while (true)
        {
            Errno errno = Libc.ioctl(fd, request, argument) < 0 ? Errno.Last : Errno.Success;
            if (errno != Errno.EINTR)
                return errno;
        }
    }

    private static string Text(byte* field)
    {
        ReadOnlySpan<byte> bytes = new(field, GpioIoctl.GPIO_MAX_NAME_SIZE);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
