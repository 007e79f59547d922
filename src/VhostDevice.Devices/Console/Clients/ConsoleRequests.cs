// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>What a running daemon can be asked about a guest's ports. On the loop of the ports.</summary>
internal static class ConsoleRequests
{
    internal static readonly Positional PortWord = new("PORT", "The port's name or number, as 'console list' prints it; with several guests G:PORT");

    internal static IReadOnlyList<ControlVerb> Verbs =>
    [
        new("list", "Print the ports of a running daemon"),
        new("add", "Give a running daemon another port, and tell the guest", new Positional("PORT", PortSettings.Help))
        {
            Example = "name=org.example.agent,kind=serial,backend=unix:/run/vm/agent",
            Complete = MakeAbsolute,
        },
        new("remove", "Take a port away from a running daemon, and tell the guest", PortWord) { Example = "org.example.agent" },
        new("resize", "Tell the guest the size of a console's window", PortWord, new Positional("SIZE", "Columns, an x and rows"))
        {
            Example = "console0 132x43",
        },
    ];

    /// <returns>What was wrong, or null.</returns>
    /// <param name="guest">The number of the guest, where there are several.</param>
    internal static string? Run(PortTable table, PortPlaces places, int? guest, string[] words, Action<string> answer)
    {
        switch (words)
        {
            case ["list"]:
                foreach (ConsolePort port in table.All)
                    answer(Describe(port, guest));
                return null;
            case ["add", string text]:
                if (PortSettings.Parse(text, out string problem) is not { } settings)
                    return $"{text}: {problem}";
                ConsolePort added = places.Add(table, settings);
                answer(Describe(added, guest));
                return null;
            case ["remove", string name]:
                if (table.Find(name) is not { } removed)
                    return NoPort(name);
                table.Remove(removed);
                return null;
            case ["resize", string name, string size]:
                if (table.Find(name) is not { } port1)
                    return NoPort(name);
                if (!TrySize(size, out WindowSize window))
                    return $"'{size}' is no size: columns, an x and rows, such as 132x43";
                port1.Resize(window);
                return null;
            default:
                return "list | add PORT | remove PORT | resize PORT SIZE";
        }
    }

    internal static string NoPort(string name) => $"there is no port '{name}': 'console list' prints them";

    internal static bool TrySize(string text, out WindowSize size)
    {
        int x = text.IndexOf('x', StringComparison.Ordinal);
        ushort rows = 0;
        bool isSize = ushort.TryParse(text.AsSpan(0, Math.Max(0, x)), NumberStyles.None, CultureInfo.InvariantCulture, out ushort columns)
            && ushort.TryParse(text.AsSpan(x + 1), NumberStyles.None, CultureInfo.InvariantCulture, out rows) && columns > 0 && rows > 0;
        size = new WindowSize(columns, rows);
        return isSize;
    }

    private static string Describe(ConsolePort port, int? guest)
    {
        string size = port.Size.Columns > 0 ? $" {port.Size.Columns}x{port.Size.Rows}" : "";
        string lost = port.Statistics.Lost > 0 ? $", {port.Statistics.Lost} bytes lost" : "";
        string kind = port.IsConsole ? "console" : "serial";
        return $"{(guest is { } number ? number + ":" : "")}{port.Id} {port.Name} {kind}{size} {port.Description}: "
            + $"host {(port.IsHostOpen ? "open" : "closed")}, guest {(port.IsGuestOpen ? "open" : "closed")}, {port.Watchers} attached{lost}";
    }

    // The daemon has another working folder than whoever asks.
    private static string MakeAbsolute(string text)
    {
        if (PortSettings.Parse(text, out string problem) is not { } port)
            throw new StartupException($"{text}: {problem}", isUsage: true);
        if (port.End is not (EndKind.Unix or EndKind.UnixClient or EndKind.File or EndKind.Log or EndKind.PseudoTerminal) || port.Target.Length == 0)
            return text;
        return text.Replace(":" + port.Target, ":" + ClientPaths.Absolute(port.Target), StringComparison.Ordinal);
    }
}
