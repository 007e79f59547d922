// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>A command that is attached to a port until something ends it: a loop, a session, and signals that end both.</summary>
internal abstract class ClientRun : ISessionOwner, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private LoopTimer? _timer;
    private StartupException? _failure;
    private int _status;
    private bool _isOver;

    protected ClientRun()
    {
        Errno errno = EventLoop.Create(out EventLoop? loop);
        Loop = errno.IsSuccess ? loop! : throw new StartupException($"there is no event loop: {errno}");
        SignalFd.IgnoreBrokenPipes();
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, Interrupt));
    }

    protected EventLoop Loop { get; }

    protected ConsoleSession Session { get; private set; } = null!;

    /// <summary>Runs until it is over.</summary>
    /// <returns>The exit status.</returns>
    internal int Run(string path, AttachRequest request)
    {
        Session = ConsoleSession.Connect(Loop, path, request, this);
        Errno errno = Loop.Run();
        if (errno.IsError)
            throw new StartupException($"the event loop failed: {errno}");
        return _failure is null ? _status : throw _failure;
    }

    public virtual void Began(string port)
    {
    }

    public virtual void Live()
    {
    }

    public virtual void Wrote(ReadOnlySpan<byte> bytes) => StandardOutput.Write(bytes);

    public virtual void Lost(long bytes)
    {
    }

    public virtual void RoomAgain()
    {
    }

    public virtual void Stolen()
    {
    }

    public virtual void Ended(string? problem)
    {
        if (problem is null)
            End(0);
        else
            Fail(problem);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _timer?.Dispose();
        Session?.Dispose();
        Loop.Dispose();
    }

    /// <summary>It is over, and went well, or as well as the status says.</summary>
    protected void End(int status)
    {
        if (_isOver)
            return;
        _isOver = true;
        _status = status;
        Loop.Stop();
    }

    /// <summary>It is over, with a line for the user.</summary>
    protected void Fail(string problem)
    {
        if (_isOver)
            return;
        _failure = new StartupException(problem);
        End(1);
    }

    /// <summary>Fails if it is not over by then.</summary>
    protected void FailAfter(TimeSpan time, string problem)
    {
        _ = Loop.CreateTimer(() => Fail(problem), out _timer);
        _timer?.Start(time);
    }

    // As the shell has it: 128 and the signal's number.
    private void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        int number = context.Signal switch
        {
            PosixSignal.SIGHUP => 1,
            PosixSignal.SIGINT => 2,
            PosixSignal.SIGQUIT => 3,
            _ => 15,
        };
        Loop.Post(() => End(128 + number));
    }
}
