// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// A GPIO chip of the host, through its character device. The kernel knows who has which line, also in other processes.
/// A chip whose lines are behind a slow bus (an I2C expander) makes its callers wait for that bus, so calls are measured.
/// </summary>
public sealed class KernelGpioChip : IGpioChip
{
    private readonly OwnedFd _fd;
    private readonly GpioChipFacts _facts;

    private KernelGpioChip(OwnedFd fd, GpioChipFacts facts)
    {
        _fd = fd;
        _facts = facts;
        Calls = new HostCalls(facts.Name);
    }

    public string Name => _facts.Name;

    public string Label => _facts.Label;

    public HostCalls Calls { get; }

    public int LineCount => (int)Math.Min(_facts.Lines, int.MaxValue);

    /// <summary>Opens a chip's node. ENOTTY or EINVAL: it is something else.</summary>
    public static Errno Open(string path, out KernelGpioChip? chip)
    {
        chip = null;
        // What is no chip may be a FIFO, which would keep us waiting.
        Errno errno = Files.Open(path, write: false, nonBlocking: true, out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        errno = GpioChardev.ChipInfo(fd!.Fd, out GpioChipFacts facts);
        if (errno.IsError)
        {
            fd.Dispose();
            return errno;
        }

        chip = new KernelGpioChip(fd, facts);
        return Errno.Success;
    }

    public string LineName(int line) => GpioChardev.LineInfo(_fd.Fd, (uint)line, out GpioLineFacts facts).IsSuccess ? facts.Name : "";

    public GpioDirection Direction(int line)
    {
        Errno errno = GpioChardev.LineInfo(_fd.Fd, (uint)line, out GpioLineFacts facts);
        return errno.IsSuccess && (facts.Flags & GpioLineFlags.Output) != 0 ? GpioDirection.Out : GpioDirection.In;
    }

    public string? UserOf(int line)
    {
        Errno errno = GpioChardev.LineInfo(_fd.Fd, (uint)line, out GpioLineFacts facts);
        if (errno.IsError || (facts.Flags & GpioLineFlags.Used) == 0)
            return null;
        return facts.Consumer.Length > 0 ? facts.Consumer : "somebody without a name";
    }

    public Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested)
    {
        requested = null;
        Errno errno = GpioChardev.RequestLine(_fd.Fd, (uint)line, owner, KernelGpioLine.FlagsOf(settings), settings.Value, out OwnedFd? fd);
        if (errno.IsSuccess)
            requested = new KernelGpioLine(fd!, loop, listener);
        return errno;
    }

    /// <summary>Lines that are requested stay so. Waits for the call that is being made.</summary>
    public void Dispose()
    {
        Calls.Dispose();
        _fd.Dispose();
    }
}
