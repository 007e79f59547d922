// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

[Collection(DeviceCollection.Name)]
public sealed class GpioChipTests : LeakChecked
{
    private static readonly GpioLineSettings s_input = new(GpioDirection.In);
    private static readonly GpioLineSettings s_both = new(GpioDirection.In, Edges: GpioEdges.Both);

    [Fact]
    public void A_line_belongs_to_one()
    {
        using Fixture f = new();
        using IGpioLine line = f.Request(0, s_input, owner: "first");
        Assert.Equal("first", f.Chip.UserOf(0));
        Assert.Equal(Errno.EBUSY, f.Chip.Request(0, "second", s_input, f.Loop.Loop, new Listener(), out IGpioLine? none));
        Assert.Null(none);
        Assert.Null(f.Chip.UserOf(1));
        line.Dispose();
        Assert.Null(f.Chip.UserOf(0));
        using IGpioLine again = f.Request(0, s_input, owner: "second");
        line.Dispose(); // nothing of this one is theirs any more
        Assert.Equal("second", f.Chip.UserOf(0));
    }

    [Fact]
    public void An_output_reaches_the_input_that_it_is_wired_to()
    {
        using Fixture f = new();
        f.Wire(0, 1);
        using IGpioLine output = f.Request(0, new GpioLineSettings(GpioDirection.Out, Value: true));
        using IGpioLine input = f.Request(1, s_input);
        Assert.True(Get(input));
        Assert.True(Get(output));
        output.Set(false).Ok();
        Assert.False(Get(input));
        Assert.Equal(Errno.EPERM, input.Set(true));
        Assert.Equal(GpioDirection.Out, f.Chip.Direction(0));
        Assert.Equal(GpioDirection.In, f.Chip.Direction(1));
        output.Set(true).Ok();
        // What is given back drives nothing.
        output.Dispose();
        Assert.False(Get(input));
        Assert.Equal(GpioDirection.In, f.Chip.Direction(0));
    }

    [Fact]
    public void A_bias_pulls()
    {
        using Fixture f = new();
        using IGpioLine line = f.Request(0, s_input with { Bias = GpioBias.PullUp });
        Assert.True(Get(line));
        line.Configure(s_input).Ok();
        Assert.True(Get(line)); // as it is
        line.Configure(s_input with { Bias = GpioBias.PullDown }).Ok();
        Assert.False(Get(line));
    }

    [Theory]
    [InlineData(GpioEdges.Rising, 1)]
    [InlineData(GpioEdges.Falling, 1)]
    [InlineData(GpioEdges.Both, 2)]
    [InlineData(GpioEdges.None, 0)]
    public void Edges_that_were_asked_for_are_reported(GpioEdges edges, int count)
    {
        using Fixture f = new();
        Listener listener = new();
        Button button = new(f.Board, "button");
        f.Board.Nets.Connect(button.Pin, f.Chip.PinOf(0));
        using IGpioLine line = f.Request(0, s_input with { Edges = edges }, listener);
        button.Press();
        f.Loop.Invoke(() => { });
        button.Release();
        f.Loop.Invoke(() => { });
        Assert.Equal(count, listener.Edges);
    }

    [Fact]
    public void Of_many_edges_two_are_reported()
    {
        using Fixture f = new();
        Listener listener = new();
        Button button = new(f.Board, "button");
        f.Board.Nets.Connect(button.Pin, f.Chip.PinOf(0));
        using IGpioLine line = f.Request(0, s_both, listener);
        f.Loop.Invoke(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                button.Press();
                button.Release();
            }

            Assert.Equal(0, listener.Edges);
        });
        f.Loop.Invoke(() => { });
        Assert.Equal(2, listener.Edges);
    }

    [Fact]
    public void Muted_edges_are_forgotten()
    {
        using Fixture f = new();
        Listener listener = new();
        Button button = new(f.Board, "button");
        f.Board.Nets.Connect(button.Pin, f.Chip.PinOf(0));
        using IGpioLine line = f.Request(0, s_both, listener);
        f.Loop.Invoke(() =>
        {
            button.Press();
            line.Mute();
            button.Release();
            line.Unmute();
        });
        f.Loop.Invoke(() => { });
        Assert.Equal(0, listener.Edges);
        button.Press();
        f.Loop.Invoke(() => { });
        Assert.Equal(1, listener.Edges);
    }

    [Fact]
    public void A_change_of_settings_is_no_edge_and_forgets_them()
    {
        using Fixture f = new();
        Listener listener = new();
        Button button = new(f.Board, "button");
        f.Board.Nets.Connect(button.Pin, f.Chip.PinOf(0));
        using IGpioLine line = f.Request(0, s_both, listener);
        using IGpioLine other = f.Request(1, s_both, listener);
        f.Loop.Invoke(() =>
        {
            button.Press();
            line.Configure(s_input with { Edges = GpioEdges.Rising }).Ok();
            other.Configure(s_both with { Bias = GpioBias.PullUp }).Ok();
        });
        f.Loop.Invoke(() => { });
        Assert.Equal(0, listener.Edges);
    }

    [Fact]
    public void What_is_given_back_reports_nothing()
    {
        using Fixture f = new();
        Listener listener = new();
        Button button = new(f.Board, "button");
        f.Board.Nets.Connect(button.Pin, f.Chip.PinOf(0));
        IGpioLine line = f.Request(0, s_both, listener);
        f.Loop.Invoke(() =>
        {
            button.Press();
            line.Dispose();
        });
        f.Loop.Invoke(() => { });
        Assert.Equal(0, listener.Edges);
    }

    [Fact]
    public void Lines_have_names()
    {
        using Fixture f = new();
        Assert.Equal(("gpio0", "test", 4), (f.Chip.Name, f.Chip.Label, f.Chip.LineCount));
        Assert.Equal(["a", "b", "", "d"], Enumerable.Range(0, 4).Select(f.Chip.LineName));
    }

    private static bool Get(IGpioLine line)
    {
        line.Get(out bool high).Ok();
        return high;
    }

    private sealed class Listener : IGpioEdgeListener
    {
        internal int Edges { get; private set; }

        public void OnEdge() => Edges++;
    }

    private sealed class Fixture : IDisposable
    {
        internal Fixture()
        {
            Board = new Board("test");
            Chip = new SimulatedGpioChip(Board, "gpio0", ["a", "b", "", "d"]);
        }

        internal Board Board { get; }

        internal SimulatedGpioChip Chip { get; }

        internal LoopThread Loop { get; } = new();

        internal void Wire(int first, int second) => Board.Nets.Connect(Chip.PinOf(first), Chip.PinOf(second));

        internal IGpioLine Request(int line, GpioLineSettings settings, IGpioEdgeListener? listener = null, string owner = "test")
        {
            Chip.Request(line, owner, settings, Loop.Loop, listener ?? new Listener(), out IGpioLine? requested).Ok();
            return requested!;
        }

        public void Dispose()
        {
            Loop.Dispose();
            Board.Dispose();
        }
    }
}
