// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Console;

// What host and guest tell each other about ports.
internal sealed partial class ConsoleDevice
{
    private const byte StateReady = 1;
    private const int StateEntryBytes = 5;
    private const int StateHeadBytes = 5;

    private static readonly PortNews[] s_order =
    [
        PortNews.Removed, PortNews.Added, PortNews.IsConsole, PortNews.Name, PortNews.Size, PortNews.Closed, PortNews.Opened,
    ];

    private bool _hasComplained;

    public override uint StateVersion => 1;

    // What the driver believes of each port; the ports themselves are the host's.
    public override void SaveState(IBufferWriter<byte> target)
    {
        Span<byte> bytes = target.GetSpan(StateHeadBytes + (_ports.Length * StateEntryBytes));
        bytes[0] = _isReady ? StateReady : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], _ports.Length);
        for (int i = 0; i < _ports.Length; i++)
        {
            Span<byte> entry = bytes[(StateHeadBytes + (i * StateEntryBytes))..];
            GuestPort port = _ports[i];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, port.Id);
            entry[4] = (byte)((port.IsKnown ? 1 : 0) | (port.IsReady ? 2 : 0) | (port.IsOpen ? 4 : 0) | (port.IsHostOpenKnown ? 8 : 0));
        }

        target.Advance(StateHeadBytes + (_ports.Length * StateEntryBytes));
    }

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        int count = state.Length >= StateHeadBytes ? BinaryPrimitives.ReadInt32LittleEndian(state[1..]) : 0;
        problem = version != 1 || state.Length < StateHeadBytes || state.Length - StateHeadBytes != (long)count * StateEntryBytes
            ? "no state of a console"
            : count != _ports.Length
                ? $"the guest's console has room for {count} ports, and this one for {_ports.Length}: start it with --max-ports {count}"
            : "";
        for (int i = 0; i < count && problem.Length == 0; i++)
        {
            ReadOnlySpan<byte> entry = state[(StateHeadBytes + (i * StateEntryBytes))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != i || entry[4] > 15)
                problem = "no state of a console";
        }

        if (problem.Length > 0)
            return false;
        TakePorts();
        _isReady = (state[0] & StateReady) != 0;
        _isStateKnown = true;
        for (int i = 0; i < count; i++)
        {
            byte flags = state[StateHeadBytes + (i * StateEntryBytes) + 4];
            GuestPort port = _ports[i];
            port.News = PortNews.None;
            port.Restore((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0);
            Reconcile(port);
        }

        return true;
    }

    /// <summary>There may be something to tell.</summary>
    internal void TellNews() => _control?.RequestService();

    private void StartControl(Virtqueue queue)
    {
        if (queue.BeginsAnew && !_isStateKnown)
        {
            _isReady = false;
            foreach (GuestPort port in _ports)
                port.Forget();
        }
        else if (!_isStateKnown && IsMultiPort)
        {
            GoOn();
        }

        _isStateKnown = true;
    }

    // The driver goes on where another process of ours was killed, and says nothing of itself. Being told of a port that it has,
    // it asks for the rest again; and what it does not read, it leaves.
    private void GoOn()
    {
        _isReady = true;
        foreach (GuestPort port in _ports)
        {
            if (port.Port is null)
                continue;
            port.Restore(isKnown: false, isReady: false, isOpen: true, isHostOpenKnown: true);
            port.Add(PortNews.Added);
        }
    }

    // What the driver believes, and what is.
    private void Reconcile(GuestPort slot)
    {
        if (slot.Port is not { } port)
        {
            if (slot.IsKnown)
                slot.Add(PortNews.Removed);
            return;
        }

        if (!slot.IsKnown)
        {
            if (_isReady)
                slot.Add(PortNews.Added);
            return;
        }

        if (!slot.IsReady)
            return;
        if (port.IsConsole && port.Size.Columns > 0)
            slot.Add(PortNews.Size);
        if (port.IsHostOpen != slot.IsHostOpenKnown)
            slot.Add(port.IsHostOpen ? PortNews.Opened : PortNews.Closed);
    }

    // The host has another port in this place, or none.
    private void PortChanged(uint id)
    {
        GuestPort slot = _ports[id];
        slot.Connect(_table[id]);
        slot.News &= PortNews.Removed;
        if (_table[id] is null)
        {
            slot.SetOpen(false);
            if (slot.IsKnown)
                slot.Add(PortNews.Removed);
        }
        else if (_isReady)
        {
            slot.Add(PortNews.Added);
        }

        slot.Transmit.Queue?.RequestService();
        TellNews();
    }

    private void Hear(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            if (!chain.Reader().TryRead(out ControlMessage message) || !TryHear(message))
            {
                queue.Counters.Errors++;
                Complain(message);
            }

            queue.Complete(chain, 0);
        }
    }

    private bool TryHear(ControlMessage message)
    {
        if (message.Event == ControlEvent.DeviceReady)
        {
            HearReady(message.Value != 0);
            return true;
        }

        if (message.Port >= _ports.Length || _ports[message.Port] is not { Port: not null } port)
            return false;
        switch (message.Event)
        {
            case ControlEvent.PortReady when message.Value != 0:
                port.Introduce();
                TellNews();
                return true;
            case ControlEvent.PortReady:
                _log.LogWarning("the guest could not set up port {Id} ({Name})", message.Port, port.Port!.Name);
                port.IsReady = false;
                port.SetOpen(false);
                return true;
            case ControlEvent.PortOpen:
                port.SetOpen(message.Value != 0);
                return true;
            default:
                return false;
        }
    }

    // It begins, and knows of nothing.
    private void HearReady(bool isReady)
    {
        _isReady = isReady;
        foreach (GuestPort port in _ports)
        {
            port.Forget();
            if (isReady && port.Port is not null)
                port.Add(PortNews.Added);
        }

        if (!isReady)
            _log.LogWarning("the guest's driver could not set up the console");
        TellNews();
    }

    private void Tell(Virtqueue queue)
    {
        queue.WantsKicks = false;
        foreach (GuestPort port in _ports)
        {
            while (port.News != PortNews.None)
            {
                if (!queue.TryPop(out DescriptorChain? chain))
                {
                    queue.WantsKicks = true;
                    return;
                }

                PortNews news = First(port.News);
                queue.Complete(chain, Write(queue, chain, port, news));
                port.Told(news);
            }
        }
    }

    private static PortNews First(PortNews all)
    {
        foreach (PortNews news in s_order)
        {
            if ((all & news) != 0)
                return news;
        }

        return PortNews.None;
    }

    // A message that does not fit its buffer costs that message.
    private uint Write(Virtqueue queue, DescriptorChain chain, GuestPort slot, PortNews news)
    {
        ControlMessage message = new()
        {
            Port = slot.Id,
            Value = 1,
            Event = news switch
            {
                PortNews.Removed => ControlEvent.PortRemove,
                PortNews.Added => ControlEvent.PortAdd,
                PortNews.IsConsole => ControlEvent.ConsolePort,
                PortNews.Name => ControlEvent.PortName,
                PortNews.Size => ControlEvent.Resize,
                _ => ControlEvent.PortOpen,
            },
        };
        if (news is PortNews.Removed or PortNews.Closed)
            message.Value = 0;
        Span<byte> rest = stackalloc byte[PortSettings.MaxNameBytes];
        int length = 0;
        if (news == PortNews.Name && slot.Port is { } named)
        {
            length = Encoding.UTF8.GetBytes(named.Name, rest);
        }
        else if (news == PortNews.Size && slot.Port is { } sized)
        {
            bool isLegacy = _order == ResizeOrder.Legacy;
            length = 4;
            BinaryPrimitives.WriteUInt16LittleEndian(rest, isLegacy ? sized.Size.Rows : sized.Size.Columns);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], isLegacy ? sized.Size.Columns : sized.Size.Rows);
        }

        if (chain.WritableBytes < ControlMessage.Size + length)
        {
            queue.Counters.Errors++;
            return 0;
        }

        ChainWriter writer = chain.Writer();
        writer.TryWrite(message);
        writer.Write(rest[..length]);
        return writer.Written;
    }

    private void Complain(ControlMessage message)
    {
        if (_hasComplained)
            return;
        _hasComplained = true;
        _log.LogWarning(
            "the guest sent a control message that makes no sense (port {Port}, event {Event}, value {Value}); further ones are only counted",
            message.Port, (ushort)message.Event, message.Value);
    }
}
