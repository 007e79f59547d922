// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Fuzz.Ring;

/// <summary>
/// The guest that every input of the ring target gets: four regions, of which the first three are neighbours in guest
/// addresses only, and the last lies at the very end of the address space.
/// </summary>
internal sealed unsafe class GuestLayout : IDisposable
{
    public const int Regions = 4;

    private static readonly (ulong Guest, ulong User, int Size)[] s_regions =
    [
        (0, 0x7000_0001_0000, 0x3000),
        (0x3000, 0x7000_0004_0000, 0x800),
        (0x3800, 0x7000_0002_0000, 0x1000),
        (ulong.MaxValue - 0x1000, 0x7000_0000_0000, 0x1000),
    ];

    private readonly GuardedMemory[] _memory = [.. s_regions.Select(static r => new GuardedMemory(r.Size))];
    private readonly int[] _holders = new int[Regions];

    /// <summary>Addresses that an input can name by number, around every border.</summary>
    public static ReadOnlySpan<ulong> Landmarks => s_landmarks;

    private static readonly ulong[] s_landmarks =
    [
        0, 0x2000, 0x2800, 0x2ff0, 0x2fff, 0x3000, 0x37f8, 0x3800, 0x47f0, 0x47ff, 0x4800,
        ulong.MaxValue - 0x1000, ulong.MaxValue - 0x800, ulong.MaxValue - 0x10, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    public GuardedMemory Of(int region) => _memory[region];

    public static ulong UserAddress(int region) => s_regions[region].User;

    /// <summary>Whether the region's memory may be touched.</summary>
    public bool IsMapped(int region) => _holders[region] > 0;

    /// <summary>Set at the end of a run, when nobody is left who could be caught: the system calls cost more than the run.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>A new mapping of the region: what a front-end shares once more.</summary>
    public GuestRegion Map(int region, List<Backing> made)
    {
        (ulong guest, ulong user, int size) = s_regions[region];
        _holders[region]++;
        _memory[region].Open();
        Backing backing = new(this, region);
        made.Add(backing);
        return new GuestRegion(guest, user, _memory[region].Address, (ulong)size, backing);
    }

    /// <summary>Zeros everywhere, and then the image from the first region on.</summary>
    public void Reset(ReadOnlySpan<byte> image)
    {
        StaysOpen = false;
        for (int i = 0; i < Regions; i++)
        {
            _holders[i] = 0;
            _memory[i].Open();
            Span<byte> bytes = _memory[i].Bytes;
            int n = Math.Min(image.Length, bytes.Length);
            image[..n].CopyTo(bytes);
            bytes[n..].Clear();
            image = image[n..];
        }
    }

    /// <summary>Whether these bytes lie in one mapping of the table.</summary>
    public static bool Holds(ReadOnlySpan<GuestRegion> table, byte* start, ulong length)
    {
        foreach (GuestRegion region in table)
        {
            ulong offset = (ulong)start - (ulong)region.Host;
            if (offset < region.Size && length <= region.Size - offset)
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (GuardedMemory memory in _memory)
            memory.Dispose();
    }

    /// <summary>One mapping of a region. With the last one the memory is closed: who still touches it is caught.</summary>
    internal sealed class Backing(GuestLayout layout, int region) : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose()
        {
            Disposals++;
            if (--layout._holders[region] == 0 && !layout.StaysOpen)
                layout._memory[region].Close();
        }
    }
}
