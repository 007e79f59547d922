// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// Random steps of a driver and a device on one ring, checked at every step against a model of the ring that is just
/// lists: everything offered comes back exactly once, with the right bytes, in any order of completion, or in the order
/// of requests where that was promised. Both layouts are held against the same model.
/// </summary>
public sealed class RingModelTests
{
    private static readonly Gen<RingKind> s_split = Gen.Select(
        Gen.Int[0, 6], Gen.Bool, Gen.Bool, Gen.OneOf(Gen.UShort, Gen.UShort[0xffe0, 0xffff]),
        static (bits, eventIdx, inOrder, start) => new RingKind(false, (ushort)(1 << bits), eventIdx, inOrder, start));

    private static readonly Gen<RingKind> s_packed = Gen.Select(
        Gen.UShort[1, 70], Gen.Bool, Gen.Bool, Gen.UShort,
        static (size, eventIdx, inOrder, start) => new RingKind(true, size, eventIdx, inOrder, start));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Short_runs_of_all_kinds(bool packed) =>
        Gen.Select(packed ? s_packed : s_split, Gen.Int[0, 1_000_000], Gen.Byte.Array[0, 400])
            .Sample(static (kind, seed, script) => Run(kind, seed, script), iter: 1000);

    [Theory, CombinatorialModes]
    public void Long_runs(bool packed, bool eventIdx, bool large)
    {
        byte[] script = new byte[200_000];
        Random random = new(eventIdx ? 1 : 2);
        random.NextBytes(script);
        ushort size = (ushort)(packed ? large ? 251 : 7 : large ? 256 : 8);
        int returned = Run(new RingKind(packed, size, eventIdx, false, 0xfff0), large ? 3 : 4, script);
        Assert.True(returned > 10_000, $"only {returned} requests");
    }

    private static int Run(RingKind kind, int seed, byte[] script)
    {
        RingWorld model = new(kind, seed);
        foreach (byte step in script)
            model.Step(step);
        model.Finish();
        return model.Driver.Returned;
    }
}
