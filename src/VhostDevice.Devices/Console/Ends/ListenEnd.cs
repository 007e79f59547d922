// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>Programs that connect to a socket of ours, one at a time.</summary>
/// <param name="description">As a user would write it.</param>
/// <param name="listener">A listening, non-blocking stream socket.</param>
/// <param name="owned">Ends with this: the socket, and what goes with it.</param>
/// <param name="takesOver">Whoever connects gets the port from the one before; otherwise he waits until that one has left.</param>
/// <param name="isTcp">A TCP socket.</param>
internal sealed class ListenEnd(string description, OwnedFd listener, IDisposable owned, bool takesOver, bool isTcp) : StreamEnd, IFdHandler
{
    private FdWatch? _watch;
    private LoopTimer? _retry;

    public override string Description => description;

    public void OnReady(Readiness readiness)
    {
        Errno errno = UnixSocket.Accept(listener.Fd, out OwnedFd? connection);
        if (errno.IsSuccess)
        {
            if (isTcp)
                TcpSocket.SetPrompt(connection!.Fd);
            End();
            errno = Begin(connection!);
            UpdateInterest();
        }

        // Most likely out of descriptors. The socket stays readable, so trying at once would spin.
        if (errno.IsError && errno != Errno.EAGAIN && errno != Errno.ECONNRESET && _retry is not null)
        {
            _watch!.Interest = Readiness.None;
            _retry.Start(TimeSpan.FromSeconds(1));
        }
    }

    protected override void OnStart()
    {
        _ = Loop.CreateTimer(UpdateInterest, out _retry);
        _ = Loop.Watch(listener.Fd, Readiness.Readable, this, out _watch);
    }

    protected override void OnGone() => UpdateInterest();

    protected override void Dispose(bool disposing)
    {
        _watch?.Dispose();
        _retry?.Dispose();
        base.Dispose(disposing);
        owned.Dispose();
    }

    private void UpdateInterest()
    {
        if (_watch is not null)
            _watch.Interest = IsOpen && !takesOver ? Readiness.None : Readiness.Readable;
    }
}
