// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>What happens to the chips of a board, all of which have <c>connected</c> as their first parameter.</summary>
internal static class BoardSteps
{
    /// <summary>Somebody pulls a chip out, or puts it back; both by the script.</summary>
    internal static void Plug(Board board, ref ScriptReader script)
    {
        byte which = script.Byte();
        Plug(board, which % board.Parts.Count, (which & 0x80) != 0);
    }

    /// <summary>Pulls a chip out, or puts it back.</summary>
    internal static void Plug(Board board, int part, bool connected)
    {
        lock (board.Gate)
            _ = board.Parts[part].Parameters[0].TrySet(connected ? "on" : "off");
    }
}
