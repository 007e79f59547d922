// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>The steps that every device's target has; numbers from <see cref="Own"/> on are the target's.</summary>
internal static class DeviceSteps
{
    internal const byte Raw = 0;
    internal const byte Serve = 1;
    internal const byte Turn = 2;
    internal const byte Restart = 3;
    internal const byte Reconnect = 4;
    internal const byte Own = 5;

    private const int Amounts = 8;

    /// <summary>How many there were of something, by powers of two: one of eight bits of a behaviour, from a place on.</summary>
    internal static ulong Amount(int place, int count) => 1UL << (place + Math.Min(BitOperations.Log2((uint)count + 1), Amounts - 1));

    /// <summary>Does a step that is not the target's own.</summary>
    internal static void Do(DeviceRig rig, byte step, ref ScriptReader script)
    {
        int queue = script.Byte() % rig.QueueCount;
        switch (step)
        {
            case Raw:
                // Any bytes in any pieces, and any room for the answer.
                byte shape = script.Byte();
                int writable = script.Byte();
                rig.Offer(queue, script.Take(script.Byte()).Rest, 1 + (shape & 7), writable, 1 + ((shape >> 3) & 7));
                break;
            case Serve:
                rig.Serve(queue, 1 + (script.Byte() & 63));
                break;
            case Turn:
                rig.Turn();
                break;
            case Restart:
                rig.Restart(queue);
                break;
            default:
                rig.Reconnect();
                break;
        }
    }
}
