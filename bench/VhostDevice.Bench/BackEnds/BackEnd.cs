// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using VhostDevice.Bench.Interop;
using VhostDevice.Bench.Processes;
using VhostDevice.Linux;

namespace VhostDevice.Bench.BackEnds;

/// <summary>A back-end that listens.</summary>
internal sealed unsafe class BackEnd : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static int s_started;

    private readonly ChildProcess? _child;
    private readonly string? _log;

    private BackEnd(string name, string givenPath, string socketPath, OwnedFd connection, ChildProcess? child, string? log, TimeSpan startTime)
    {
        Name = name;
        GivenPath = givenPath;
        SocketPath = socketPath;
        _child = child;
        _log = log;
        StartTime = startTime;
        Pid = PeerOf(connection);
        StartCpu = CpuClock.Of(Pid).Nanoseconds;
        connection.Dispose();
    }

    internal string Name { get; }

    /// <summary>What the back-end was given as its socket's path; further files of its are named after it.</summary>
    internal string GivenPath { get; }

    /// <summary>Where it listens.</summary>
    internal string SocketPath { get; }

    /// <summary>The process that listens, which may be a child of the one that was started.</summary>
    internal int Pid { get; }

    /// <summary>From the start of the process until it listened.</summary>
    internal TimeSpan StartTime { get; }

    /// <summary>Nanoseconds of CPU time that it had used then.</summary>
    internal long StartCpu { get; }

    /// <param name="directory">For its socket and its log.</param>
    /// <param name="pollUs">Microseconds of busy polling; 0 for none.</param>
    /// <param name="byConnecting">Try to connect even if it tells when it is ready, so that two are measured alike.</param>
    internal static BackEnd Start(Launch launch, string directory, int pollUs = 0, bool byConnecting = false)
    {
        if (launch.Socket is { } socket)
            return new BackEnd(launch.Name, socket, socket, Connect(socket), null, null, TimeSpan.Zero);

        string path = Path.Combine(directory, "s" + (++s_started).ToString(CultureInfo.InvariantCulture) + "-");
        string log = path + "log";
        using ReadySocket ready = new(path + "ready");
        ChildProcess child = ChildProcess.Start(launch.Command(path, pollUs), [$"NOTIFY_SOCKET={ready.Path}"], log);
        try
        {
            return launch.Notifies && !byConnecting
                ? AwaitNotice(launch, path, child, ready, log)
                : AwaitConnection(launch, path, child, log);
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Moves it to a CPU, all its threads.</summary>
    /// <exception cref="BenchException">It has ended; a back-end must bear that the connection that looked for it ends.</exception>
    internal void Pin(int cpu)
    {
        if (_child is { HasExited: true })
            throw new BenchException(
                $"{Name}'s process {_child.Pid} has ended{Said(_log!)}; a back-end is needed that takes one connection after another");
        Cpus.PinProcess(Pid, cpu);
    }

    public void Dispose() => _child?.Dispose();

    private static BackEnd AwaitNotice(Launch launch, string path, ChildProcess child, ReadySocket ready, string log)
    {
        if (!ready.Wait(s_patience))
            throw Failed(launch, log);
        TimeSpan time = Stopwatch.GetElapsedTime(child.StartTicks);
        string socket = Path.Exists(path + "0") ? path + "0" : path;
        return new BackEnd(launch.Name, path, socket, Connect(socket), child, log, time);
    }

    private static BackEnd AwaitConnection(Launch launch, string path, ChildProcess child, string log)
    {
        while (Stopwatch.GetElapsedTime(child.StartTicks) < s_patience && !child.HasExited)
        {
            foreach (string candidate in (string[])[path + "0", path])
            {
                if (UnixSocket.Connect(candidate, out OwnedFd? connection).IsError)
                    continue;
                return new BackEnd(launch.Name, path, candidate, connection!, child, log, Stopwatch.GetElapsedTime(child.StartTicks));
            }

            // Thread.Sleep knows only milliseconds.
            _ = Native.usleep(50);
        }

        throw Failed(launch, log);
    }

    private static BenchException Failed(Launch launch, string log) => new($"{launch.Name} did not start to listen{Said(log)}");

    private static string Said(string log)
    {
        string said = File.Exists(log) ? File.ReadAllText(log).Trim() : "";
        return said.Length > 0 ? ", it said: " + said : " and said nothing";
    }

    private static OwnedFd Connect(string socket) => UnixSocket.Connect(socket, out OwnedFd? connection) is { IsError: true } errno
        ? throw new BenchException($"{socket}: {errno}")
        : connection!;

    // The kernel remembers who called listen(2).
    private static int PeerOf(OwnedFd connection)
    {
        int* credentials = stackalloc int[3]; // struct ucred: pid, uid, gid
        uint length = 3 * sizeof(int);
        Native.Check(Native.getsockopt(connection.Fd, Native.SOL_SOCKET, Native.SO_PEERCRED, credentials, &length), "SO_PEERCRED");
        return credentials[0];
    }
}
