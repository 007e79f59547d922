// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Hosting;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>Makes ports: opens what they are connected with, and finds a number and a name.</summary>
/// <param name="keepsRecent">Somebody may come later and ask what was written.</param>
internal sealed class PortPlaces(PortOpener opener, bool keepsRecent)
{
    /// <summary>On the loop of the table, or before it runs.</summary>
    /// <exception cref="StartupException">There is no room, the name is taken, or something cannot be opened.</exception>
    internal ConsolePort Add(PortTable table, PortSettings settings)
    {
        int id = table.Free;
        if (id < 0)
            throw new StartupException($"there is no room for another port: {table.Most} at the most, which --max-ports says");
        string name = settings.Name ?? (settings.IsConsole ? "console" : "serial") + id;
        if (table.Find(name) is not null)
            throw new StartupException($"there is a port {name} already: give each its own name", isUsage: true);
        PortEnd end = opener.Open(settings);
        ConsolePort port = new((uint)id, name, settings.IsConsole, end, keepsRecent && settings.IsConsole);
        table.Add(port);
        return port;
    }
}
