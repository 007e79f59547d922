// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>Frames of a bus, as text in candump's notation. A record is a frame as it is in memory.</summary>
internal sealed class CanTrace(Board board, string name) : TraceSource(board, "can", name)
{
    internal void Add(in CanFrame frame)
    {
        Begin();
        Put(MemoryMarshal.AsBytes(new ReadOnlySpan<CanFrame>(in frame)));
        End();
    }

    public override void Print(ReadOnlySpan<byte> record, StringBuilder line) =>
        CanNotation.Print(MemoryMarshal.Read<CanFrame>(record), line.Append(' '));
}
