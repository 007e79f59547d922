// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Gpio;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>A chip behind a slow bus keeps no loop waiting, and a quick one stays on it.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SlowChipTests : LeakChecked
{
    private const int RequestSize = 16;

    [Fact]
    public void A_quick_chip_is_used_on_the_loop_until_it_is_slow_once()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        int loop = f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId);
        BecomeQuick(f, loop);

        f.Chip.Takes = TimeSpan.FromMilliseconds(2);
        Assert.Equal(GpioFixture.Low, f.Value(0));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(GpioFixture.Low, f.Value(0));
            Assert.NotEqual(loop, f.Chip.LastThread);
        }

        f.Chip.Takes = TimeSpan.Zero;
        BecomeQuick(f, loop);
    }

    [Fact]
    public void Directions_that_the_kernel_knows_do_not_make_a_chip_quick()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        int loop = f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId);
        for (int i = 0; i < 100; i++)
        {
            _ = f.Direction(0);
            Assert.NotEqual(loop, f.Chip.LastThread);
        }
    }

    [Fact]
    public void While_a_request_waits_messages_and_other_sockets_are_served()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        using TestGpioChip quick = new(8);
        RecordingLogger log = new();
        using TestBackEnd<GpioDevice> other = new(() => new GpioDevice(quick, GpioLineChoice.All(quick), "other", log), shared: f.BackEnd.Thread);
        using FrontEndDevice neighbour = other.Attach(GpioFixture.Options);
        f.Chip.IsGated = true;
        ushort id = Send(f, 4, 0, 0, out ulong answer);
        Begun(f, "request 0");

        Assert.Equal(8, f.Guest.ReadConfig(0, 2)[0]);
        Assert.NotEqual(0ul, f.Guest.Connection.GetFeatures());
        Assert.Equal(GpioFixture.Low, neighbour.Request(0, GpioFixture.Message(4, 3, 0), 2));
        Assert.False(f.Guest.Queues[0].HasUsed);
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Low, Answer(f, id, answer));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Requests_are_made_and_answered_in_order(bool quick)
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        if (quick)
            BecomeQuick(f, f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId));
        f.SetValue(1, 0);
        Assert.Equal(GpioFixture.Ok, f.SetDirection(1, GpioFixture.Out));
        f.Chip.ClearJournal();
        List<(ushort Id, ulong At, byte[] Expected)> sent = [];
        List<string> expected = [];
        for (int i = 0; i < 30; i++)
        {
            bool high = i % 3 == 0;
            ushort id = Add(f, 5, 1, high ? 1u : 0, out ulong at);
            sent.Add((id, at, GpioFixture.Ok));
            // One that has no part at the host, and one that makes no sense.
            id = Add(f, 5, 2, 1, out at);
            sent.Add((id, at, GpioFixture.Ok));
            id = Add(f, 99, 2, 1, out at);
            sent.Add((id, at, GpioFixture.Error));
            id = Add(f, 4, 1, 0, out at);
            sent.Add((id, at, high ? GpioFixture.High : GpioFixture.Low));
            expected.AddRange([$"set 1 {(high ? "high" : "low")}", "get 1"]);
            if (i % 5 != 4)
                continue;
            f.Guest.Queues[0].Submit();
            foreach ((ushort each, ulong place, byte[] answer) in sent)
                Assert.Equal(answer, Answer(f, each, place));
            sent.Clear();
        }

        Assert.Equal(expected, f.Chip.Journal);
    }

    [Fact]
    public void A_stop_waits_for_the_request_that_has_begun_and_leaves_the_rest_in_the_ring()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        f.SetValue(0, 1);
        f.Chip.IsGated = true;
        ushort first = Add(f, 3, 0, GpioFixture.Out, out ulong firstAt);
        ushort second = Add(f, 4, 0, 0, out ulong secondAt);
        f.Guest.Queues[0].Submit();
        Begun(f, "request 0");
        Thread stop = new(() => f.Guest.Stop());
        stop.Start();
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        f.BackEnd.Settle();
        Assert.True(stop.IsAlive);
        f.Chip.LetAllGo();
        Assert.True(stop.Join(LoopThread.Patience));
        Assert.Equal(GpioFixture.Ok, Answer(f, first, firstAt));
        Assert.False(f.Guest.Queues[0].HasUsed);
        Assert.Equal(["request 0"], f.Chip.Journal);

        f.Guest.Start();
        Assert.Equal(GpioFixture.High, Answer(f, second, secondAt));
        Assert.Equal("test", f.Host(static c => c.UserOf(0)));
    }

    [Fact]
    public void A_request_that_waits_for_its_turn_is_left_out_when_it_is_cancelled()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        using TestBackEnd<GpioDevice> other = new(() => new GpioDevice(f.Chip, GpioLineChoice.All(f.Chip), "other", f.Log), shared: f.BackEnd.Thread);
        using FrontEndDevice neighbour = other.Attach(GpioFixture.Options);
        f.Chip.IsGated = true;
        ushort id = Send(f, 4, 0, 0, out ulong at);
        Begun(f, "request 0");
        ulong theirs = neighbour.Memory.Allocate(RequestSize);
        neighbour.Memory.Write(theirs, GpioFixture.Message(4, 1, 0));
        neighbour.Queues[0].Add(DriverBuffer.Readable(theirs, 8), DriverBuffer.Writable(theirs + 8, 2));
        neighbour.Queues[0].Submit();
        other.Until(static d => d.IsBusy, "the request");

        // A reset does not wait for the call of somebody else.
        neighbour.Connection.ResetDevice().ThrowIfNegative();
        Assert.Equal(GpioFixture.Error, neighbour.Memory.Span(theirs + 8, 2).ToArray());
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Low, Answer(f, id, at));
        Assert.Equal(["request 0", "get 0"], f.Chip.Journal);
    }

    [Theory]
    [InlineData(Ending.Disable, false)]
    [InlineData(Ending.Stop, false)]
    [InlineData(Ending.Stop, true)]
    [InlineData(Ending.Status, false)]
    [InlineData(Ending.Status, true)]
    [InlineData(Ending.Reset, false)]
    [InlineData(Ending.Reset, true)]
    public void Lines_are_kept_for_a_pause_and_given_back_before_a_new_driver_is_served(Ending ending, bool newDriver)
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        f.SetValue(2, 1);
        f.SetDirection(2, GpioFixture.Out);
        PauseTests.End(f, ending);
        Assert.NotNull(f.Host(static c => c.UserOf(2)));
        if (newDriver)
        {
            foreach (DriverQueue queue in f.Guest.Queues)
                queue.Reset();
        }

        if (ending == Ending.Disable)
            f.Guest.EnableQueues(true);
        else
            f.Guest.Start();
        Assert.Equal(GpioFixture.Low, f.Value(3));
        Assert.Equal(newDriver, f.Host(static c => c.UserOf(2)) is null);
    }

    [Fact]
    public void The_next_front_end_gets_lines_that_are_given_back_slowly()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(GpioFixture.Low, f.Value(0));
            Assert.Equal(GpioFixture.Low, f.Value(1));
            if (round == 10)
                f.Chip.Takes = TimeSpan.FromMilliseconds(1);
            f.Reconnect();
        }

        Assert.Equal(GpioFixture.Low, f.Value(0));
        Assert.Equal([], f.Log.From(Microsoft.Extensions.Logging.LogLevel.Warning));
    }

    [Fact]
    public void An_edge_is_heard_while_a_request_waits()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(0, GpioFixture.Rising));
        GpioEvent armed = f.Arm(0);
        f.BackEnd.Settle();
        f.Chip.IsGated = true;
        f.Chip.ClearJournal();
        ushort id = Send(f, 6, 0, GpioFixture.None, out ulong at);
        // The interrupt is disabled at once; another line's goes on.
        Begun(f, "configure 0");
        Assert.Equal(0, f.Take(armed));
        f.Apply(0, true);
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Ok, Answer(f, id, at));

        Assert.Equal(GpioFixture.Ok, f.SetIrq(1, GpioFixture.Both));
        armed = f.Arm(1);
        f.BackEnd.Settle();
        f.Chip.IsGated = true;
        f.Chip.ClearJournal();
        id = Send(f, 3, 1, GpioFixture.In, out at);
        Begun(f, "configure 1");
        f.Apply(1, true, false);
        Assert.Equal(1, f.Take(armed));
        // The second one is latched.
        armed = f.Arm(1);
        Assert.Equal(1, f.Take(armed));
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Ok, Answer(f, id, at));
    }

    [Fact]
    public void A_level_is_looked_at_again_when_it_changed_during_the_look()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(0, GpioFixture.LevelHigh));
        GpioEvent armed = f.Arm(0);
        f.StillArmed();
        f.Chip.IsGated = true;
        f.Chip.ClearJournal();
        f.Apply(0, true);
        Begun(f, "get 0");
        f.Apply(0, false, true, false);
        f.Chip.LetOneGo();
        f.BackEnd.Until(_ => f.Chip.Journal.Count == 2, "another look");
        f.Apply(0, true);
        f.Chip.LetAllGo();
        Assert.Equal(1, f.Take(armed));
        f.Settle();
        Assert.All(f.Chip.Journal, static c => Assert.Equal("get 0", c));
    }

    [Fact]
    public void A_driver_that_begins_during_a_look_gets_nothing_of_it()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        Assert.Equal(GpioFixture.Ok, f.SetIrq(0, GpioFixture.LevelHigh));
        f.Apply(0, true);
        f.Chip.IsGated = true;
        f.Chip.ClearJournal();
        GpioEvent armed = f.Arm(0);
        Begun(f, "get 0");
        // Nothing of the rings waits for the look.
        f.Guest.Stop();
        Assert.Equal(0, f.Take(armed));
        foreach (DriverQueue queue in f.Guest.Queues)
            queue.Reset();
        f.Guest.Start();
        ushort id = Send(f, 3, 0, GpioFixture.In, out ulong at);
        f.BackEnd.Settle();
        Assert.Equal(["get 0"], f.Chip.Journal);
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Ok, Answer(f, id, at));
        Assert.Equal(["get 0", "release 0", "request 0"], f.Chip.Journal);
        f.StillArmed();
    }

    [Fact]
    public void Requests_and_looks_take_turns()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        _ = f.Value(4);
        List<GpioEvent> armed = [];
        for (ushort line = 0; line < 3; line++)
            Assert.Equal(GpioFixture.Ok, f.SetIrq(line, GpioFixture.LevelHigh));
        f.Chip.IsGated = true;
        f.Chip.ClearJournal();
        for (ushort line = 0; line < 3; line++)
            armed.Add(f.Arm(line));
        Begun(f, "get 0");
        ushort first = Add(f, 4, 4, 0, out ulong firstAt);
        ushort second = Add(f, 4, 4, 0, out ulong secondAt);
        f.Guest.Queues[0].Submit();
        f.BackEnd.Settle();
        f.Chip.LetAllGo();
        Assert.Equal(GpioFixture.Low, Answer(f, first, firstAt));
        Assert.Equal(GpioFixture.Low, Answer(f, second, secondAt));
        f.StillArmed();
        Assert.Equal(["get 0", "get 4", "get 1", "get 4", "get 2"], f.Chip.Journal.Take(5));
    }

    [Fact]
    public void A_chip_that_throws_costs_the_request()
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait: true));
        _ = f.Value(0);
        f.Chip.Throws = new InvalidOperationException("broken");
        ushort id = Send(f, 4, 0, 0, out _);
        UsedChain used = f.Guest.Queues[0].Take();
        Assert.Equal((id, 0u), (used.Id, used.Length));
        Assert.Equal(GpioFixture.Low, f.Value(0));
        // A look that fails so is none; the driver may go on.
        Assert.Equal(GpioFixture.Ok, f.SetIrq(0, GpioFixture.LevelLow));
        f.Chip.Throws = new InvalidOperationException("broken");
        GpioEvent armed = f.Arm(0);
        f.Settle();
        Assert.Equal(GpioFixture.Ok, f.SetIrq(0, GpioFixture.None));
        _ = f.Take(armed);
    }

    private static void BecomeQuick(GpioFixture f, int loop)
    {
        // How many it takes depends on how busy the machine is.
        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        do
        {
            Assert.True(Environment.TickCount64 < end, "the chip does not come to the loop");
            Assert.Equal(GpioFixture.Low, f.Value(0));
        }
        while (f.Chip.LastThread != loop);
    }

    private static void Begun(GpioFixture f, string call) =>
        f.BackEnd.Thread.Until(() => f.Chip.Journal is [.., string last] && last == call, call);

    private static ushort Add(GpioFixture f, ushort type, ushort line, uint value, out ulong answer)
    {
        ulong at = f.Guest.Memory.Allocate(RequestSize);
        f.Guest.Memory.Write(at, GpioFixture.Message(type, line, value));
        answer = at + 8;
        return f.Guest.Queues[0].Add(DriverBuffer.Readable(at, 8), DriverBuffer.Writable(answer, 2));
    }

    private static ushort Send(GpioFixture f, ushort type, ushort line, uint value, out ulong answer)
    {
        ushort id = Add(f, type, line, value, out answer);
        f.Guest.Queues[0].Submit();
        return id;
    }

    private static byte[] Answer(GpioFixture f, ushort id, ulong answer)
    {
        UsedChain used = f.Guest.Queues[0].Take();
        Assert.Equal((id, 2u), (used.Id, used.Length));
        return f.Guest.Memory.Span(answer, 2).ToArray();
    }
}
