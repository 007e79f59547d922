// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>The ports of a guest's console, by their numbers. Belongs to a loop; outlives guests.</summary>
/// <param name="most">How many there may be.</param>
internal sealed class PortTable(EventLoop loop, int most) : IDisposable
{
    private readonly ConsolePort?[] _ports = new ConsolePort?[most];

    internal EventLoop Loop => loop;

    /// <summary>How many there may be.</summary>
    internal int Most => most;

    /// <summary>Told of a number whose port is another one now, or none; the guest's device sets it.</summary>
    internal Action<uint>? Changed { get; set; }

    internal ConsolePort? this[uint id] => _ports[id];

    internal List<ConsolePort> All
    {
        get
        {
            List<ConsolePort> all = [];
            foreach (ConsolePort? port in _ports)
            {
                if (port is not null)
                    all.Add(port);
            }

            return all;
        }
    }

    /// <summary>The port of that name, or number.</summary>
    internal ConsolePort? Find(string name) =>
        Array.Find(_ports, p => p?.Name == name) ?? (uint.TryParse(name, out uint id) && id < most ? _ports[id] : null);

    /// <summary>The lowest number that is free, or -1.</summary>
    internal int Free => Array.IndexOf(_ports, null);

    /// <summary>Adds a port, whose number is free, and begins with it.</summary>
    internal void Add(ConsolePort port)
    {
        _ports[port.Id] = port;
        port.Start(loop);
        Changed?.Invoke(port.Id);
    }

    /// <summary>Ends a port.</summary>
    internal void Remove(ConsolePort port)
    {
        _ports[port.Id] = null;
        Changed?.Invoke(port.Id);
        port.Dispose();
    }

    public void Dispose()
    {
        foreach (ConsolePort port in All)
            port.Dispose();
        Array.Clear(_ports);
    }
}
