// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Tests.Support;

/// <summary>
/// Page-aligned memory behind a region, which counts how often it was let go. The bytes outlive that, so that a test
/// can look at them.
/// </summary>
internal sealed unsafe class CountingBacking : IDisposable
{
    private const int Page = 4096;
    private readonly byte[] _bytes;

    public CountingBacking(ulong size)
    {
        _bytes = GC.AllocateArray<byte>((int)size + Page, pinned: true);
        fixed (byte* p = _bytes)
            Host = p + (-(nint)p & (Page - 1));
    }

    public byte* Host { get; }

    public int Disposals { get; private set; }

    public void Dispose() => Disposals++;
}
