// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>
/// The control socket: requests, and clients that attach to a port and stay. Lines come on the socket's loop and are carried
/// out on the loop of the ports.
/// </summary>
/// <param name="own">The socket's loop.</param>
/// <param name="tables">The ports of each guest.</param>
internal sealed class ConsoleControl(EventLoop own, IReadOnlyList<PortTable> tables, PortPlaces places, ILogger log) : ILineHandler
{
    public void OnLine(LineClient client, string line)
    {
        if (client.State is ConsoleClient attached)
        {
            attached.OnLine(line);
            return;
        }

        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return;
        client.BeginAnswer();
        int guest = words.Length > 1 && words[0] != "add" ? TakeGuest(ref words[1]) : 0;
        // A command may have blanks in it.
        if (words[0] == "add")
            words = ["add", line.TrimStart()["add".Length..].Trim()];
        if (words[0] == "attach")
            Attach(client, guest, words);
        else if (words[0] == "list")
            List(client, words);
        else
            Post(client, guest, words);
    }

    public void OnClosed(LineClient client) => (client.State as ConsoleClient)?.Close();

    private void List(LineClient client, string[] words)
    {
        // One guest after the other, each on its own loop.
        List<string> lines = [];
        Next(0);

        void Next(int guest)
        {
            if (guest == tables.Count)
            {
                Answer(client, lines, null);
                return;
            }

            tables[guest].Loop.Post(() =>
            {
                string? problem = Carry(guest, words, lines.Add);
                own.Post(() =>
                {
                    if (problem is null)
                        Next(guest + 1);
                    else
                        Answer(client, lines, problem);
                });
            });
        }
    }

    private void Post(LineClient client, int guest, string[] words)
    {
        if (guest < 0)
        {
            Answer(client, [], $"there is no such guest: 0 to {tables.Count - 1}");
            return;
        }

        tables[guest].Loop.Post(() =>
        {
            List<string> lines = [];
            string? problem = Carry(guest, words, lines.Add);
            own.Post(() => Answer(client, lines, problem));
        });
    }

    private string? Carry(int guest, string[] words, Action<string> answer)
    {
        try
        {
            string? problem = ConsoleRequests.Run(tables[guest], places, tables.Count > 1 ? guest : null, words, line => answer("- " + line));
            if (problem is null && words[0] != "list")
                log.LogInformation("ports: {Words}", string.Join(' ', words));
            return problem;
        }
        catch (StartupException refused)
        {
            return refused.Message.ReplaceLineEndings(" ");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            log.LogError("internal error in a request, going on: {Fault}", fault.ToString());
            return "internal error, see the daemon's log";
        }
    }

    private void Attach(LineClient client, int guest, string[] words)
    {
        if (guest < 0 || AttachRequest.Parse(words) is not { } request)
        {
            Answer(client, [], guest < 0 ? $"there is no such guest: 0 to {tables.Count - 1}" : "attach " + AttachRequest.Form);
            return;
        }

        ConsoleClient attached = new(client, own, tables[guest]);
        client.State = attached;
        tables[guest].Loop.Post(() => attached.Begin(request));
    }

    private static void Answer(LineClient client, List<string> lines, string? problem)
    {
        foreach (string line in lines)
            client.Send(line);
        client.Send(problem is null ? "ok" : "error " + problem);
        client.EndAnswer();
    }

    // The guest of G:PORT, which is made PORT; -1: there is none. A name may have a colon in it.
    private int TakeGuest(ref string word)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (tables.Count == 1 || colon < 0 || !int.TryParse(word.AsSpan(0, colon), out int guest))
            return 0;
        word = word[(colon + 1)..];
        return guest >= 0 && guest < tables.Count ? guest : -1;
    }
}
