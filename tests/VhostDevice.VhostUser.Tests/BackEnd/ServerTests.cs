// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Several front-ends on one socket: many may ask, one owns the device, the next one waits.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ServerTests : LeakChecked
{
    [Fact]
    public void A_probe_is_answered_while_a_guest_is_attached()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2));
        using FrontEndDevice guest = backEnd.Attach(TestOptions.Queues(2));
        using (FrontEndConnection prober = backEnd.Connect())
        {
            ProbeResult result = BackEndProbe.Run(prober);
            Assert.Null(result.Problem);
            Assert.Equal(2UL, result.QueueCount);
        }

        Assert.Equal([1], guest.Request(0, [1], 1));
        backEnd.WaitForConnections(1);
    }

    [Fact]
    public void A_second_guest_waits_and_gets_the_device_when_the_first_leaves()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        FrontEndDevice first = backEnd.Attach();
        using FrontEndDevice second = backEnd.Negotiate();
        Assert.Equal([1], first.Request(0, [1], 1));
        second.Connection.Send(FrontEndRequest.SetVringNum, Payloads.State(0, 16), flags: MessageFlags.NeedReply);
        backEnd.Thread.Until(() => backEnd.Log.From(LogLevel.Information).Any(l => l.Contains("waits", StringComparison.Ordinal)), "waiting");
        Assert.Equal([2], first.Request(0, [2], 1));
        first.Dispose();
        Payloads.AssertAnswer(second.Connection, FrontEndRequest.SetVringNum, Payloads.Number(0));
        second.Start();
        Assert.Equal([3], second.Request(0, [3], 1));
        Assert.Equal(1, backEnd.Devices[0].Journal.Count("disposed"));
        Assert.Equal(0, backEnd.Devices[1].Journal.Count("disposed"));
    }

    [Fact]
    public void Guests_get_the_device_in_the_order_in_which_they_began_to_wait()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        FrontEndDevice first = backEnd.Attach();
        FrontEndConnection[] waiting = [.. Enumerable.Range(0, 4).Select(_ => Prepare(backEnd))];
        int[] order = [2, 0, 3, 1];
        foreach (int i in order)
            BeginToWait(backEnd, waiting[i]);

        // One that leaves is not waited for.
        waiting[order[1]].Dispose();
        backEnd.WaitForConnections(4);
        first.Dispose();
        foreach (int i in (int[])[2, 3, 1])
        {
            Payloads.AssertAnswer(waiting[i], FrontEndRequest.SetVringNum, Payloads.Number(0));
            waiting[i].Dispose();
        }

        backEnd.WaitForConnections(0);
        Assert.Equal(3, backEnd.Log.From(LogLevel.Information).Count(l => l.Contains("connection ended", StringComparison.Ordinal)) - 1);
    }

    [Fact]
    public void A_new_connection_takes_the_place_of_the_one_that_was_silent_longest()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice guest = backEnd.Attach();
        FrontEndConnection[] silent = [.. Enumerable.Range(1, BackEndServer.MaxConnections - 1).Select(_ => Prepare(backEnd))];
        // The first to come is not the one that was silent longest.
        Payloads.AssertServed(silent[0]);
        using (FrontEndDevice second = backEnd.Negotiate())
        {
            Assert.True(silent[1].WaitForDisconnect(LoopThread.Patience));
            Payloads.AssertServed(silent[0]);
            for (int i = 2; i < silent.Length; i++)
                Payloads.AssertServed(silent[i]);
            Payloads.AssertServed(second.Connection);
        }

        Assert.Equal([1], guest.Request(0, [1], 1));
        Assert.Contains("silent longest", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.Equal(0UL, backEnd.Counters.ProtocolErrors);
        backEnd.Thread.AssertIdle();
        foreach (FrontEndConnection c in silent)
            c.Dispose();
        backEnd.WaitForConnections(1);
    }

    [Fact]
    public void A_front_end_keeps_its_place_for_a_while_after_each_message()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), silencePatience: TimeSpan.FromHours(1));
        FrontEndConnection[] all = [.. Enumerable.Range(0, 2 * BackEndServer.MaxConnections).Select(_ => backEnd.Connect())];
        for (int i = 0; i < BackEndServer.MaxConnections; i++)
            Payloads.AssertServed(all[i]);
        Assert.Equal(BackEndServer.MaxConnections, backEnd.ConnectionCount);
        backEnd.Thread.AssertIdle();
        // Each that leaves makes room for one of the others.
        foreach (FrontEndConnection c in all)
        {
            Payloads.AssertServed(c);
            c.Dispose();
        }

        backEnd.WaitForConnections(0);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void Those_that_wait_for_the_device_keep_their_places_and_spin_nothing()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), silencePatience: TimeSpan.Zero);
        using FrontEndDevice guest = backEnd.Attach();
        FrontEndConnection[] waiting = [.. Enumerable.Range(1, BackEndServer.MaxConnections - 1).Select(_ => Prepare(backEnd, negotiate: false))];
        foreach (FrontEndConnection c in waiting)
            BeginToWait(backEnd, c);
        FrontEndConnection[] late = [.. Enumerable.Range(0, 4).Select(_ => backEnd.Connect())];
        backEnd.Thread.AssertIdle();
        Assert.Equal(BackEndServer.MaxConnections, backEnd.ConnectionCount);
        Assert.Equal([1], guest.Request(0, [1], 1));
        waiting[0].Dispose();
        // One place for all of these, and the last of them has it in the end.
        Payloads.AssertServed(late[^1]);
        foreach (FrontEndConnection c in waiting.Concat(late))
            c.Dispose();
        backEnd.WaitForConnections(1);
    }

    [Fact]
    public void A_device_that_cannot_be_made_costs_its_connection_only()
    {
        int made = 0;
        using TestBackEnd<EchoDevice> backEnd = new(() => made++ == 0 ? throw new InvalidOperationException("no luck") : new EchoDevice());
        using (FrontEndConnection c = backEnd.Connect())
            Assert.True(c.WaitForDisconnect(LoopThread.Patience));
        Assert.Contains("no luck", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        using FrontEndDevice guest = backEnd.Attach();
        Assert.Equal([1], guest.Request(0, [1], 1));
    }

    [Fact]
    public void An_inherited_connection_is_served_and_its_end_is_told()
    {
        using LoopThread thread = new();
        RecordingLogger log = new();
        using OwnedFd ended = Expect.NewEventFd();
        FrontEndConnection connection = FrontEndConnection.CreatePair(out OwnedFd backEnd);
        BackEndServer server = thread.Invoke(() =>
        {
            BackEndServer made = Expect.Made(BackEndServer.Serve(thread.Loop, backEnd, () => new EchoDevice(), log, out BackEndServer? s), s);
            made.Idle += () => EventFd.Signal(ended.Fd);
            return made;
        });
        using (FrontEndDevice guest = FrontEndDevice.Attach(connection, TestOptions.Small))
            Assert.Equal([1], guest.Request(0, [1], 1));
        Expect.Readable(ended, "the end");
        thread.Invoke(server.Dispose);
    }

    [Fact]
    public void An_inherited_connection_without_a_device_is_an_error()
    {
        using LoopThread thread = new();
        using FrontEndConnection connection = FrontEndConnection.CreatePair(out OwnedFd backEnd);
        Errno errno = thread.Invoke(() => BackEndServer.Serve(
            thread.Loop, backEnd, () => throw new InvalidOperationException("no luck"), new RecordingLogger(), out _));
        Assert.Equal(Errno.ENODEV, errno);
        Assert.True(connection.WaitForDisconnect(LoopThread.Patience));
    }

    private static FrontEndConnection Prepare(TestBackEnd<EchoDevice> backEnd, bool negotiate = true)
    {
        FrontEndConnection c = backEnd.Connect();
        if (negotiate)
        {
            c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
            _ = c.GetFeatures();
        }

        return c;
    }

    private static void BeginToWait(TestBackEnd<EchoDevice> backEnd, FrontEndConnection c)
    {
        int before = Waiting();
        c.Send(FrontEndRequest.SetVringNum, Payloads.State(0, 16), flags: MessageFlags.NeedReply);
        backEnd.Thread.Until(() => Waiting() == before + 1, "waiting");
        int Waiting() => backEnd.Log.From(LogLevel.Information).Count(l => l.Contains("waits", StringComparison.Ordinal));
    }
}
