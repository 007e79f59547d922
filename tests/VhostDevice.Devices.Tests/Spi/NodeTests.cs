// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>The host's nodes: what is found out about them, what goes to them, and how they are left.</summary>
public sealed class NodeTests
{
    private readonly Dictionary<string, FakeNode> _nodes = [];
    private readonly List<FakeNode> _opened = [];

    [Fact]
    public void What_a_node_can_do_is_found_by_trying_and_it_is_left_as_it_was()
    {
        FakeNode node = Node("a", new FakeNode
        {
            Supported = FakeNode.Clocks | SpiModes.LeastBitFirst | SpiModes.Loop | SpiModes.SendDual | SpiModes.ReceiveQuad | SpiModes.ReceiveOctal,
            Sizes = 1u << 7 | 1u << 15,
            Now = SpiModes.ClockPhase,
        });
        using LinuxSpiController controller = Open("a");
        Assert.Equal(SpiLines.Dual, controller.Abilities.SentLines);
        Assert.Equal(SpiLines.Quad | SpiLines.Octal, controller.Abilities.ReceivedLines);
        Assert.Equal(SpiFunctions.AllClocks | SpiFunctions.LeastBitFirst | SpiFunctions.Loop, controller.Abilities.Functions);
        SpiAbilities all = controller.Abilities;
        Assert.Equal((1, 0x8080u, 10_000_000u), (all.ChipSelects, all.WordSizes, all.MaxFrequency));
        Assert.Equal((255_000u, 0u, 65_535_000u, 0u), (all.MaxWordDelay, all.MaxSetupDelay, all.MaxHoldDelay, all.MaxInactiveDelay));
        Assert.Equal((SpiModes.ClockPhase, (byte)8), (node.Now, node.Bits));
    }

    [Fact]
    public void A_node_that_takes_any_size_has_no_mask()
    {
        Node("a", new FakeNode { Sizes = 0 });
        using LinuxSpiController controller = Open("a");
        Assert.Equal(0u, controller.Abilities.WordSizes);
    }

    [Fact]
    public void Several_nodes_are_chip_selects_that_can_do_what_all_can()
    {
        FakeNode one = Node("a", new FakeNode { Supported = FakeNode.Clocks | SpiModes.Loop, Sizes = 0, Speed = 5 });
        FakeNode two = Node("b", new FakeNode { Supported = FakeNode.Clocks | SpiModes.SendDual, Sizes = 1 << 7, Speed = 7 });
        using LinuxSpiController controller = Open("a, b");
        SpiAbilities both = controller.Abilities;
        Assert.Equal((2, 1u << 7, 5u), (both.ChipSelects, both.WordSizes, both.MaxFrequency));
        Assert.Equal((SpiFunctions.AllClocks, SpiLines.Single), (both.Functions, both.SentLines));
        Assert.Equal(Errno.Success, controller.Transfer(Transfer(new() { ChipSelect = 1 }, 3, 3)));
        Assert.Empty(one.Transfers);
        Assert.Equal((3, 3), (two.Transfers[0].Sent, two.Transfers[0].Received));
    }

    [Fact]
    public void A_transfer_has_the_modes_and_delays_that_were_asked_for()
    {
        FakeNode node = Node("a", new FakeNode { Supported = FakeNode.Clocks | SpiModes.LeastBitFirst | SpiModes.SendQuad });
        using LinuxSpiController controller = Open("a");
        node.Set.Clear();
        SpiTransferHead head = new()
        {
            BitsPerWord = 8,
            Mode = SpiTransferMode.SecondEdge | SpiTransferMode.ClockHigh | SpiTransferMode.LeastBitFirst,
            SentLines = 4,
            Frequency = 1_000_000,
            WordDelay = 1,
            HoldDelay = 1001,
        };
        Assert.Equal(Errno.Success, controller.Transfer(Transfer(head, 4, 0)));
        Assert.Equal(Errno.Success, controller.Transfer(Transfer(head, 4, 0)));
        const SpiModes all = SpiModes.ClockPhase | SpiModes.ClockPolarity | SpiModes.LeastBitFirst | SpiModes.SendQuad;
        // A delay is at least as long as was asked for; the mode is set once.
        Assert.Equal((4, 0, new SpiTransferSettings(8, 1_000_000, 4, 0, 1, 2), all), node.Transfers[0]);
        Assert.Equal([all], node.Set);
    }

    [Fact]
    public void Modes_of_the_node_that_requests_cannot_ask_for_stay()
    {
        const SpiModes threeWire = (SpiModes)0x10;
        FakeNode node = Node("a", new FakeNode { Supported = FakeNode.Clocks | threeWire, Now = threeWire | SpiModes.ClockPhase });
        using (LinuxSpiController controller = Open("a"))
        {
            Assert.Equal(Errno.Success, controller.Transfer(Transfer(new(), 1, 1)));
            Assert.Equal(threeWire, node.Transfers[0].Modes);
        }

        Assert.Equal(threeWire | SpiModes.ClockPhase, node.Now);
        Assert.True(node.IsDisposed);
    }

    [Fact]
    public void A_daemon_that_ends_in_the_middle_of_a_transfer_puts_the_node_back()
    {
        using SemaphoreSlim gate = new(0);
        FakeNode node = Node("a", new FakeNode { Now = SpiModes.ClockPolarity, Gate = gate });
        using (LinuxSpiController controller = Open("a"))
        {
            SpiStatistics statistics = new(controller);
            using TestBackEnd<SpiDevice> backEnd = new(() => new SpiDevice(statistics, NullLogger.Instance));
            SpiGuest guest = new(backEnd.Attach(I2cFixture.Options));
            _ = guest.Add(SpiGuest.Head(mode: 1), [1], 1);
            guest.Submit();
            node.WaitForTransfer();
            Assert.Equal(SpiModes.ClockPhase, node.Now);
            // The daemon's end begins with that of its connections, which wait for what the kernel has.
            guest.Front.Dispose();
            gate.Release();
            backEnd.WaitForConnections(0);
        }

        Assert.Equal(SpiModes.ClockPolarity, node.Now);
        Assert.True(node.IsDisposed);
    }

    [Fact]
    public void A_mode_that_cannot_be_set_fails_the_transfer_and_is_taken_back()
    {
        FakeNode node = Node("a", new FakeNode());
        using LinuxSpiController controller = Open("a");
        node.SetFailsWith = Errno.EIO;
        node.Set.Clear();
        Assert.Equal(Errno.EIO, controller.Transfer(Transfer(new() { Mode = SpiTransferMode.ClockHigh }, 1, 1)));
        Assert.Equal([SpiModes.ClockPolarity, SpiModes.None], node.Set);
        Assert.Empty(node.Transfers);
        node.SetFailsWith = Errno.Success;
        Assert.Equal(Errno.Success, controller.Transfer(Transfer(new() { Mode = SpiTransferMode.ClockHigh }, 1, 1)));
        Assert.Equal(SpiModes.ClockPolarity, node.Transfers[0].Modes);
    }

    [Fact]
    public void After_a_transfer_that_failed_the_node_is_put_back_at_the_end()
    {
        FakeNode node = Node("a", new FakeNode { TransferFailsWith = Errno.EIO });
        using (LinuxSpiController controller = Open("a"))
            Assert.Equal(Errno.EIO, controller.Transfer(Transfer(new() { Mode = SpiTransferMode.SecondEdge }, 1, 1)));
        Assert.Equal(SpiModes.None, node.Now);
    }

    [Theory]
    [InlineData("", "'' in --device is no list of nodes, such as /dev/spidev0.0,/dev/spidev0.1")]
    [InlineData("a,", "'a,' in --device is no list of nodes, such as /dev/spidev0.0,/dev/spidev0.1")]
    [InlineData("a,b,a", "--device names a twice: a node is one chip select")]
    [InlineData("c", "c cannot be opened: No such file or directory")]
    [InlineData("a,d", "d is no SPI device: a node /dev/spidevB.C was expected")]
    [InlineData("a,e", "e does not say what it can do: Input/output error")]
    public void A_list_that_cannot_be_had_says_why_and_leaves_nothing_open(string list, string expected)
    {
        Node("a", new FakeNode());
        Node("b", new FakeNode());
        Node("d", new FakeNode { ModesFailWith = Errno.ENOTTY });
        Node("e", new FakeNode { ModesFailWith = Errno.EIO });
        Assert.Equal(expected, Assert.Throws<StartupException>(() => Open(list)).Message);
        Assert.All(_opened, n => Assert.True(n.IsDisposed));
    }

    private static SpiTransfer Transfer(SpiTransferHead head, int sent, int received)
    {
        SpiTransfer transfer = new(new object());
        transfer.Begin(head, sent, received);
        return transfer;
    }

    private FakeNode Node(string path, FakeNode node) => _nodes[path] = node;

    private LinuxSpiController Open(string list) => SpiDeviceList.Open(list, OpenNode, 4096);

    private Errno OpenNode(string path, out ISpiNode? node)
    {
        node = null;
        if (!_nodes.TryGetValue(path, out FakeNode? fake))
            return Errno.ENOENT;
        _opened.Add(fake);
        node = fake;
        return Errno.Success;
    }
}
