// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>The memory of a record of requests in flight, and a look at what is in it.</summary>
internal sealed unsafe class Record
{
    private readonly byte[] _bytes;
    private readonly byte* _start;

    public Record(ushort descriptors, bool packed = false, Action? stored = null)
    {
        int length = (int)InflightRegion.Stride(descriptors, packed);
        _bytes = GC.AllocateArray<byte>(length + 64, pinned: true);
        fixed (byte* p = _bytes)
            _start = p + (-(nint)p & 63);
        Bytes = length;
        Region = new InflightRegion(_start, descriptors) { Stored = stored };
    }

    public int Bytes { get; }

    public InflightRegion Region { get; }

    public ref SplitInflightHeader Header => ref *(SplitInflightHeader*)_start;

    public Span<byte> Content => new(_start, Bytes);

    public Span<SplitInflightDescriptor> Descriptors =>
        MemoryMarshal.Cast<byte, SplitInflightDescriptor>(Content[SplitInflightHeader.Size..])[..Region.Descriptors];

    /// <summary>Heads that are marked, in the order of their counters.</summary>
    public ushort[] Marked
    {
        get
        {
            SplitInflightDescriptor[] all = Descriptors.ToArray();
            return [.. Enumerable.Range(0, all.Length).Where(i => all[i].InFlight == 1).OrderBy(i => all[i].Counter).Select(static i => (ushort)i)];
        }
    }
}
