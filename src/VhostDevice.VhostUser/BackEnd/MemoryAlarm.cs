// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Tells a session that the front-end truncated a file that is mapped here.</summary>
internal sealed class MemoryAlarm : IFdHandler, IDisposable
{
    private readonly Action _raised;
    private FdWatch? _watch;

    private MemoryAlarm(OwnedFd fd, Action raised)
    {
        Fd = fd;
        _raised = raised;
    }

    /// <summary>For the mappings; the alarm's.</summary>
    internal OwnedFd Fd { get; }

    /// <param name="raised">Called on the loop, as often as it likes.</param>
    internal static Errno Create(EventLoop loop, Action raised, out MemoryAlarm? alarm)
    {
        alarm = null;
        Errno errno = EventFd.Create(nonBlocking: true, out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        MemoryAlarm made = new(fd!, raised);
        errno = loop.Watch(fd!.Fd, Readiness.Readable, made, out made._watch);
        if (errno.IsError)
            made.Dispose();
        else
            alarm = made;
        return errno;
    }

    public void OnReady(Readiness readiness)
    {
        _ = EventFd.Consume(Fd.Fd, out _);
        _raised();
    }

    public void Dispose()
    {
        _watch?.Dispose();
        Fd.Dispose();
    }
}
