// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// A pseudo-terminal, which programs open by its path: screen, tio, minicom. It counts as open while somebody has it open.
/// </summary>
/// <remarks>
/// The kernel reports the hang-up of a terminal that nobody has open without end, and says nothing when somebody opens it:
/// then inotify does. Nobody tells this side of a window's new size either, so each input is a reason to look.
/// </remarks>
/// <param name="master">Our side.</param>
/// <param name="path">Of the other side.</param>
/// <param name="notice">Of opens of the path (<see cref="OpenNotice"/>).</param>
/// <param name="link">A symbolic link to the path, which is removed at the end.</param>
internal sealed class PseudoTerminalEnd(OwnedFd master, string path, OwnedFd notice, string? link) : StreamEnd, IFdHandler
{
    private FdWatch? _watch;
    private WindowSize _size;

    public override string Description => link is null ? "pty:" + path : $"pty:{link} ({path})";

    public void OnReady(Readiness readiness)
    {
        OpenNotice.Take(notice.Fd);
        // The stream closes its descriptor; ours stays for the next one.
        if (IsOpen || master.Duplicate(out OwnedFd? copy).IsError)
            return;
        _ = Begin(copy!);
        OnInput();
    }

    protected override void OnStart() => _ = Loop.Watch(notice.Fd, Readiness.Readable, this, out _watch);

    protected override void OnInput()
    {
        if (Terminal.Size(master.Fd, out WindowSize size).IsError || size == _size || size.Columns == 0)
            return;
        _size = size;
        Owner!.Resized(size);
    }

    protected override void Dispose(bool disposing)
    {
        _watch?.Dispose();
        base.Dispose(disposing);
        notice.Dispose();
        master.Dispose();
        if (link is not null && SymbolicLink.Read(link, out string target).IsSuccess && target == path)
            _ = Files.Unlink(link);
    }
}
