// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Recording;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>Strokes: as text who struck which bell, as waves a blow of the hammer, 5 µs, and the sound after it.</summary>
public sealed class BellTrace(Board board, string name) : TraceSource(board, "bell", name)
{
    public override IReadOnlyList<TraceSignal> Signals { get; } = [new("hammer", AtRest: false), new("silence", AtRest: true)];

    public override string NotDrawn => "strokes are not drawn: no hammer is that quick";

    public void AddStroke(byte place, bool byGuest)
    {
        Begin();
        Put(place);
        Put(byGuest ? (byte)1 : (byte)0);
        End();
    }

    public override void Print(ReadOnlySpan<byte> record, StringBuilder line) =>
        line.Append(CultureInfo.InvariantCulture, $" {(record[1] != 0 ? "guest" : "host")} strikes {record[0]}");

    public override void Draw(ReadOnlySpan<byte> record, WavePen pen)
    {
        pen.Set(0, true);
        pen.Wait(5);
        pen.Set(0, false);
        pen.Set(1, false);
        pen.Wait(100 * (record[0] + 1));
        pen.Set(1, true);
        pen.Wait(1);
    }
}
