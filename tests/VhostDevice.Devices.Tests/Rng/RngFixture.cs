// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rng;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>The rng device on its socket, and short forms for what its driver does.</summary>
internal static class RngFixture
{
    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 4 << 20, QueueSizes = [64] };

    internal static RateLimit Unlimited => new(ulong.MaxValue, TimeSpan.FromSeconds(65));

    /// <param name="hasNode">False: there is no /dev/urandom.</param>
    internal static KernelEntropySource Kernel(bool useVdso = true, bool hasNode = true) =>
        new(hasNode ? Expect.Open(KernelEntropySource.DefaultPath) : null, useVdso);

    internal static TestBackEnd<RngDevice> Serve(IEntropySource source, RateLimit? limit = null)
    {
        RateLimit share = limit ?? Unlimited;
        RecordingLogger log = new();
        return new TestBackEnd<RngDevice>(() => new RngDevice(source, share, log));
    }

    /// <summary>Asks for bytes and waits for them.</summary>
    internal static byte[] Ask(FrontEndDevice guest, uint size) => guest.Request(0, [], size);

    /// <summary>Fills guest memory with a byte that says "nobody wrote here".</summary>
    internal static ulong Clean(FrontEndDevice guest, int size)
    {
        ulong address = guest.Memory.Allocate((ulong)size);
        guest.Memory.Span(address, size).Fill(0xa5);
        return address;
    }

    /// <summary>Random bytes: neither untouched nor all the same. (Wrong once in 2^64 for 16 bytes and more.)</summary>
    internal static void AssertRandom(ReadOnlySpan<byte> bytes)
    {
        Assert.True(bytes.Length >= 16);
        Assert.True(bytes.IndexOfAnyExcept(bytes[0]) >= 0);
        int untouched = 0;
        foreach (byte b in bytes)
            untouched += b == 0xa5 ? 1 : 0;
        Assert.True(untouched < bytes.Length / 2, $"{untouched} of {bytes.Length} bytes are as they were");
    }

    internal static void AssertUntouched(ReadOnlySpan<byte> bytes) =>
        Assert.True(bytes.IndexOfAnyExcept((byte)0xa5) < 0, "bytes were written that are not reported");
}
