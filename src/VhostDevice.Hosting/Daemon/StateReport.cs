// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Hosting.Logging;
using VhostDevice.VhostUser.BackEnd;

namespace VhostDevice.Hosting.Daemon;

/// <summary>
/// On SIGUSR1, a page of state in the log, whatever its level. Each loop tells what it owns, between two of its turns;
/// of one that does not answer the counters are told, which anybody may read.
/// </summary>
internal sealed class StateReport : IDisposable
{
    private const PosixSignal SIGUSR1 = (PosixSignal)10;

    private const int Idle = 0;
    private const int Telling = 1;
    private const int Asked = 2;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Func<IReadOnlyList<ServedSocket>> _served;
    private readonly string _sandbox;
    private readonly StderrLogger _log;
    private readonly PosixSignalRegistration _signal;
    private int _state;

    private StateReport(Func<IReadOnlyList<ServedSocket>> served, string sandbox, StderrLogger log)
    {
        _served = served;
        _sandbox = sandbox;
        _log = log;
        _signal = PosixSignalRegistration.Create(SIGUSR1, OnSignal);
    }

    /// <param name="served">Gives a list that does not change, on any thread.</param>
    /// <param name="sandbox">A line about the sandbox.</param>
    internal static StateReport OnSignal(Func<IReadOnlyList<ServedSocket>> served, string sandbox, StderrLogger log) => new(served, sandbox, log);

    public void Dispose() => _signal.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        // One page at a time; whoever asks meanwhile gets the next. The runtime's thread for signals is needed for others.
        if (Interlocked.Exchange(ref _state, Asked) == Idle)
            new Thread(Tell) { IsBackground = true, Name = "state" }.Start();
    }

    private void Tell()
    {
        do
        {
            Interlocked.Exchange(ref _state, Telling);
            TellOnce();
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Telling) != Telling);
    }

    private void TellOnce()
    {
        IReadOnlyList<ServedSocket> sockets = _served();
        _log.Always($"state: {sockets.Count} {(sockets.Count == 1 ? "socket" : "sockets")}");
        _log.Always(_sandbox);
        ManualResetEventSlim[] told = new ManualResetEventSlim[sockets.Count];
        for (int i = 0; i < told.Length; i++)
        {
            ServedSocket socket = sockets[i];
            ManualResetEventSlim done = told[i] = new ManualResetEventSlim();
            socket.Loop.Post(() =>
            {
                foreach (string line in socket.Server.DescribeState())
                    socket.Log.Always(line);
                done.Set();
            });
        }

        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        for (int i = 0; i < told.Length; i++)
        {
            if (!told[i].Wait((int)Math.Max(0, end - Environment.TickCount64)))
                sockets[i].Log.Always($"its loop does not answer; {StateText.Of(sockets[i].Server.Counters)}");
        }

        _log.Always("state: end");
    }
}
