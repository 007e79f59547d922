// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Hosting.Daemon;

/// <summary>The counter that this processor has (Native/processor_counter.c). A managed program does without.</summary>
public static unsafe partial class ProcessorCounter
{
    private const string Library = "vhost-device-native";

    /// <summary>Reads it. From any thread.</summary>
    /// <param name="kind">Which one it is.</param>
    /// <param name="now">In its own cycles.</param>
    /// <returns>False: this processor has none that is known here, or the program is a managed one.</returns>
    public static bool TryRead(out CounterKind kind, out ulong now)
    {
        ulong cycles = 0;
        int which;
        try
        {
            which = Native.Read(&cycles);
        }
        catch (DllNotFoundException)
        {
            which = -1;
        }

        (kind, now) = ((CounterKind)which, cycles);
        return which >= 0;
    }

    private static partial class Native
    {
        // It takes some nanoseconds and waits for nothing.
        [SuppressGCTransition]
        [LibraryImport(Library, EntryPoint = "vhost_device_counter")]
        internal static partial int Read(ulong* cycles);
    }
}
