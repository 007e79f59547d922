// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>The base protocol (SCMI 3.2 §4.2): who is there, and who may use what.</summary>
internal sealed class BaseProtocol(ScmiPlatform platform) : ScmiProtocol(platform, Number, 0x20001)
{
    internal const byte Number = 0x10;

    /// <summary>In the state of an agent: it may not use a device at all. The lower bits are single protocols, from 0x10 on.</summary>
    internal const uint DeniedWhole = 1u << 31;

    private const byte DiscoverVendor = 3;
    private const byte DiscoverSubVendor = 4;
    private const byte DiscoverImplementationVersion = 5;
    private const byte DiscoverListProtocols = 6;
    private const byte DiscoverAgent = 7;
    private const byte NotifyErrors = 8;
    private const byte SetDevicePermissions = 9;
    private const byte SetProtocolPermissions = 0xa;
    private const byte ResetAgentConfiguration = 0xb;

    private const byte ErrorEvent = 0;
    private const uint OneReport = 1;
    private const uint ImplementationVersion = 1;
    private const uint Myself = uint.MaxValue;
    private const int ProtocolsPerWord = 4;

    // Whether errors are reported, then a word for each device.
    private const int ErrorsWord = 0;
    private const int FirstDevice = 1;

    internal override int StateWords => FirstDevice + Platform.DeviceCount;

    internal override void Forget(ScmiAgent agent)
    {
        agent.StateOf(this).Clear();
        RestorePermissions(agent);
    }

    internal void RestorePermissions(ScmiAgent agent) => agent.DeniedAtFirst.CopyTo(agent.StateOf(this)[FirstDevice..]);

    /// <summary>Whether an agent may use a device through a protocol. Under the gate.</summary>
    internal bool IsAllowed(ScmiAgent agent, int device, byte protocol) =>
        (agent.StateOf(this)[FirstDevice + device] & (DeniedWhole | Bit(protocol))) == 0;

    /// <summary>Tells an agent of a command that could not be answered, if it wants to know.</summary>
    internal void Report(ScmiAgent agent, uint header, ScmiStatus status)
    {
        bool isWanted;
        lock (Platform.Gate)
            isWanted = agent.StateOf(this)[ErrorsWord] != 0;
        if (isWanted)
            agent.Notify(this, ErrorEvent, agent.Id, OneReport, header, (uint)status);
    }

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DiscoverVendor or DiscoverSubVendor or DiscoverImplementationVersion => 0,
        DiscoverListProtocols or DiscoverAgent or NotifyErrors => 1,
        ResetAgentConfiguration => 2,
        SetDevicePermissions => 3,
        SetProtocolPermissions => 4,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) =>
        call.Put((uint)(Platform.Protocols.Count - 1) | ((uint)Platform.Agents.Count << 8));

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message)
    {
        switch (message)
        {
            case DiscoverVendor:
                call.Put(Platform.Vendor, ShortNameBytes);
                return ScmiStatus.Success;
            case DiscoverSubVendor:
                call.Put(Platform.SubVendor, ShortNameBytes);
                return ScmiStatus.Success;
            case DiscoverImplementationVersion:
                call.Put(ImplementationVersion);
                return ScmiStatus.Success;
            case DiscoverListProtocols:
                return List(call, call.Take());
            case DiscoverAgent:
                return Discover(agent, call, call.Take());
            default:
                lock (Platform.Gate)
                    return Set(agent, call, message);
        }
    }

    private ScmiStatus List(ScmiCall call, uint skip)
    {
        int all = Platform.Protocols.Count - 1;
        if (skip > all)
            return ScmiStatus.InvalidParameters;
        int words = (call.Room / sizeof(uint)) - 1;
        int count = Math.Min(all - (int)skip, Math.Max(words, 0) * ProtocolsPerWord);
        // Without room for one of several the agent would ask for ever.
        if (count == 0 && skip < all)
            return ScmiStatus.CommunicationError;
        call.Put((uint)count);
        for (int first = 0; first < count; first += ProtocolsPerWord)
        {
            uint word = 0;
            for (int i = first; i < Math.Min(first + ProtocolsPerWord, count); i++)
                word |= (uint)Platform.Protocols[1 + (int)skip + i].Id << (8 * (i - first));
            call.Put(word);
        }

        return ScmiStatus.Success;
    }

    private ScmiStatus Discover(ScmiAgent agent, ScmiCall call, uint id)
    {
        if (id == Myself)
            id = agent.Id;
        if (id > Platform.Agents.Count)
            return ScmiStatus.NotFound;
        call.Put(id);
        call.Put(id == ScmiAgent.PlatformId ? "platform" : Platform.Agents[(int)id - 1].Name, ShortNameBytes);
        return ScmiStatus.Success;
    }

    private ScmiStatus Set(ScmiAgent agent, ScmiCall call, byte message)
    {
        uint first = call.Take();
        if (message == NotifyErrors)
        {
            if (!HasOnly(first, 1))
                return ScmiStatus.InvalidParameters;
            agent.StateOf(this)[ErrorsWord] = first;
            return ScmiStatus.Success;
        }

        if (first == ScmiAgent.PlatformId || first > Platform.Agents.Count)
            return ScmiStatus.NotFound;
        // Each may reset itself.
        if (!agent.IsTrusted && (message != ResetAgentConfiguration || first != agent.Id))
            return ScmiStatus.Denied;
        ScmiAgent other = Platform.Agents[(int)first - 1];
        uint second = call.Take();
        if (message == ResetAgentConfiguration)
            return HasOnly(second, 1) ? Reset(agent, other, second != 0) : ScmiStatus.InvalidParameters;
        if (second >= Platform.DeviceCount)
            return ScmiStatus.NotFound;
        uint bits = DeniedWhole;
        if (message == SetProtocolPermissions)
        {
            uint protocol = call.Take();
            if (Platform.Protocols.All(p => p.Id != protocol))
                return ScmiStatus.NotFound;
            // Everybody may know who is there.
            if (protocol == Number)
                return ScmiStatus.Denied;
            bits = Bit((byte)protocol);
        }

        uint flags = call.Take();
        if (!HasOnly(flags, 1))
            return ScmiStatus.InvalidParameters;
        ref uint word = ref other.StateOf(this)[FirstDevice + (int)second];
        word = flags != 0 ? word & ~bits : word | bits;
        return ScmiStatus.Success;
    }

    private ScmiStatus Reset(ScmiAgent agent, ScmiAgent other, bool withPermissions)
    {
        uint[] denied = [.. other.StateOf(this)[FirstDevice..]];
        foreach (ScmiProtocol protocol in Platform.Protocols)
            protocol.Forget(other);
        // An agent that is kept from something must not free itself.
        if (!withPermissions || !agent.IsTrusted)
            denied.CopyTo(other.StateOf(this)[FirstDevice..]);
        // It is told on its own loop, outside of the gate.
        other.Loop?.Post(other.StateChanged);
        return ScmiStatus.Success;
    }

    private static uint Bit(byte protocol) => 1u << (protocol - Number);
}
