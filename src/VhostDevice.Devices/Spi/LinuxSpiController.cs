// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>
/// Nodes /dev/spidevB.C of the host, each of them a chip select of one controller. Each request is a message of its own, so
/// the kernel deselects the chip after it.
/// </summary>
/// <remarks>A node's mode lasts, and is everybody's who opens it: it is set where a request needs another one, and put back
/// when setting it fails and at the end.</remarks>
internal sealed class LinuxSpiController : ISpiController
{
    private const SpiModes Ours = SpiModes.ClockPhase | SpiModes.ClockPolarity | SpiModes.ChipSelectHigh | SpiModes.LeastBitFirst | SpiModes.Loop
        | SpiModes.SendDual | SpiModes.SendQuad | SpiModes.SendOctal | SpiModes.ReceiveDual | SpiModes.ReceiveQuad | SpiModes.ReceiveOctal;

    private readonly Node[] _nodes;
    private readonly HostCalls _calls;

    /// <param name="nodes">The controller owns them; what each can do, and the mode in which it was.</param>
    /// <param name="maxLength">What spidev takes at a time.</param>
    internal LinuxSpiController(IReadOnlyList<(string Name, ISpiNode Node, SpiAbilities Abilities, SpiModes Modes)> nodes, int maxLength)
    {
        _nodes = [.. nodes.Select(n => new Node(n.Node, n.Modes))];
        Name = string.Join(',', nodes.Select(n => n.Name));
        Abilities = SpiNodeProbe.Common([.. nodes.Select(n => n.Abilities)]);
        MaxLength = maxLength;
        _calls = new HostCalls("spi");
    }

    public string Name { get; }

    public SpiAbilities Abilities { get; }

    public int MaxLength { get; }

    public HostCalls Calls => _calls;

    public Errno Transfer(SpiTransfer transfer)
    {
        Node node = _nodes[transfer.ChipSelect];
        SpiTransferHead head = transfer.Head;
        Errno errno = node.Select((node.Original & ~Ours) | Modes(head));
        if (errno.IsError)
            return errno;
        return node.File.Transfer(transfer.Sent, transfer.Received, new SpiTransferSettings(
            head.BitsPerWord,
            head.Frequency,
            head.SentLines,
            head.ReceivedLines,
            (byte)Microseconds(head.WordDelay),
            (ushort)Microseconds(head.HoldDelay)));
    }

    /// <summary>Nothing: no message goes on behind a request.</summary>
    public void Leave(object guest)
    {
    }

    public void Dispose()
    {
        _calls.Dispose();
        foreach (Node node in _nodes)
        {
            _ = node.Select(node.Original);
            node.File.Dispose();
        }
    }

    // A delay is at least as long as was asked for. What is asked for is checked to fit.
    private static uint Microseconds(uint nanoseconds) => (nanoseconds + 999) / 1000;

    private static SpiModes Modes(in SpiTransferHead head)
    {
        SpiModes modes = head.SentLines switch
        {
            2 => SpiModes.SendDual,
            4 => SpiModes.SendQuad,
            8 => SpiModes.SendOctal,
            _ => SpiModes.None,
        };
        modes |= head.ReceivedLines switch
        {
            2 => SpiModes.ReceiveDual,
            4 => SpiModes.ReceiveQuad,
            8 => SpiModes.ReceiveOctal,
            _ => SpiModes.None,
        };
        Add(SpiTransferMode.SecondEdge, SpiModes.ClockPhase, head.Mode);
        Add(SpiTransferMode.ClockHigh, SpiModes.ClockPolarity, head.Mode);
        Add(SpiTransferMode.ChipSelectHigh, SpiModes.ChipSelectHigh, head.Mode);
        Add(SpiTransferMode.LeastBitFirst, SpiModes.LeastBitFirst, head.Mode);
        Add(SpiTransferMode.Loop, SpiModes.Loop, head.Mode);
        return modes;

        void Add(SpiTransferMode asked, SpiModes mode, SpiTransferMode all)
        {
            if ((all & asked) != 0)
                modes |= mode;
        }
    }

    private sealed class Node
    {
        private SpiModes _now;

        internal Node(ISpiNode file, SpiModes original)
        {
            File = file;
            Original = original;
            _now = original;
        }

        internal ISpiNode File { get; }

        internal SpiModes Original { get; }

        internal Errno Select(SpiModes modes)
        {
            if (_now == modes)
                return Errno.Success;
            Errno errno = File.SetModes(modes);
            _now = errno.IsSuccess ? modes : Original;
            if (errno.IsError)
                _ = File.SetModes(Original);
            return errno;
        }
    }
}
