// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A recording as Vector's tools write it (.asc). Buses are channels, numbered from 1 in the order of the board.</summary>
internal sealed class AscTrace(TraceFile file) : CanFileTrace(file)
{
    public override void Lost(long events) =>
        File.Text.Append(CultureInfo.InvariantCulture, $"// {events} events before this line were not recorded: the file was too slow\n");

    public override void End(long time) => File.Text.Append("End TriggerBlock\n");

    protected override void Head()
    {
        string date = Started.UtcDateTime.ToString("ddd MMM dd HH:mm:ss.fff yyyy", CultureInfo.InvariantCulture);
        File.Text.Append(CultureInfo.InvariantCulture, $"date {date}\nbase hex  timestamps absolute\nno internal events logged\n");
        for (int i = 0; i < Buses.Length; i++)
            File.Text.Append(CultureInfo.InvariantCulture, $"// channel {i + 1} is {Buses[i]}\n");
        File.Text.Append(CultureInfo.InvariantCulture, $"Begin Triggerblock {date}\n");
    }

    protected override void Write(TimeSpan since, int channel, CanFrame frame)
    {
        StringBuilder text = File.Text.Append(
            CultureInfo.InvariantCulture,
            $"{since.Ticks / TimeSpan.TicksPerSecond,4}.{since.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond:d6} ");
        string id = frame.Id.ToString("X", CultureInfo.InvariantCulture) + (frame.IsExtended ? "x" : "");
        if (frame.IsFd)
        {
            // No switch of the bit rate and no error state, which virtio does not carry.
            text.Append(CultureInfo.InvariantCulture, $"CANFD {channel + 1,3} Rx {id,11} 0 0 {Dlc(frame.Length):x} {frame.Length,2}");
            Data(frame, text);
            text.Append(CultureInfo.InvariantCulture, $" {0,8} {0,4} {0x1000,8:X} 0 0 0 0 0\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{channel + 1}  {id,-15} Rx   {(frame.IsRemote ? 'r' : 'd')} {frame.Length}");
        if (!frame.IsRemote)
            Data(frame, text);
        text.Append('\n');
    }

    private static void Data(CanFrame frame, StringBuilder text)
    {
        foreach (byte value in frame.Data)
            text.Append(' ').Append(value.ToString("X2", CultureInfo.InvariantCulture));
    }

    private static int Dlc(int length) => length switch
    {
        <= 8 => length,
        <= 24 => 9 + ((length - 12) / 4),
        32 => 13,
        48 => 14,
        _ => 15,
    };
}
