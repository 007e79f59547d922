// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Program.Vsock;

/// <summary>
/// Guests that come and go while the daemon runs. The lines are read on the control socket's loop; what they ask for is
/// done on that of the guests, which answers.
/// </summary>
internal sealed class VsockControl(EventLoop control, EventLoop loop, VsockVms vms, DeviceHosting hosting, SocketAccess? access, ILogger log) : ILineHandler
{
    public void OnLine(LineClient client, string line)
    {
        client.BeginAnswer();
        loop.Post(() =>
        {
            List<string> answer = Answer(line.Trim());
            control.Post(() =>
            {
                answer.ForEach(client.Send);
                client.EndAnswer();
            });
        });
    }

    public void OnClosed(LineClient client)
    {
    }

    // Whatever goes wrong, the client hears of it.
    private List<string> Answer(string line)
    {
        List<string> answer = [];
        try
        {
            Do(line, answer);
            answer.Add("ok");
        }
        catch (StartupException problem)
        {
            answer = ["error " + problem.Message.ReplaceLineEndings(" ")];
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            log.LogError("internal error in a request, going on: {Fault}", fault.ToString());
            answer = ["error internal error, see the daemon's log"];
        }

        return answer;
    }

    private void Do(string line, List<string> answer)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string word = blank < 0 ? line : line[..blank];
        string rest = blank < 0 ? "" : line[(blank + 1)..].Trim();
        switch (word)
        {
            case "add":
                Add(rest);
                break;
            case "remove":
                Remove(rest);
                break;
            case "list" when rest.Length == 0:
                foreach (VsockVm vm in vms.All)
                    answer.Add(string.Create(CultureInfo.InvariantCulture, $"- {vm.Settings},connections={vm.Guest.ConnectionCount},guest={(vm.Guest.IsRunning ? "running" : "absent")}"));
                break;
            default:
                throw new StartupException($"'{word}' is no request: add KEY=VALUE[,...], remove CID, list");
        }
    }

    private void Add(string text)
    {
        VsockSettings settings = VsockText.Parse(text, out string problem) ?? throw new StartupException(problem);
        RequireAbsolute("socket", settings.Socket);
        RequireAbsolute("uds-path", settings.UdsPath);
        VsockVm vm = vms.Open(settings);
        try
        {
            _ = hosting.Add(ListeningSocket.Create(settings.Socket!, "socket", access), socketLog => VsockVms.Maker(vm, socketLog));
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
            throw new StartupException($"there is no guest '{text}' here: list tells their CIDs");
        if (hosting.Find(vm.Settings.Socket!) is { } served)
            hosting.Remove(served);
        vms.Close(vm);
        log.LogInformation("guest {Cid} was removed", cid);
    }
}
