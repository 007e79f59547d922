// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Where a region of guest memory shall lie.</summary>
/// <param name="GuestAddress">Guest-physical address of its first byte.</param>
/// <param name="Size">Bytes.</param>
/// <param name="UserAddress">What the front-end calls the first byte; null: where it is mapped in this process.</param>
/// <param name="MmapOffset">Where in its file the region begins; needs no alignment.</param>
/// <param name="FileSize">Bytes of its file, when that shall hold more than this region; null: just enough.</param>
/// <param name="SharesFileOf">A region whose file this one is part of too, as QEMU's two halves of a PC's memory are; null: an own file.</param>
/// <param name="CanShrink">Its own file is not sealed against shrinking, and cannot be: for tests that truncate it.</param>
public readonly record struct RegionLayout(
    ulong GuestAddress, ulong Size, ulong? UserAddress = null, ulong MmapOffset = 0, ulong? FileSize = null, FrontEndRegion? SharesFileOf = null,
    bool CanShrink = false);

/// <summary>A region of <see cref="FrontEndMemory"/>, mapped here.</summary>
public sealed unsafe class FrontEndRegion : IDisposable
{
    private readonly MemoryMapping _mapping;

    private FrontEndRegion(RegionLayout layout, OwnedFd file, MemoryMapping mapping)
    {
        File = file;
        _mapping = mapping;
        Entry = new MemoryRegionEntry
        {
            GuestAddress = layout.GuestAddress,
            Size = layout.Size,
            UserAddress = layout.UserAddress ?? (ulong)mapping.Address,
            MmapOffset = layout.MmapOffset,
        };
    }

    public ulong GuestAddress => Entry.GuestAddress;

    public ulong Size => Entry.Size;

    public ulong UserAddress => Entry.UserAddress;

    /// <summary>The region as the memory table has it.</summary>
    public MemoryRegionEntry Entry { get; }

    /// <summary>The memory file, which stays the region's.</summary>
    public OwnedFd File { get; private set; }

    /// <summary>The region's first byte in this process.</summary>
    public byte* Pointer => _mapping.Address;

    internal static FrontEndRegion Create(RegionLayout layout)
    {
        ulong end = checked(layout.MmapOffset + layout.Size);
        OwnedFd? file;
        if (layout.SharesFileOf is { } other)
            FrontEndException.ThrowIfError(other.File.Duplicate(out file), "dup");
        else if (layout.CanShrink)
            FrontEndException.ThrowIfError(MemFd.CreateShrinkable("guest-memory", layout.FileSize ?? end, mayBeSealed: false, out file), "memfd");
        else
            FrontEndException.ThrowIfError(MemFd.Create("guest-memory", layout.FileSize ?? end, out file), "memfd");
        // Touching a mapping beyond the end of its file would end this process (SIGBUS).
        Errno errno = Files.Stat(file!.Fd, out FileFacts facts);
        if (errno.IsSuccess && facts.Size < end)
        {
            file.Dispose();
            throw new ArgumentException($"the region's file has {facts.Size} bytes, the region ends at {end}", nameof(layout));
        }

        errno = MemoryMapping.Map(file.Fd, layout.MmapOffset, layout.Size, 0, out MemoryMapping? mapping);
        if (errno.IsError)
            file.Dispose();
        FrontEndException.ThrowIfError(errno, "mapping of guest memory");
        return new FrontEndRegion(layout, file, mapping!);
    }

    /// <summary>
    /// Puts another file, with the same layout, under the region, as if its guest went on in another virtual machine:
    /// addresses and pointers stay. A back-end that has the region keeps the former file.
    /// </summary>
    /// <param name="file">Becomes the region's.</param>
    /// <returns>The former file, now the caller's.</returns>
    public OwnedFd MoveTo(OwnedFd file)
    {
        FrontEndException.ThrowIfError(_mapping.ReplaceFile(file.Fd), "mapping of guest memory");
        (OwnedFd former, File) = (File, file);
        return former;
    }

    public void Dispose()
    {
        _mapping.Dispose();
        File.Dispose();
    }
}
