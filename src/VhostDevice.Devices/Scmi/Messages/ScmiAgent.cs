// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>
/// Whoever asks on one socket, and what it has set; outlives connections. What it has set is words of its protocols, so that it
/// can be saved and forgotten without knowing what it means. For whoever holds the platform's gate, unless it says otherwise.
/// </summary>
public sealed class ScmiAgent
{
    /// <summary>The number of the platform itself among agents.</summary>
    internal const uint PlatformId = 0;

    private readonly uint[][] _state;
    private readonly uint[] _deniedAtFirst;
    private volatile ScmiNotices? _notices;

    internal ScmiAgent(ScmiPlatform platform, int id, string name, bool isTrusted)
    {
        Platform = platform;
        Id = (uint)id;
        Name = name;
        IsTrusted = isTrusted;
        _state = [.. platform.Protocols.Select(static p => new uint[p.StateWords])];
        _deniedAtFirst = new uint[platform.DeviceCount];
        foreach (ScmiProtocol protocol in platform.Protocols)
            protocol.Forget(this);
    }

    public ScmiPlatform Platform { get; }

    /// <summary>From 1 on.</summary>
    public uint Id { get; }

    public string Name { get; }

    /// <summary>Whether it may change permissions.</summary>
    public bool IsTrusted { get; }

    public ScmiStatistics Statistics { get; } = new();

    /// <summary>The loop of the guest that is there; null: none is.</summary>
    internal EventLoop? Loop { get; private set; }

    /// <summary>Keeps the agent from a device, unless a trusted one allows it.</summary>
    public void Deny(int device)
    {
        _deniedAtFirst[device] = BaseProtocol.DeniedWhole;
        lock (Platform.Gate)
            Platform.Base.RestorePermissions(this);
    }

    internal ReadOnlySpan<uint> DeniedAtFirst => _deniedAtFirst;

    /// <summary>What it has set in a protocol.</summary>
    internal Span<uint> StateOf(ScmiProtocol protocol) => _state[protocol.Index];

    /// <summary>All that it has set, protocol after protocol.</summary>
    internal IReadOnlyList<uint[]> State => _state;

    /// <summary>Whether it may touch a domain of a protocol.</summary>
    internal bool MayUse(ScmiProtocol protocol, uint domain) =>
        protocol.DeviceOf(domain) is var device && (device < 0 || Platform.Base.IsAllowed(this, device, protocol.Id));

    /// <summary>Another driver begins: nothing that the former one has set counts. From any thread, without the gate.</summary>
    internal void Forget()
    {
        lock (Platform.Gate)
        {
            foreach (ScmiProtocol protocol in Platform.Protocols)
                protocol.Forget(this);
        }

        StateChanged();
    }

    /// <summary>What it has set was changed as a whole. From any thread, without the gate.</summary>
    internal void StateChanged()
    {
        foreach (ScmiProtocol protocol in Platform.Protocols)
            protocol.StateChanged(this);
    }

    /// <summary>A guest comes; on its loop.</summary>
    internal void Join(EventLoop loop, ScmiNotices notices)
    {
        Loop = loop;
        _notices = notices;
        foreach (ScmiProtocol protocol in Platform.Protocols)
            protocol.GuestCame(this);
    }

    /// <summary>The guest leaves; on its loop.</summary>
    internal void Leave(ScmiNotices notices)
    {
        // The next one may be there already.
        if (_notices != notices)
            return;
        _notices = null;
        foreach (ScmiProtocol protocol in Platform.Protocols)
            protocol.GuestLeft(this);
        Loop = null;
    }

    /// <summary>Reports an event: each is a notification. From any thread.</summary>
    internal void Notify(ScmiProtocol protocol, byte message, params ReadOnlySpan<uint> words) =>
        _notices?.Send(ScmiHeader.Notification(protocol.Id, message), key: 0, words);

    /// <summary>Reports what something is now: one that waits for a buffer is replaced. From any thread.</summary>
    /// <param name="domain">What it is about.</param>
    internal void NotifyLatest(ScmiProtocol protocol, byte message, uint domain, params ReadOnlySpan<uint> words)
    {
        ScmiHeader header = ScmiHeader.Notification(protocol.Id, message);
        _notices?.Send(header, ((ulong)header.Bits << 32) | domain, words);
    }
}
