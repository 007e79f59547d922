// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Fuzz.Modes;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Virtio.Tests.Corpus;

/// <summary>Everything that fuzzing ever found worth keeping, once more.</summary>
public sealed class RingCorpusTests
{
    private static readonly string s_corpus = Path.Combine(AppContext.BaseDirectory, "corpus", "ring");

    [Fact]
    public void Every_input_of_the_corpus_keeps_the_promises()
    {
        string[] files = [.. Replay.Files([s_corpus])];
        Assert.NotEmpty(files);
        using RingTarget target = new();
        Assert.All(files, file => target.Run(File.ReadAllBytes(file)));
    }

    // Otherwise a change of the format would silently turn them into noise: write them again with `seeds`.
    [Fact]
    public void The_hand_made_inputs_are_in_the_corpus_as_they_are_made()
    {
        using RingTarget target = new();
        Assert.All(target.Seeds, static seed => Assert.Equal(seed.Input, File.ReadAllBytes(Path.Combine(s_corpus, seed.Name))));
    }

    // They are worth their place only if they get as far as they were made for.
    [Theory]
    [InlineData("direct", 0, 1)]
    [InlineData("indirect", 0, 1)]
    [InlineData("mixed", 0, 1)]
    [InlineData("table-over-regions", 0, 1)]
    [InlineData("spanning", 0, 2)]
    [InlineData("loop", 2, 2)]
    [InlineData("table-in-table", 1, 1)]
    [InlineData("table-wraps", 1, 1)]
    [InlineData("too-long", 2, 2)]
    [InlineData("head-out-of-range", 2, 1)]
    [InlineData("last-byte", 0, 3)]
    [InlineData("packed-list", 0, 1)]
    [InlineData("packed-indirect", 0, 1)]
    [InlineData("packed-table-in-list", 1, 1)]
    [InlineData("packed-no-end", 0, 0)]
    [InlineData("packed-into-held", 0, 0)]
    [InlineData("packed-id-out-of-range", 2, 2)]
    [InlineData("packed-id-twice", 1, 1)]
    [InlineData("packed-laps", 0, 1)]
    [InlineData("packed-second-lap", 0, 1)]
    [InlineData("packed-out-of-order", 0, 3)]
    [InlineData("packed-in-order", 1, 3)]
    public void Hand_made_inputs_do_what_their_name_says(string name, int malformed, int chains)
    {
        using RingTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((malformed, chains), (target.Malformed, target.Chains));
    }
}
