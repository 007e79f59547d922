// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Vsock.Vms;

/// <summary>Guests that come and go while the daemon runs. On the loop that all of them share.</summary>
internal sealed class VsockControl(VsockVms vms, ILogger log)
{
    private IDaemon? _daemon;

    /// <summary>What can be asked, as commands.</summary>
    internal static IReadOnlyList<ControlVerb> Verbs =>
    [
        new("list", "Print the guests of a running daemon"),
        new(
            "add",
            "Give a running daemon another guest",
            new Positional("SETTINGS", $"KEY=VALUE[,...] with {string.Join(", ", VsockSettings.Keys)}"))
        {
            Example = "guest-cid=9,socket=/run/b.sock,uds-path=/run/b",
            Complete = static settings => ClientPaths.Absolute(settings, "socket", "uds-path"),
        },
        new("remove", "Remove a guest from a running daemon, and end its connections", new Positional("CID", "The guest's CID")) { Example = "9" },
    ];

    /// <summary>The daemon that serves the guests; before the first request.</summary>
    internal void Serve(IDaemon daemon) => _daemon = daemon;

    /// <summary>Carries out a line.</summary>
    /// <param name="answer">Takes the lines of the answer.</param>
    /// <returns>What was wrong, or null.</returns>
    /// <exception cref="StartupException">The same.</exception>
    internal string? Run(string line, Action<string> answer)
    {
        string text = line.TrimEnd();
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        string word = blank < 0 ? text : text[..blank];
        string rest = blank < 0 ? "" : text[(blank + 1)..].Trim();
        switch (word)
        {
            case "add":
                Add(rest);
                return null;
            case "remove":
                Remove(rest);
                return null;
            case "list" when rest.Length == 0:
                foreach (VsockVm vm in vms.All)
                    answer(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{vm.Settings},connections={vm.Guest.ConnectionCount},guest={(vm.Guest.IsRunning ? "running" : "absent")}"));
                return null;
            default:
                return $"'{word}' is no request: add KEY=VALUE[,...], remove CID, list";
        }
    }

    private void Add(string text)
    {
        VsockSettings settings = VsockSettings.Parse(text, out string problem) ?? throw new StartupException(problem);
        RequireAbsolute("socket", settings.Socket);
        RequireAbsolute("uds-path", settings.UdsPath);
        VsockVm vm = vms.Open(settings);
        try
        {
            _daemon!.Add(settings.Socket!, "socket", socket => VsockVms.Maker(vm, socket.Log));
        }
        catch
        {
            vms.Close(vm);
            throw;
        }

        log.LogInformation("guest {Cid} was added: listening on {Socket}", settings.GuestCid, settings.Socket);
    }

    // Nobody who talks to a socket knows the daemon's folder.
    private static void RequireAbsolute(string key, string? path)
    {
        if (path is not null && !path.StartsWith('/'))
            throw new StartupException($"{key}={path}: give the whole path, from / on");
    }

    private void Remove(string text)
    {
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong cid) || vms.Find(cid) is not { } vm)
            throw new StartupException($"there is no guest '{text}' here: 'vsock list' prints their CIDs");
        _ = _daemon!.Remove(vm.Settings.Socket!);
        vms.Close(vm);
        log.LogInformation("guest {Cid} was removed", cid);
    }
}
