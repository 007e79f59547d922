// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Fuzz.Message;
using VhostDevice.Fuzz.Modes;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Everything that fuzzing sessions ever found worth keeping, once more.</summary>
[Collection(BackEndCollection.Name)]
public sealed class MessageCorpusTests : LeakChecked
{
    private static readonly string s_corpus = Path.Combine(AppContext.BaseDirectory, "corpus", "message");

    [Fact]
    public void Every_input_of_the_corpus_keeps_the_promises()
    {
        string[] files = [.. Replay.Files([s_corpus])];
        Assert.NotEmpty(files);
        MessageTarget target = new();
        Assert.All(files, file => target.Run(File.ReadAllBytes(file)));
    }

    // Otherwise a change of the format would silently turn them into noise: write them again with `seeds`.
    [Fact]
    public void The_hand_made_inputs_are_in_the_corpus_as_they_are_made() =>
        Assert.All(new MessageTarget().Seeds, static seed => Assert.Equal(seed.Input, File.ReadAllBytes(Path.Combine(s_corpus, seed.Name))));

    // They are worth their place only if they get as far as they were made for.
    [Theory]
    [InlineData("served", 2, 0)]
    [InlineData("held", 1, 0)]
    [InlineData("stop-waits", 2, 0)]
    [InlineData("leave-while-stopping", 2, 0)]
    [InlineData("reset-in-flight", 2, 0)]
    [InlineData("rebind", 2, 0)]
    [InlineData("memory-replaced", 2, 0)]
    [InlineData("memory-in-pieces", 2, 0)]
    [InlineData("memory-too-long", 1, 0)]
    [InlineData("index-jumps", 1, 0)]
    [InlineData("in-band", 1, 0)]
    [InlineData("in-band-alone", 0, 1)]
    [InlineData("kick-and-call-are-pipes", 1, 0)]
    [InlineData("polled", 1, 0)]
    [InlineData("too-many-descriptors", 0, 1)]
    [InlineData("a-reply", 0, 1)]
    [InlineData("mapped-and-memory", 1, 0)]
    [InlineData("answers-astray", 1, 0)]
    [InlineData("display", 1, 0)]
    [InlineData("skip-drain", 2, 0)]
    public void Hand_made_inputs_do_what_their_name_says(string name, int used, int ended)
    {
        MessageTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((used, ended), (target.Used, target.Ended));
    }

    [Theory]
    [InlineData("mapped", 3)]
    [InlineData("mapped-over", 1)]
    [InlineData("mapped-and-memory", 1)]
    [InlineData("map-refused", 1)]
    [InlineData("map-unanswered-at-stop", 1)]
    [InlineData("map-unanswered-at-the-end", 0)]
    [InlineData("answers-astray", 1)]
    public void Inputs_that_map_something_come_so_far(string name, int mapped)
    {
        MessageTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal(mapped, target.Mapped);
    }
}
