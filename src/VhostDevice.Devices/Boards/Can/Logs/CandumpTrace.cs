// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A recording as candump -L writes it, which canplayer plays and log2asc turns into other formats.</summary>
internal sealed class CandumpTrace(TraceFile file) : CanFileTrace(file)
{
    protected override void Head()
    {
    }

    protected override void Write(TimeSpan since, int channel, CanFrame frame)
    {
        long ticks = (Started + since - DateTimeOffset.UnixEpoch).Ticks;
        StringBuilder text = File.Text.Append(
            CultureInfo.InvariantCulture,
            $"({ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond:d6}) {Buses[channel]} ");
        CanNotation.Print(frame, text);
        text.Append('\n');
    }
}
