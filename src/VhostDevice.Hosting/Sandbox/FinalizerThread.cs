// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;

namespace VhostDevice.Hosting.Sandbox;

/// <summary>
/// The one thread that the runtime starts before the program begins. Capabilities and (before Linux 7.0) Landlock are a
/// thread's own, and nobody can take them away from another thread; but that thread runs finalizers.
/// </summary>
internal static class FinalizerThread
{
    /// <summary>Has the thread run something, and waits for it.</summary>
    /// <param name="action">Must not throw, which would end the process.</param>
    /// <returns>False when it was not run.</returns>
    internal static bool Run(Action action)
    {
        StrongBox<bool> done = new();
        Leave(action, done);
        // The youngest generation is enough for an object of this moment, and there is little in it at the start.
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
        return done.Value;
    }

    // In a frame of its own, so that no register or slot of the caller keeps the object alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(Action action, StrongBox<bool> done) => _ = new Errand(action, done);

    private sealed class Errand(Action action, StrongBox<bool> done)
    {
        ~Errand()
        {
            action();
            Volatile.Write(ref done.Value, true);
        }
    }
}
