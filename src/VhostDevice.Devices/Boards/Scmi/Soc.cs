// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>
/// A simulated SoC: what its agents control through SCMI, each on a socket of its own. It is filled first, then begun; its
/// resources are parts of the board.
/// </summary>
internal sealed class Soc(Board board, string name, SystemPart system)
{
    private readonly List<ScmiAgent> _agents = [];

    internal List<ScmiClock> Clocks { get; } = [];

    internal List<ScmiVoltage> Supplies { get; } = [];

    internal List<ScmiReset> Resets { get; } = [];

    internal List<ScmiPower> PowerDomains { get; } = [];

    internal List<ScmiPerformance> Performance { get; } = [];

    internal List<ScmiPowerCap> PowerCaps { get; } = [];

    internal List<BoardSensor> Sensors { get; } = [];

    /// <summary>Its agents, once it has begun.</summary>
    internal IReadOnlyList<ScmiAgent> Agents => _agents;

    /// <summary>Whether it has a resource of that name.</summary>
    internal bool Has(string resource)
    {
        foreach (BoardSensor sensor in Sensors)
        {
            if (sensor.Name == resource)
                return true;
        }

        return Has(Clocks, resource) || Has(Supplies, resource) || Has(Resets, resource) || Has(PowerDomains, resource)
            || Has(Performance, resource) || Has(PowerCaps, resource);
    }

    /// <summary>Makes the platform; a protocol without anything to control is left out.</summary>
    /// <param name="agents">With what they may not use.</param>
    internal void Begin(IReadOnlyList<SocAgent> agents)
    {
        ScmiPlatform platform = new(board.Gate, "vhost-device", name);
        if (PowerDomains.Count > 0)
            _ = new PowerProtocol(platform, PowerDomains);
        system.Protocol = new SystemPowerProtocol(platform, (_, state) => system.Set(state));
        if (Performance.Count > 0)
            _ = new PerformanceProtocol(platform, Performance);
        if (Clocks.Count > 0)
            _ = new ClockProtocol(platform, Clocks);
        if (Sensors.Count > 0)
            _ = new SensorProtocol(platform, Sensors, agents.Count);
        if (Resets.Count > 0)
            _ = new ResetProtocol(platform, Resets);
        if (Supplies.Count > 0)
            _ = new VoltageProtocol(platform, Supplies);
        if (PowerCaps.Count > 0)
            _ = new PowerCapProtocol(platform, PowerCaps);
        Dictionary<string, int> devices = [];
        AddDevices(devices, platform, ClockProtocol.Number, Clocks);
        AddDevices(devices, platform, VoltageProtocol.Number, Supplies);
        AddDevices(devices, platform, ResetProtocol.Number, Resets);
        AddDevices(devices, platform, PowerProtocol.Number, PowerDomains);
        AddDevices(devices, platform, PerformanceProtocol.Number, Performance);
        AddDevices(devices, platform, PowerCapProtocol.Number, PowerCaps);
        for (int i = 0; i < Sensors.Count; i++)
            devices.Add(Sensors[i].Name, platform.AddDevice(SensorProtocol.Number, i));
        foreach (SocAgent each in agents)
        {
            ScmiAgent agent = platform.AddAgent(each.Name, each.IsTrusted);
            foreach (string denied in each.Denied)
                agent.Deny(devices[denied]);
            _agents.Add(agent);
        }
    }

    private static bool Has(IReadOnlyList<ScmiDomain> domains, string name)
    {
        foreach (ScmiDomain domain in domains)
        {
            if (domain.Name == name)
                return true;
        }

        return false;
    }

    private static void AddDevices(Dictionary<string, int> devices, ScmiPlatform platform, byte protocol, IReadOnlyList<ScmiDomain> domains)
    {
        for (int i = 0; i < domains.Count; i++)
            devices.Add(domains[i].Name, platform.AddDevice(protocol, i));
    }
}
