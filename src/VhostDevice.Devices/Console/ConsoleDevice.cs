// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Console;

/// <summary>
/// The console device (virtio 1.3 §5.3, type 3): ports, of which each has a queue in each direction, and two control queues
/// about them. Queues 0 and 1 are port 0's, 2 and 3 the control queues, 2n+2 and 2n+3 those of port n.
/// </summary>
internal sealed partial class ConsoleDevice : VirtioDevice
{
    /// <summary>Queues are named by a byte in vhost-user, and two are for control.</summary>
    internal const int MostPorts = 127;

    private const int ControlReceive = 2;
    private const int ControlTransmit = 3;

    private readonly PortTable _table;
    private readonly ResizeOrder _order;
    private readonly ushort _queueSize;
    private readonly ILogger _log;
    private readonly GuestPort[] _ports;
    private readonly byte[] _config = new byte[ConsoleConfig.Size];
    private ConsoleFeatures _features;
    private Virtqueue? _control;
    private bool _isReady;
    private bool _isStateKnown;
    private bool _hasPorts;

    /// <param name="table">The ports; stays the caller's, who has one guest at a time use it.</param>
    /// <param name="order">Of the numbers in a message about a window's size.</param>
    /// <param name="queueSize">Largest size of a ring; a power of two.</param>
    internal ConsoleDevice(PortTable table, ResizeOrder order, ushort queueSize, ILogger log)
    {
        _table = table;
        _order = order;
        _queueSize = queueSize;
        _log = log;
        _ports = new GuestPort[table.Most];
        for (uint i = 0; i < _ports.Length; i++)
            _ports[i] = new GuestPort(this, i);
    }

    public override uint DeviceId => 3;

    public override int QueueCount => (2 * _ports.Length) + 2;

    public override ushort MaxQueueSize => _queueSize;

    public override ulong Features => (ulong)(ConsoleFeatures.Size | ConsoleFeatures.MultiPort | ConsoleFeatures.EmergencyWrite);

    public override ReadOnlySpan<byte> Config
    {
        get
        {
            WriteConfig();
            return _config;
        }
    }

    // A reader on the host that has stopped is no reason to hold up a pause.
    public override TimeSpan? StopPatience => TimeSpan.FromMilliseconds(200);

    private bool IsMultiPort => _features.HasFlag(ConsoleFeatures.MultiPort);

    public override void AcceptFeatures(ulong features)
    {
        _features = (ConsoleFeatures)(features & Features);
        OpenWithoutControl();
    }

    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        int at = ConsoleConfig.EmergencyOffset - offset;
        if (at < 0 || at >= data.Length)
            return true;
        // A front-end that writes the whole configuration back writes a 0 here, as it was read.
        if (at == 0 || data[at] != 0)
            _table[0]?.TakeEmergency(data[at]);
        return true;
    }

    public override void QueueStarted(Virtqueue queue)
    {
        TakePorts();
        switch (queue.Index)
        {
            case ControlReceive:
                _control = queue;
                StartControl(queue);
                break;
            case ControlTransmit:
                break;
            default:
                GuestPort port = PortOf(queue.Index, out bool isReceive);
                if (isReceive)
                    port.Receive.Start(queue);
                else
                    port.Transmit.Start(queue);
                OpenWithoutControl();
                break;
        }
    }

    public override void QueueStopping(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case ControlReceive:
                _control = null;
                break;
            case ControlTransmit:
                break;
            default:
                GuestPort port = PortOf(queue.Index, out bool isReceive);
                if (!isReceive)
                {
                    port.Transmit.Stop();
                    break;
                }

                port.Receive.Stop();
                port.UpdateWish();
                break;
        }
    }

    public override void CancelRequests(Virtqueue queue)
    {
        if (queue.Index is not (ControlReceive or ControlTransmit) && PortOf(queue.Index, out bool isReceive) is { } port && !isReceive)
            port.Transmit.Cancel();
    }

    public override void ServeQueue(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case ControlReceive:
                Tell(queue);
                break;
            case ControlTransmit:
                Hear(queue);
                break;
            default:
                GuestPort port = PortOf(queue.Index, out bool isReceive);
                if (isReceive)
                    port.Receive.Serve();
                else
                    port.Transmit.Serve();
                break;
        }
    }

    public override void Reset()
    {
        _isReady = _isStateKnown = false;
        _features = ConsoleFeatures.None;
        foreach (GuestPort port in _ports)
            port.Forget();
    }

    public override IEnumerable<string> DescribeState()
    {
        foreach (GuestPort port in _ports)
        {
            if (port.Port is { } p)
                yield return $"port {p.Id} ({p.Name}): {p.Description}; the guest has it {(port.IsOpen ? "open" : "closed")}";
        }
    }

    /// <summary>The window of a port has another size.</summary>
    internal void SizeChanged(GuestPort port)
    {
        if (port.Id == 0 && !IsMultiPort && _features.HasFlag(ConsoleFeatures.Size))
            Host.NotifyConfigChanged();
        if (!port.IsReady || port.Port is not { IsConsole: true })
            return;
        port.Add(PortNews.Size);
        TellNews();
    }

    protected override void Dispose(bool disposing)
    {
        _control = null;
        if (_hasPorts)
        {
            _table.Changed = null;
            foreach (GuestPort port in _ports)
            {
                port.SetOpen(false);
                port.Connect(null);
            }
        }

        base.Dispose(disposing);
    }

    // Not before a guest needs them: a front-end that only asks what there is must not take them from one that has them.
    private void TakePorts()
    {
        if (_hasPorts)
            return;
        _hasPorts = true;
        _table.Changed = PortChanged;
        foreach (GuestPort port in _ports)
            port.Connect(_table[port.Id]);
    }

    private GuestPort PortOf(int queue, out bool isReceive)
    {
        isReceive = (queue & 1) == 0;
        return _ports[queue < ControlReceive ? 0 : (queue / 2) - 1];
    }

    // Without control queues there is one port, which is open from the start.
    private void OpenWithoutControl()
    {
        if (!IsMultiPort && _ports[0].Receive.Queue is not null)
            _ports[0].SetOpen(true);
    }

    private void WriteConfig()
    {
        ConsolePort? first = _table[0];
        ConsoleConfig config = new()
        {
            Columns = first?.Size.Columns ?? 0,
            Rows = first?.Size.Rows ?? 0,
            MaxPorts = (uint)_ports.Length,
        };
        MemoryMarshal.Write(_config, config);
    }
}
