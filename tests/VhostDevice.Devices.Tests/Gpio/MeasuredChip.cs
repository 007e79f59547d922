// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Another chip, whose calls count as such that may wait, or not.</summary>
internal sealed class MeasuredChip(IGpioChip chip, bool mayWait) : IGpioChip
{
    public string Name => chip.Name;

    public string Label => chip.Label;

    public HostCalls? Calls { get; } = mayWait ? new HostCalls("measured") : null;

    public int LineCount => chip.LineCount;

    public string LineName(int line) => chip.LineName(line);

    public GpioDirection Direction(int line) => chip.Direction(line);

    public string? UserOf(int line) => chip.UserOf(line);

    public Errno Request(
        int line,
        string owner,
        in GpioLineSettings settings,
        EventLoop loop,
        IGpioEdgeListener listener,
        out IGpioLine? requested) =>
        chip.Request(line, owner, settings, loop, listener, out requested);

    public void Dispose()
    {
        Calls?.Dispose();
        chip.Dispose();
    }
}
