// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Linux;
using VhostDevice.Program.Hosting;

namespace VhostDevice.Program.Vsock;

/// <summary>
/// Guests that come and go while the daemon runs. The lines are read on the control socket's loop; what they ask for is
/// done on that of the guests, which answers.
/// </summary>
internal sealed class VsockControl(EventLoop control, EventLoop loop, VsockVms vms, DeviceHosting hosting, ILogger log) : ILineHandler
{
    public void OnLine(LineClient client, string line) => loop.Post(() =>
    {
        List<string> answer = [];
        try
        {
            Do(line.Trim(), answer);
            answer.Add("ok");
        }
        catch (StartupException problem)
        {
            answer.Clear();
            answer.Add("error " + problem.Message.ReplaceLineEndings(" "));
        }

        control.Post(() => answer.ForEach(client.Send));
    });

    public void OnClosed(LineClient client)
    {
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
        VsockVm vm = vms.Open(settings);
        try
        {
            _ = hosting.Add(ListeningSocket.Create(settings.Socket!, "socket"), socketLog => VsockVms.Maker(vm, socketLog));
        }
        catch
        {
            vms.Close(vm);
            throw;
        }

        log.LogInformation("guest {Cid} was added: listening on {Socket}", settings.GuestCid, settings.Socket);
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
