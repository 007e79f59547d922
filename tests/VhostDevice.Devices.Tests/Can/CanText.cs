// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Frames in candump's notation.</summary>
internal static class CanText
{
    internal static string Of(CanFrame frame)
    {
        StringBuilder text = new();
        CanNotation.Print(frame, text);
        return text.ToString();
    }
}
