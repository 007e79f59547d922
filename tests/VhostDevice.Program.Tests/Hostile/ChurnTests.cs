// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>Front-ends come and go: nothing is left of them.</summary>
public sealed class ChurnTests : IDisposable
{
    /// <summary>Enough for the garbage collector to have run: only what is beyond its rhythm is growth.</summary>
    private const int WarmUp = 400;

    private const int AllowedKiB = 2048;

    private readonly Daemon _daemon = Daemon.Start("--log-level", "error");
    private readonly ProcessFacts _idle;

    public ChurnTests() => _idle = ProcessFacts.Of(_daemon.Process.Id);

    public void Dispose() => _daemon.Dispose();

    [Fact]
    public void Nothing_is_left_of_front_ends()
    {
        Repeat(WarmUp, BeGuest);
        ProcessFacts before = Settled();
        Repeat(1000, () => FrontEndConnection.Connect(_daemon.Socket()).Dispose());
        AssertSame(before, "1000 connections");
        Repeat(1000, Ask);
        AssertSame(before, "1000 connections with a question");
        Repeat(200, BeGuest);
        AssertSame(before, "200 guests");
    }

    private static void Repeat(int count, Action visit)
    {
        for (int i = 0; i < count; i++)
            visit();
    }

    private void Ask()
    {
        using FrontEndConnection connection = FrontEndConnection.Connect(_daemon.Socket());
        Assert.NotEqual(0ul, connection.GetFeatures());
    }

    private void BeGuest()
    {
        using Guest guest = _daemon.Connect();
        for (int i = 0; i < 20; i++)
            Assert.NotEmpty(guest.Ask(4096));
    }

    private void AssertSame(ProcessFacts before, string what)
    {
        ProcessFacts after = Settled();
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {before} → {after}");
        Assert.Equal(before.Mappings, after.Mappings);
        Assert.Equal(before.Threads, after.Threads);
        Assert.InRange(after.ResidentKiB - before.ResidentKiB, int.MinValue, AllowedKiB);
    }

    // The last visitor's leaving is noticed a moment later; an idle daemon has a known number of descriptors.
    private ProcessFacts Settled()
    {
        ProcessFacts facts = _idle;
        Eventually.Holds(
            () => (facts = ProcessFacts.Of(_daemon.Process.Id)).Descriptors == _idle.Descriptors,
            () => $"an idle daemon has {_idle.Descriptors} descriptors, now there are {facts.Descriptors}");
        return facts;
    }
}
