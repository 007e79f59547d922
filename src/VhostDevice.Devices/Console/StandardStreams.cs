// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console;

/// <summary>
/// The daemon's standard input and output as a port's end. A terminal is raw while the daemon serves, and as it was before at
/// each end that the process sees.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private const int SIGWINCH = 28;

    private readonly byte? _escape;
    private readonly EventLoop _loop;
    private Terminal? _terminal;
    private TerminalKeeper? _keeper;
    private PosixSignalRegistration? _resized;
    private StandardEnd? _end;
    private Action? _stop;

    private StandardStreams(EventLoop loop, byte? escape)
    {
        _loop = loop;
        _escape = escape;
    }

    /// <param name="loop">Of the port.</param>
    /// <param name="escape">The key on a terminal that ends the daemon; null: none.</param>
    /// <exception cref="StartupException">The terminal cannot be used.</exception>
    internal static StandardStreams Open(Opening at, EventLoop loop, byte? escape)
    {
        StandardStreams made = at.Owns(new StandardStreams(loop, escape));
        at.Begin(daemon =>
        {
            made._stop = () =>
            {
                foreach (EventLoop each in daemon.Loops)
                    each.Stop();
            };
            made.Begin();
        });
        return made;
    }

    /// <summary>The end, once.</summary>
    internal PortEnd MakeEnd()
    {
        // Programs are started before the sandbox.
        if (Terminal.Open(0, out _terminal).IsSuccess)
            _keeper = TerminalKeeper.Start(_terminal!, 0);
        return _end = new StandardEnd(
            OwnStream.Open(0, write: false), OwnStream.Open(1, write: true), _terminal is not null, _escape, () => _stop?.Invoke());
    }

    public void Dispose()
    {
        _resized?.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= Restore;
        _ = _terminal?.Restore();
        _keeper?.Dispose();
    }

    private void Begin()
    {
        if (_terminal is null)
            return;
        // An end that waits for nothing, too.
        AppDomain.CurrentDomain.ProcessExit += Restore;
        _ = _terminal.SetRaw();
        _resized = PosixSignalRegistration.Create((PosixSignal)SIGWINCH, _ => _loop.Post(() => _end!.LookAtSize()));
    }

    private void Restore(object? sender, EventArgs e) => _ = _terminal?.Restore();
}
