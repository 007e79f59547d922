// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>
/// What answers agents: protocols, the agents that may use them, and the devices that permissions are about. It is put together
/// by one thread, protocols first, then agents; after that it is safe from any thread.
/// </summary>
public sealed class ScmiPlatform
{
    private const int ProtocolNumbers = 256;

    private readonly ScmiProtocol?[] _byNumber = new ScmiProtocol?[ProtocolNumbers];
    private readonly List<ScmiProtocol> _protocols = [];
    private readonly List<ScmiAgent> _agents = [];

    /// <param name="gate">Held by whoever touches what agents have set. It may be that of what is controlled.</param>
    /// <param name="vendor">What guests are told of who made it, up to 15 characters.</param>
    /// <param name="subVendor">And of what it is.</param>
    public ScmiPlatform(Lock gate, string vendor, string subVendor)
    {
        Gate = gate;
        Vendor = vendor;
        SubVendor = subVendor;
        Base = new BaseProtocol(this);
    }

    /// <summary>Held by whoever touches what agents have set.</summary>
    public Lock Gate { get; }

    public string Vendor { get; }

    public string SubVendor { get; }

    /// <summary>All protocols, the base protocol first.</summary>
    public IReadOnlyList<ScmiProtocol> Protocols => _protocols;

    /// <summary>All agents; the first has the number 1.</summary>
    public IReadOnlyList<ScmiAgent> Agents => _agents;

    /// <summary>How many devices permissions can be about.</summary>
    public int DeviceCount { get; private set; }

    internal BaseProtocol Base { get; }

    /// <summary>Makes an agent: whoever asks on one socket.</summary>
    /// <param name="name">What others can read of it, up to 15 characters.</param>
    /// <param name="isTrusted">Whether it may change the permissions of agents.</param>
    public ScmiAgent AddAgent(string name, bool isTrusted)
    {
        ScmiAgent agent = new(this, _agents.Count + 1, name, isTrusted);
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Says that a domain of a protocol is a device, which agents may be kept from.</summary>
    /// <returns>Its number.</returns>
    public int AddDevice(byte protocol, int domain)
    {
        _byNumber[protocol]!.SetDevice(domain, DeviceCount);
        return DeviceCount++;
    }

    /// <summary>Answers a command, as long as that takes. From any thread.</summary>
    internal void Answer(ScmiAgent agent, ScmiCall call)
    {
        ScmiStatus status = Serve(agent, call);
        call.End(status);
        agent.Statistics.CountCommand(call.Status);
        if (!call.HasAnswer)
            Base.Report(agent, call.HasHeader ? call.Header.Bits : 0, call.Status);
    }

    /// <returns>Its place.</returns>
    internal int Add(ScmiProtocol protocol)
    {
        _protocols.Add(protocol);
        _byNumber[protocol.Id] = protocol;
        return _protocols.Count - 1;
    }

    private ScmiStatus Serve(ScmiAgent agent, ScmiCall call)
    {
        if (!call.HasHeader)
            return ScmiStatus.ProtocolError;
        ScmiHeader header = call.Header;
        return header.Type != ScmiMessageType.Command || _byNumber[header.Protocol] is not { } protocol
            ? ScmiStatus.NotSupported
            : protocol.Serve(agent, call);
    }
}
