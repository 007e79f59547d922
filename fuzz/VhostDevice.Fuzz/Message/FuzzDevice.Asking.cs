// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Fuzz.Message;

/// <content>What the device asks of its front-end, and is handed by it.</content>
internal sealed partial class FuzzDevice
{
    private const ulong Page = 4096;

    private static readonly ulong[] s_sizes = [0, 8 * Page];

    private OwnedFd? _display;
    private MemoryHold? _hold;

    public override ReadOnlySpan<ulong> SharedMemorySizes => s_sizes;

    public override bool SharesObjects => true;

    /// <summary>Requests that were made and those that have ended.</summary>
    internal (int Made, int Ended) Requests { get; private set; }

    /// <summary>Mappings that the front-end agreed to.</summary>
    internal int Mapped { get; private set; }

    public override bool TryTakeGpuSocket(OwnedFd socket)
    {
        Promise.Keep(_attached && !_disposed, "a display is given to a device that is there");
        if (Files.Stat(socket.Fd, out FileFacts facts).IsError || facts.Kind != FileKind.Socket)
            return false;
        _display?.Dispose();
        _display = socket;
        return true;
    }

    public override OwnedFd? GetSharedObject(Guid id)
    {
        Promise.Keep(_attached && !_disposed, "a device that is not there is asked for nothing");
        return id == Guid.Empty && EventFd.Create(nonBlocking: true, out OwnedFd? file).IsSuccess ? file : null;
    }

    // A place of guest memory is looked up whenever the memory changes, and kept until then.
    public override void MemoryChanged()
    {
        Promise.Keep(_attached && !_disposed, "a device that is not there has no memory");
        _hold?.Dispose();
        _hold = Host.HoldMemory();
        Span<IoVec> pieces = stackalloc IoVec[2];
        Translation found = _hold.Translate(0x4000, 0x1000, MemoryAccess.Write, pieces);
        if (found.IsFound)
            _hold.MarkWritten(pieces[..found.Pieces]);
    }

    internal void Ask(byte what, byte place, OwnedFd file)
    {
        if (!_attached || _disposed)
            return;
        SharedRange range = new((byte)(place >> 7), (place & 7UL) * Page, (1 + (((ulong)place >> 3) & 3)) * Page);
        bool told = false;
        bool made = false;
        void Done(Errno errno)
        {
            Promise.Keep(made && !told && !_disposed, "a request ends once, later, and before the device");
            told = true;
            Requests = (Requests.Made, Requests.Ended + 1);
            if (what % 5 == 0 && errno.IsSuccess)
                Mapped++;
        }

        Errno errno = (what % 5) switch
        {
            0 => Host.MapShared(range, file, (place & 7UL) * Page, (place & 1) != 0, Done),
            1 => Host.UnmapShared(range, Done),
            2 => Host.AddSharedObject(Guid.Empty, Done),
            3 => Host.RemoveSharedObject(Guid.Empty, Done),
            _ => Host.LookUpSharedObject(Guid.Empty, (e, found) =>
            {
                found?.Dispose();
                Done(e);
            }),
        };
        made = errno.IsSuccess;
        if (made)
            Requests = (Requests.Made + 1, Requests.Ended);
        Promise.Keep(!told, "a request that is refused has no end");
    }

    private void LetGo()
    {
        _display?.Dispose();
        _hold?.Dispose();
    }
}
