// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using VhostDevice.Bench.Interop;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>
/// A bare ping-pong against a child process: the round trip that no request and answer between two processes can
/// undercut when they wake each other the same way.
/// </summary>
internal sealed unsafe class PingPong : IDisposable
{
    /// <summary>The hidden command that the child runs.</summary>
    internal const string ChildCommand = "pong";

    /// <summary>Bytes of an image that are read at a time.</summary>
    internal const int Block = 4096;

    private const int SharedBytes = 4096;

    // Words of the shared memory, far enough apart for any cache.
    private const int ParentWord = 0;
    private const int ChildWord = 256;

    private readonly ChildProcess _child;
    private readonly OwnedFd _ping;
    private readonly OwnedFd _pong;
    private readonly OwnedFd _file;
    private readonly MemoryMapping _shared;
    private readonly Turns _turns;

    /// <param name="image">A file of which the child reads a block past the page cache before each answer, or null.</param>
    internal PingPong(PingPongMode mode, string? image = null)
    {
        bool blocking = mode == PingPongMode.Blocking;
        Check(EventFd.Create(!blocking, out OwnedFd? ping));
        Check(EventFd.Create(!blocking, out OwnedFd? pong));
        Check(MemFd.Create("ping-pong", SharedBytes, out OwnedFd? file));
        (_ping, _pong, _file) = (ping!, pong!, file!);
        _shared = Map(_file.Fd);
        foreach (OwnedFd fd in (OwnedFd[])[_ping, _pong, _file])
            Native.Check(Native.fcntl(fd.Fd, Native.F_SETFD, 0), "fcntl");
        string[] command =
        [
            Environment.ProcessPath!, ChildCommand, mode.ToString(), Number(_ping.Fd), Number(_pong.Fd),
            Number(_file.Fd), .. image is null ? (string[])[] : [image],
        ];
        _child = ChildProcess.Start(command, [], "/dev/null");
        _turns = MakeTurns(mode, _pong.Fd, _ping.Fd, ParentWord, ChildWord, _shared);
        // The first round trip also waits for the child's start.
        RoundTrip();
    }

    internal void PinChild(int cpu) => Cpus.PinProcess(_child.Pid, cpu);

    /// <summary>Plays for a while.</summary>
    /// <param name="histogram">Receives the round trips.</param>
    internal void Run(TimeSpan time, Histogram histogram)
    {
        long now = Stopwatch.GetTimestamp();
        long end = now + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (now < end)
        {
            long before = now;
            RoundTrip();
            now = Stopwatch.GetTimestamp();
            // Stopwatch counts nanoseconds on Linux.
            histogram.Record(now - before);
        }
    }

    public void Dispose()
    {
        _child.Kill();
        _child.Dispose();
        _shared.Dispose();
        _ping.Dispose();
        _pong.Dispose();
        _file.Dispose();
    }

    /// <summary>The child's side, until it is killed.</summary>
    /// <param name="arguments">What the constructor above gave it, the command itself left out.</param>
    internal static void RunChild(ReadOnlySpan<string> arguments)
    {
        PingPongMode mode = Enum.Parse<PingPongMode>(arguments[0]);
        int ping = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        int pong = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using MemoryMapping shared = Map(int.Parse(arguments[3], CultureInfo.InvariantCulture));
        Turns turns = MakeTurns(mode, ping, pong, ChildWord, ParentWord, shared);
        using FileReads? reads = arguments.Length > 4 ? new FileReads(arguments[4], direct: true) : null;
        while (true)
        {
            turns.Await();
            reads?.Once(Block, writes: false);
            turns.Give();
        }
    }

    private void RoundTrip()
    {
        _turns.Give();
        _turns.Await();
    }

    private static Turns MakeTurns(PingPongMode mode, int mine, int others, int myWord, int othersWord, MemoryMapping shared) =>
        mode == PingPongMode.Spin
            ? Turns.Over((int*)shared.Address + myWord, (int*)shared.Address + othersWord)
            : Turns.Over(mode, mine, others);

    private static MemoryMapping Map(int fd)
    {
        Check(MemoryMapping.Map(fd, 0, SharedBytes, 0, out MemoryMapping? mapping));
        return mapping!;
    }

    private static void Check(Errno errno)
    {
        if (errno.IsError)
            throw new BenchException($"ping-pong: {errno}");
    }

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
}
