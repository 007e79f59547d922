// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>Reports of an input device in a recording of the board: type and code in hexadecimal as evemu writes them, and value.</summary>
internal sealed class InputTrace(Board board, string name, InputDescription description) : TraceSource(board, "input", name)
{
    internal InputDescription Description => description;

    internal void Add(ReadOnlySpan<InputEvent> report)
    {
        Begin();
        Put(MemoryMarshal.AsBytes(report));
        End();
    }

    public override void Print(ReadOnlySpan<byte> record, StringBuilder line)
    {
        foreach (InputEvent value in MemoryMarshal.Cast<byte, InputEvent>(record))
        {
            if (!value.EndsReport)
                line.Append(CultureInfo.InvariantCulture, $" {value.Type:x4} {value.Code:x4} {value.Value}");
        }
    }
}
