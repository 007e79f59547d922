// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Bench.Processes;

/// <summary>What must be put right even if this process is interrupted: children, priorities, temporary files.</summary>
internal static class AtExit
{
    private static readonly List<Action> s_actions = [];

    // Without these a signal would end a native process at once.
    private static readonly PosixSignalRegistration[] s_signals =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
                .Select(s => PosixSignalRegistration.Create(s, Interrupted)),
        ];

    static AtExit() => AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAll();

    /// <summary>Runs once: at the end of the process, or when what is returned is disposed before.</summary>
    internal static IDisposable Do(Action action)
    {
        lock (s_actions)
            s_actions.Add(action);
        return new Entry(action);
    }

    private static void Interrupted(PosixSignalContext context)
    {
        context.Cancel = true;
        Environment.Exit(1);
    }

    private static bool Take(Action action)
    {
        lock (s_actions)
            return s_actions.Remove(action);
    }

    private static void RunAll()
    {
        Action[] actions;
        lock (s_actions)
            actions = [.. s_actions];
        // The last that was begun is the first that is ended.
        foreach (Action action in actions.Reverse())
            new Entry(action).Dispose();
    }

    private sealed class Entry(Action action) : IDisposable
    {
        public void Dispose()
        {
            if (Take(action))
                action();
        }
    }
}
