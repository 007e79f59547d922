// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>
/// A device of the host, for the guests of one socket, one after the other. One that is pulled out is looked for again at
/// its path, and goes on when it is the same as before.
/// </summary>
internal sealed class EvdevSource : IInputSource, IDisposable
{
    private readonly Func<(Errno Errno, IInputNode? Node)> _open;
    private InputDescription _description;
    private EvdevStation? _station;

    /// <param name="label">Its path.</param>
    /// <param name="open">Opens it anew.</param>
    /// <param name="node">The open device; belongs to this object.</param>
    /// <param name="isGrabbed">Taken away from the host's other programs while a guest uses it.</param>
    /// <param name="toggle">Keys that give it back to the host for a while; null: none.</param>
    internal EvdevSource(
        string label, Func<(Errno Errno, IInputNode? Node)> open, IInputNode node, bool isGrabbed, GrabToggle? toggle, ILogger log)
    {
        Label = label;
        _open = open;
        Node = node;
        _description = node.Description;
        IsGrabbed = isGrabbed;
        Toggle = toggle;
        Log = log;
    }

    public string Label { get; }

    // Without a guest nobody reads, so nobody has noticed that it was pulled out, or is another one now.
    public InputDescription Description
    {
        get
        {
            if (_station is null && Node is not { IsThere: true })
            {
                Close();
                if (TryOpen() is { } node)
                    Keep(node);
            }

            return _description;
        }
    }

    internal IInputNode? Node { get; private set; }

    internal bool IsGrabbed { get; }

    internal GrabToggle? Toggle { get; }

    internal ILogger Log { get; }

    public IInputStation Join(EventLoop loop, IInputGuest guest) => _station = new EvdevStation(this, loop, guest);

    public void Dispose() => Close();

    /// <summary>The device was pulled out.</summary>
    internal void Close()
    {
        Node?.Dispose();
        Node = null;
    }

    /// <summary>Looks for the device; it is the caller's if there is one.</summary>
    internal IInputNode? TryOpen() => _open().Node;

    /// <summary>It is back.</summary>
    internal void Keep(IInputNode node)
    {
        Node = node;
        _description = node.Description;
    }

    internal void Left(EvdevStation station)
    {
        if (_station == station)
            _station = null;
    }
}
