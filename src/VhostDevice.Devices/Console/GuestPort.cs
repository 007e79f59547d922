// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console;

/// <summary>
/// A guest's half of a port: a place among the device's queues, which a port of the host may have, what the guest knows of it,
/// and what it is still to be told.
/// </summary>
internal sealed class GuestPort : IPortGuest
{
    private readonly ConsoleDevice _device;
    private bool _isHostOpenKnown; // the guest believes that the host has it open

    internal GuestPort(ConsoleDevice device, uint id)
    {
        _device = device;
        Id = id;
        Transmit = new TransmitPump(this);
        Receive = new ReceivePump(this);
    }

    internal uint Id { get; }

    internal TransmitPump Transmit { get; }

    internal ReceivePump Receive { get; }

    /// <summary>The host's half; null: there is no such port.</summary>
    internal ConsolePort? Port { get; private set; }

    internal PortNews News { get; set; }

    /// <summary>The guest was told that there is such a port.</summary>
    internal bool IsKnown { get; set; }

    /// <summary>The guest has set it up, and wants to hear of it.</summary>
    internal bool IsReady { get; set; }

    /// <summary>Whether the guest has it open and reads it.</summary>
    public bool IsOpen { get; private set; }

    internal bool IsHostOpenKnown => _isHostOpenKnown;

    internal void Connect(ConsolePort? port)
    {
        Port?.Detach(this);
        Port = port;
        port?.Attach(this);
    }

    internal void SetOpen(bool isOpen)
    {
        if (IsOpen == isOpen)
            return;
        IsOpen = isOpen;
        UpdateWish();
        Receive.Queue?.RequestService();
        Port?.TellGuestChanged();
    }

    /// <summary>A driver that knows nothing of it yet.</summary>
    internal void Forget()
    {
        News = PortNews.None;
        IsKnown = IsReady = _isHostOpenKnown = false;
        SetOpen(false);
    }

    /// <summary>The input has somebody who takes it, or not.</summary>
    internal void UpdateWish() => SetWish(IsOpen ? InputWish.Later : InputWish.Nobody);

    internal void SetWish(InputWish wish)
    {
        if (Port is not null)
            Port.Wish = wish;
    }

    internal nuint Take(ReadOnlySpan<IoVec> pieces, nuint bytes) => Port is null ? bytes : Port.Take(pieces, bytes);

    internal nuint Give(ReadOnlySpan<IoVec> pieces) => Port?.Give(pieces) ?? 0;

    internal bool TryKeep(ReadOnlySpan<IoVec> pieces, nuint bytes) => Port is null || Port.TryKeep(pieces, bytes);

    internal void CountLost(nuint bytes) => Port?.Statistics.CountLost(bytes);

    public void InputReady() => Receive.Queue?.RequestService();

    public void RoomAgain() => Transmit.Queue?.RequestService();

    /// <inheritdoc/>
    public void HostOpenChanged()
    {
        if (!IsReady || Port is not { } port)
            return;
        if (port.IsHostOpen)
            Add(PortNews.Opened);
        else
            News = (News & ~PortNews.Opened) | (_isHostOpenKnown ? PortNews.Closed : PortNews.None);
        _device.TellNews();
    }

    public void SizeChanged() => _device.SizeChanged(this);

    /// <summary>What a guest is told that has set the port up.</summary>
    internal void Introduce()
    {
        IsReady = true;
        if (Port is not { } port)
            return;
        Add(port.IsConsole ? PortNews.IsConsole | PortNews.Name : PortNews.Name);
        if (port.IsConsole && port.Size.Columns > 0)
            Add(PortNews.Size);
        if (port.IsHostOpen)
            Add(PortNews.Opened);
    }

    internal void Add(PortNews news) => News |= news;

    /// <summary>The guest is being told.</summary>
    internal void Told(PortNews news)
    {
        News &= ~news;
        switch (news)
        {
            case PortNews.Added:
                IsKnown = true;
                break;
            case PortNews.Removed:
                IsKnown = IsReady = _isHostOpenKnown = false;
                SetOpen(false);
                break;
            case PortNews.Opened:
                _isHostOpenKnown = true;
                break;
            case PortNews.Closed:
                _isHostOpenKnown = false;
                break;
            default:
                break;
        }
    }

    /// <summary>As another device left it.</summary>
    internal void Restore(bool isKnown, bool isReady, bool isOpen, bool isHostOpenKnown)
    {
        IsKnown = isKnown;
        IsReady = isReady;
        _isHostOpenKnown = isHostOpenKnown;
        SetOpen(isOpen);
    }
}
