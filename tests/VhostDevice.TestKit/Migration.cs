// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.TestKit;

/// <summary>
/// Moves a guest to another back-end as a monitor does: the guest's memory is copied while both it and the device go on
/// writing, and again where the dirty log or the guest's own writes say so; then everything stops, the rest is copied,
/// and the guest goes on in the copy with the other back-end.
/// </summary>
/// <remarks>The source's memory stays as it was, for comparison: nothing but the copy is under the guest after that.</remarks>
public sealed unsafe class Migration : IDisposable
{
    private const ulong PageSize = DirtyBitmap.PageSize;

    private readonly FrontEndDevice _front;
    private readonly DirtyBitmap _log;
    private readonly HashSet<ulong> _guest = [];
    private readonly List<Copy> _copies = [];

    /// <summary>Begins: the log is on from here, and all of the memory is copied once.</summary>
    public Migration(FrontEndDevice front)
    {
        _front = front;
        _log = DirtyBitmap.For(front.Memory);
        front.StartLog(_log);
        foreach (FrontEndRegion region in front.Memory.Regions)
        {
            Copy copy = new(region);
            _copies.Add(copy);
            for (ulong page = 0; page < region.Size; page += PageSize)
                copy.Take(region.GuestAddress + page);
        }
    }

    /// <summary>Pages that the back-end marked so far.</summary>
    public HashSet<ulong> Marked { get; } = [];

    /// <summary>Pages of which marks are thrown away: how the test shows that it would see a mark that is missing.</summary>
    public HashSet<ulong> Overlooked { get; } = [];

    /// <summary>The guest itself writes here: what a hypervisor finds out on its own.</summary>
    public void GuestWrites(ulong address, ulong length)
    {
        for (ulong page = address & ~(PageSize - 1); page < address + length; page += PageSize)
            _guest.Add(page);
    }

    /// <summary>Copies what was written since the last round.</summary>
    public void Round()
    {
        // First the bits, then the pages: what is written in between is marked again.
        List<ulong> marked = _log.Take();
        Marked.UnionWith(marked);
        foreach (ulong page in marked.Where(p => !Overlooked.Contains(p)).Union(_guest))
            _copies.Find(c => c.Holds(page))?.Take(page);
        _guest.Clear();
    }

    /// <summary>Bytes in which source and copy differ; for when everything has stopped.</summary>
    public long Difference() => _copies.Sum(static c => c.Difference());

    /// <summary>The guest goes on in the copy, with another back-end, which has never seen anything else.</summary>
    public void Switch(FrontEndConnection destination)
    {
        foreach (Copy copy in _copies)
            copy.Switch();
        _front.ForgetLog();
        _front.Reattach(destination);
    }

    public void Dispose()
    {
        _log.Dispose();
        foreach (Copy copy in _copies)
            copy.Dispose();
    }

    /// <summary>The memory of the destination, and the source's for comparison.</summary>
    private sealed class Copy : IDisposable
    {
        private readonly FrontEndRegion _region;
        private readonly MemoryMapping _source;
        private readonly MemoryMapping _target;
        private OwnedFd _otherFile;

        internal Copy(FrontEndRegion region)
        {
            _region = region;
            Files.Stat(region.File.Fd, out FileFacts facts).Ok();
            _otherFile = Expect.NewMemFd(facts.Size);
            _source = Map(region.File);
            _target = Map(_otherFile);
        }

        internal bool Holds(ulong address) => address - _region.GuestAddress < _region.Size;

        internal void Take(ulong page)
        {
            ulong offset = page - _region.GuestAddress;
            nuint length = (nuint)Math.Min(PageSize, _region.Size - offset);
            Buffer.MemoryCopy(_source.Address + offset, _target.Address + offset, length, length);
        }

        internal long Difference()
        {
            long count = 0;
            for (ulong i = 0; i < _region.Size; i++)
            {
                if (_source.Address[i] != _target.Address[i])
                    count++;
            }

            return count;
        }

        internal void Switch() => _otherFile = _region.MoveTo(_otherFile);

        public void Dispose()
        {
            _source.Dispose();
            _target.Dispose();
            _otherFile.Dispose();
        }

        private MemoryMapping Map(OwnedFd file) =>
            Expect.Made(MemoryMapping.Map(file.Fd, _region.Entry.MmapOffset, _region.Size, 0, out MemoryMapping? mapping), mapping);
    }
}
