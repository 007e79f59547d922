// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// Random steps of a driver and a device on one ring, checked at every step against a model of the ring that is just
/// lists: everything offered comes back exactly once, with the right bytes, in any order of completion.
/// </summary>
public sealed class RingModelTests
{
    private static readonly Gen<(ushort Size, bool EventIdx, ushort Start, int Seed)> GenWorld = Gen.Select(
        Gen.Int[0, 6].Select(static bits => (ushort)(1 << bits)), Gen.Bool, Gen.OneOf(Gen.UShort, Gen.UShort[0xffe0, 0xffff]), Gen.Int[0, 1_000_000]);

    [Fact]
    public void Short_runs_of_all_kinds() =>
        Gen.Select(GenWorld, Gen.Byte.Array[0, 400]).Sample(static (world, script) => Run(world, script), iter: 1000);

    [Theory, CombinatorialModes]
    public void Long_runs(bool eventIdx, bool large)
    {
        byte[] script = new byte[200_000];
        Random random = new(eventIdx ? 1 : 2);
        random.NextBytes(script);
        int returned = Run(((ushort)(large ? 256 : 8), eventIdx, 0xfff0, large ? 3 : 4), script);
        Assert.True(returned > 10_000, $"only {returned} requests");
    }

    private static int Run((ushort Size, bool EventIdx, ushort Start, int Seed) world, byte[] script)
    {
        RingWorld model = new(world.Size, world.EventIdx, world.Start, world.Seed);
        foreach (byte step in script)
            model.Step(step);
        model.Finish();
        return model.Driver.Returned;
    }
}
